#include "pull/records.h"

#include "api/push/csv.h"
#include "api/push/members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CSV_HEADER = 1 << 20, TOKEN = 200 };

/* ---- names, each once ---- */

struct collection {
    struct bf_arena *arena;
    struct bf_map seen;
    struct bf_str *list;
    size_t n;
};

static bool collect(struct collection *c, struct bf_str name, struct bf_err *err)
{
    if (bf_map_get(&c->seen, name))
        return true;
    if (c->n == BF_PULL_NAMES)
        return BF_FAIL_WITH(err, BF_E_BODY, "The records have more than %d different names.",
                            BF_PULL_NAMES);
    struct bf_str *at = &c->list[c->n++];
    *at = bf_arena_dup(c->arena, name);
    return (at->p && bf_map_put(&c->seen, *at, at)) ||
           BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the names of the records");
}

static bool begin(struct collection *c, struct bf_arena *a, struct bf_err *err)
{
    *c = (struct collection){.arena = a};
    bf_map_init(&c->seen, a);
    c->list = bf_arena_zalloc(a, BF_PULL_NAMES, sizeof *c->list);
    return c->list || BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the names of the records");
}

static int by_text(const void *a, const void *b)
{
    return bf_str_cmp(*(const struct bf_str *)a, *(const struct bf_str *)b);
}

static void end(struct collection *c, struct bf_pull_names *out)
{
    if (c->n)
        qsort(c->list, c->n, sizeof *c->list, by_text);
    *out = (struct bf_pull_names){c->list, c->n};
}

/* ---- CSV: the names stand in the header line ---- */

static bool take_header(void *self, const struct bf_csv_record *record, struct bf_err *err)
{
    struct collection *c = self;
    for (size_t i = 0; i < record->n; i++)
        if (!collect(c, record->cells[i], err))
            return false;
    return true;
}

/* Up to the first record: no more than that is looked at here. */
static bool find_header(struct collection *c, const struct bf_upstream *s, struct bf_str body,
                        struct bf_err *err)
{
    struct bf_csv csv;
    bf_csv_init(&csv, s->delimiter, CSV_HEADER);
    csv.take = take_header;
    csv.self = c;
    bool ok = true;
    for (struct bf_str rest = body; ok && c->n == 0 && rest.n;) {
        const char *line = memchr(rest.p, '\n', rest.n);
        size_t n = line ? (size_t)(line - rest.p) + 1 : rest.n;
        ok = bf_csv_feed(&csv, rest.p, n, err);
        rest.p += n;
        rest.n -= n;
    }
    ok = ok && (c->n > 0 || bf_csv_end(&csv, err));
    bf_csv_fini(&csv);
    return ok && (c->n > 0 || BF_FAIL_WITH(err, BF_E_BODY, "The body has no header line."));
}

/* ---- JSON ---- */

static bool not_json(const struct bf_members *m, const char *what, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_BODY, "%s is not JSON: %s, at byte %zu.", what, m->why, m->at);
}

static bool collect_record(struct collection *c, struct bf_arena *scratch, struct bf_str record,
                           struct bf_err *err)
{
    struct bf_members m;
    struct bf_member one;
    bool ok = true;
    bf_members_open(&m, scratch, record);
    while (ok && bf_members_next(&m, &one))
        ok = collect(c, one.name, err);
    return ok && (!m.why || not_json(&m, "A record", err));
}

/* The names of a list of objects. */
static bool collect_list(struct collection *c, struct bf_str list, struct bf_err *err)
{
    struct bf_members m;
    struct bf_member one;
    struct bf_arena *scratch = bf_arena_new(64 << 20);
    bool ok = scratch || BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to read the records");
    bf_members_open(&m, c->arena, list);
    while (ok && bf_members_next_element(&m, &one)) {
        if (one.kind != BF_MEMBER_OBJECT)
            ok = BF_FAIL_WITH(err, BF_E_BODY, "The list holds something that is no object.");
        ok = ok && collect_record(c, scratch, one.text, err);
        bf_arena_reset(scratch);
    }
    bf_arena_free(scratch);
    return ok && (!m.why || not_json(&m, "The list of records", err));
}

static bool collect_lines(struct collection *c, struct bf_str text, struct bf_err *err)
{
    struct bf_arena *scratch = bf_arena_new(64 << 20);
    bool ok = scratch || BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to read the records");
    for (struct bf_str rest = text; ok && rest.p;) {
        struct bf_str line = bf_str_trim(bf_str_cut(rest, '\n', &rest));
        if (line.n)
            ok = collect_record(c, scratch, line, err);
        bf_arena_reset(scratch);
    }
    bf_arena_free(scratch);
    return ok;
}

/* One token of a JSON pointer: ~1 is /, ~0 is ~ (RFC 6901 section 4). */
static struct bf_str unescape(struct bf_str token, char out[TOKEN])
{
    size_t n = 0;
    for (size_t i = 0; i < token.n && n < TOKEN; i++) {
        bool escaped = token.p[i] == '~' && i + 1 < token.n;
        i += escaped;
        out[n++] = (char)(escaped ? (token.p[i] == '1' ? '/' : '~') : token.p[i]);
    }
    return (struct bf_str){out, n};
}

/* A list's element is named by its number, without zeros before it. */
static bool is_number(struct bf_str token, size_t n)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%zu", n);
    return bf_str_eq(token, (struct bf_str){text, (size_t)length});
}

/* To the end in any case: a body that was cut off is none. */
static bool step_into(struct bf_arena *a, struct bf_str *value, struct bf_str token,
                      struct bf_err *err)
{
    struct bf_members m;
    struct bf_member one;
    char name[TOKEN];
    struct bf_str found = {NULL, 0};
    struct bf_str wanted = unescape(token, name);
    bool list = value->n && value->p[0] == '[';
    bf_members_open(&m, a, *value);
    for (size_t i = 0; list ? bf_members_next_element(&m, &one) : bf_members_next(&m, &one); i++)
        if (!found.p && (list ? is_number(wanted, i) : bf_str_eq(one.name, wanted)) &&
            (one.kind == BF_MEMBER_OBJECT || one.kind == BF_MEMBER_ARRAY))
            found = one.text;
    if (m.why)
        return not_json(&m, "The body", err);
    *value = found;
    return found.p ||
           BF_FAIL_WITH(err, BF_E_BODY, "The body has no list at the pointer \"records\".");
}

static bool find_list(struct bf_arena *a, const struct bf_upstream *s, struct bf_str *text,
                      struct bf_err *err)
{
    struct bf_str rest;
    *text = bf_str_trim(bf_str_unmarked(*text));
    if (s->records.n) {
        rest = (struct bf_str){s->records.p + 1, s->records.n - 1};
        while (rest.p) {
            struct bf_str token = bf_str_cut(rest, '/', &rest);
            if (!step_into(a, text, token, err))
                return false;
        }
    }
    if (text->n && text->p[0] == '[')
        return true;
    return BF_FAIL_WITH(err, BF_E_BODY,
                        s->records.n ? "What the pointer \"records\" leads to is no list."
                                     : "The body is no list of records.");
}

/* Of what the body is, or has been turned into. */
static enum bf_push_format format_of(const struct bf_upstream *s)
{
    switch (s->format) {
    case BF_UPSTREAM_CSV:
        return BF_PUSH_CSV;
    case BF_UPSTREAM_GTFS:
        return s->lines ? BF_PUSH_LINES : BF_PUSH_CSV;
    case BF_UPSTREAM_LINES:
    case BF_UPSTREAM_GEOJSON:
    case BF_UPSTREAM_SHAPEFILE:
    case BF_UPSTREAM_GBFS:
        return BF_PUSH_LINES;
    case BF_UPSTREAM_JSON:
    case BF_UPSTREAM_FORMATS:
        break;
    }
    return BF_PUSH_JSON;
}

bool bf_pull_records_find(struct bf_arena *a, const struct bf_upstream *s, struct bf_str body,
                          struct bf_pull_records *out, struct bf_err *err)
{
    struct collection c;
    *out = (struct bf_pull_records){.text = body, .format = format_of(s)};
    bool ok = begin(&c, a, err);
    switch (out->format) {
    case BF_PUSH_CSV:
        ok = ok && find_header(&c, s, body, err);
        break;
    case BF_PUSH_LINES:
        out->text = bf_str_unmarked(body);
        ok = ok && collect_lines(&c, out->text, err);
        break;
    case BF_PUSH_JSON:
        ok = ok && find_list(a, s, &out->text, err) && collect_list(&c, out->text, err);
        break;
    }
    end(&c, &out->names);
    return ok;
}
