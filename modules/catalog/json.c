#include "catalog/json.h"

#include "core/digest.h"
#include "value/json_text.h"

#include <stdio.h>

struct place {
    size_t line, column; /* from 1; columns in characters */
};

static struct place place_of(struct bf_str text, size_t at)
{
    struct place p = {1, 1};
    for (size_t i = 0; i < at && i < text.n; i++) {
        if (text.p[i] == '\n') {
            p.line++;
            p.column = 1;
        } else if (((unsigned char)text.p[i] & 0xC0) != 0x80) {
            p.column++;
        }
    }
    return p;
}

static void wrong_at(struct bf_report *report, const char *path, struct place p, const char *right,
                     const char *wrong)
{
    char where[48];
    snprintf(where, sizeof where, "%zu:%zu", p.line, p.column);
    bf_report_add(report, path, where, right, "%s", wrong);
}

/* The first byte that does not belong to well-formed UTF-8: a sequence has at most four bytes. */
static size_t first_bad_byte(struct bf_str text)
{
    size_t at = 0;
    while (at < text.n) {
        size_t n = 1;
        while (n < 4 && at + n < text.n && ((unsigned char)text.p[at + n] & 0xC0) == 0x80)
            n++;
        if (!bf_str_is_utf8((struct bf_str){text.p + at, n}))
            return at;
        at += n;
    }
    return at;
}

static bool may_be_read(struct bf_str text, const char *path, struct bf_report *report)
{
    if (text.n > BF_MANIFEST_BYTES) {
        bf_report_add(report, path, "", "a manifest has at most 256 KiB", "the file has %zu bytes",
                      text.n);
        return false;
    }
    if (bf_str_starts(text, BF_STR("\xEF\xBB\xBF"))) {
        wrong_at(report, path, (struct place){1, 1}, "save the file without it",
                 "the file starts with a byte order mark");
        return false;
    }
    if (!bf_str_is_utf8(text)) {
        wrong_at(report, path, place_of(text, first_bad_byte(text)), "save the file as UTF-8",
                 "the bytes here are not UTF-8");
        return false;
    }
    size_t deep = bf_json_text_too_deep(text, BF_MANIFEST_DEPTH);
    if (deep < text.n)
        wrong_at(report, path, place_of(text, deep), "at most 16 levels are read",
                 "the JSON is nested too deeply");
    return deep == text.n;
}

static void report_syntax(const json_error_t *e, const char *path, struct bf_report *report)
{
    struct place p = {e->line > 0 ? (size_t)e->line : 1, e->column > 0 ? (size_t)e->column : 1};
    const char *right = "see RFC 8259";
    if (json_error_code(e) == json_error_duplicate_key)
        right = "each member may stand once";
    else if (json_error_code(e) == json_error_premature_end_of_input)
        right = "the file ends before its last bracket";
    wrong_at(report, path, p, right, e->text);
}

json_t *bf_json_read(struct bf_str text, const char *path, struct bf_report *report)
{
    json_error_t e;
    if (!may_be_read(text, path, report))
        return NULL;
    json_t *json = json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &e);
    if (!json) {
        report_syntax(&e, path, report);
        return NULL;
    }
    if (json_is_object(json))
        return json;
    bf_report_add(report, path, "", "a manifest is one JSON object", "the file holds an array");
    json_decref(json);
    return NULL;
}

static int add_to_digest(const char *p, size_t n, void *digest)
{
    bf_digest_add(digest, p, n);
    return 0;
}

bool bf_json_digest(const json_t *json, unsigned char out[32])
{
    struct bf_digest *d = bf_digest_new();
    if (!d)
        return false;
    bf_digest_begin(d);
    bool ok = json_dump_callback(json, add_to_digest, d, JSON_SORT_KEYS | JSON_COMPACT) == 0;
    bf_digest_end(d, out);
    bf_digest_free(d);
    return ok;
}
