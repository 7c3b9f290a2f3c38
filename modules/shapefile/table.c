#include "shapefile/table.h"

#include "value/number.h"

#include <endian.h>
#include <string.h>

enum {
    HEAD = 32,   /* before the fields, and of each field */
    END = 0x0D,  /* after the last field */
    TEXT = 4096, /* of one value as UTF-8 */
    DATE = 8,
};

static unsigned char byte(const struct bf_table *t, size_t at)
{
    return (unsigned char)t->dbf.p[at];
}

static size_t two_bytes(const struct bf_table *t, size_t at)
{
    return byte(t, at) | (size_t)byte(t, at + 1) << 8;
}

/* ---- the head ------------------------------------------------------------------------------ */

static bool check_type(const struct bf_table *t, const struct bf_table_field *f, struct bf_err *err)
{
    bool known =
        f->type == 'C' || f->type == 'N' || f->type == 'F' || f->type == 'D' || f->type == 'L';
    bool letter = (f->type >= 'A' && f->type <= 'Z') || f->type == '@' || f->type == '+';
    if (f->type == 'M' || f->type == 'B' || f->type == 'G')
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "The .dbf: field %zu is of type %c, which lies in another file; such "
                            "fields are not read.",
                            t->nfields + 1, f->type);
    if (!known)
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "The .dbf: field %zu is of type %c; C, N, F, D and L are read.",
                            t->nfields + 1, letter ? f->type : '?');
    if (f->n == 0 || (f->type == 'D' && f->n != DATE) || (f->type == 'L' && f->n != 1))
        return BF_FAIL_WITH(err, BF_E_BODY, "The .dbf: field %zu is of type %c and has %zu bytes.",
                            t->nfields + 1, f->type, f->n);
    return true;
}

static bool read_fields(struct bf_table *t, struct bf_err *err)
{
    size_t at = 1; /* after the mark of deleted rows */
    for (size_t p = HEAD; p + HEAD <= t->head && byte(t, p) != END; p += HEAD) {
        struct bf_table_field f = {.type = t->dbf.p[p + 11], .at = at, .n = byte(t, p + 16)};
        if (t->nfields == BF_TABLE_FIELDS)
            return BF_FAIL_WITH(err, BF_E_BODY, "The .dbf has more than %d fields.",
                                BF_TABLE_FIELDS);
        if (!check_type(t, &f, err))
            return false;
        f.name = (struct bf_str){t->dbf.p + p, strnlen(t->dbf.p + p, BF_TABLE_NAME)};
        t->fields[t->nfields++] = f;
        at += f.n;
    }
    return at == t->row ||
           BF_FAIL_WITH(err, BF_E_BODY,
                        "The .dbf is damaged: its rows have %zu bytes, its fields need %zu.",
                        t->row, at);
}

bool bf_table_open(struct bf_table *t, struct bf_arena *a, struct bf_str dbf, struct bf_err *err)
{
    *t = (struct bf_table){.dbf = dbf};
    bf_buf_init(&t->text, TEXT);
    t->fields = bf_arena_zalloc(a, BF_TABLE_FIELDS, sizeof *t->fields);
    if (!t->fields)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the fields");
    if (dbf.n < HEAD + 1)
        return BF_FAIL_WITH(err, BF_E_BODY, "The .dbf is none: it has %zu bytes.", dbf.n);
    t->n = two_bytes(t, 4) | two_bytes(t, 6) << 16;
    t->head = two_bytes(t, 8);
    t->row = two_bytes(t, 10);
    t->language = byte(t, 29);
    if (t->head < HEAD + 1 || t->head > dbf.n || t->row < 1)
        return BF_FAIL_WITH(err, BF_E_BODY, "The .dbf is none, or its head is damaged.");
    if (t->n > (dbf.n - t->head) / t->row)
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "The .dbf is cut off: it says that it has %zu rows, and there are "
                            "%zu.",
                            t->n, (dbf.n - t->head) / t->row);
    return read_fields(t, err);
}

void bf_table_close(struct bf_table *t)
{
    bf_buf_fini(&t->text);
}

/* ---- values -------------------------------------------------------------------------------- */

static struct bf_str value_of(const struct bf_table *t, size_t row, const struct bf_table_field *f)
{
    const char *p = t->dbf.p + t->head + row * t->row + f->at;
    return (struct bf_str){p, strnlen(p, f->n)};
}

bool bf_table_is_deleted(const struct bf_table *t, size_t row)
{
    return t->dbf.p[t->head + row * t->row] == '*';
}

static struct bf_str without_end(struct bf_str s)
{
    while (s.n && s.p[s.n - 1] == ' ')
        s.n--;
    return s;
}

/* Without the half of a character that did not fit. */
static struct bf_str whole_utf8(const struct bf_table_field *f, struct bf_str text)
{
    if (text.n == f->n)
        text.n -= bf_encoding_cut_tail(text);
    return text;
}

bool bf_table_is_utf8(const struct bf_table *t)
{
    bool ok = true;
    for (size_t i = 0; ok && i < t->nfields; i++)
        ok = bf_str_is_utf8(t->fields[i].name);
    for (size_t row = 0; ok && row < t->n; row++)
        for (size_t i = 0; ok && i < t->nfields; i++) {
            const struct bf_table_field *f = &t->fields[i];
            ok = f->type != 'C' || bf_str_is_utf8(whole_utf8(f, value_of(t, row, f)));
        }
    return ok;
}

static bool wrong(const struct bf_table_field *f, size_t row, const char *what, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_BODY, "The .dbf: record %zu, field %.*s: %s.", row + 1,
                        BF_STR_ARG(f->name), what);
}

static bool print_text(struct bf_table *t, const struct bf_table_field *f, struct bf_str text,
                       struct bf_buf *out)
{
    text = without_end(text);
    if (text.n == 0) {
        bf_buf_text(out, "null");
        return true;
    }
    if (!bf_encoding_decode(t->encoding, text, &t->text) &&
        !bf_encoding_decode(t->encoding, whole_utf8(f, text), &t->text))
        return false;
    bf_buf_json(out, bf_buf_view(&t->text));
    return true;
}

static bool digits(struct bf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

/* As it is written, but for what JSON does not write: +5, 007, .5, 5. */
static bool print_number(struct bf_str text, struct bf_buf *out)
{
    double value;
    size_t stars = 0;
    text = bf_str_trim(text);
    while (stars < text.n && text.p[stars] == '*')
        stars++;
    if (stars == text.n) {
        bf_buf_text(out, "null");
        return true;
    }
    bool minus = text.p[0] == '-';
    if (minus || text.p[0] == '+')
        text = (struct bf_str){text.p + 1, text.n - 1};
    while (text.n > 1 && text.p[0] == '0' && text.p[1] >= '0' && text.p[1] <= '9')
        text = (struct bf_str){text.p + 1, text.n - 1};
    size_t start = out->n;
    if (text.n && text.p[0] == '.' && (text.n == 1 || !digits((struct bf_str){text.p + 1, 1})))
        return false;
    bf_buf_text(out, minus ? "-" : "");
    bf_buf_text(out, text.n && text.p[0] == '.' ? "0" : "");
    for (size_t i = 0; i < text.n; i++) {
        bool bare = text.p[i] == '.' && (i + 1 == text.n || (text.p[i + 1] | 0x20) == 'e');
        if (!bare)
            bf_buf_char(out, text.p[i]);
    }
    return bf_buf_failed(out) ||
           bf_number_real((struct bf_str){out->p + start, out->n - start}, &value);
}

/* Whether there is such a day is asked by whoever reads dates. */
static bool print_date(struct bf_str text, struct bf_buf *out)
{
    struct bf_str date = bf_str_trim(text);
    bool zeros = true;
    for (size_t i = 0; i < date.n; i++)
        zeros = zeros && date.p[i] == '0';
    if (zeros) {
        bf_buf_text(out, "null");
        return true;
    }
    if (date.n != DATE || !digits(date))
        return false;
    bf_buf_printf(out, "\"%.4s-%.2s-%.2s\"", date.p, date.p + 4, date.p + 6);
    return true;
}

static bool print_truth(struct bf_str text, struct bf_buf *out)
{
    char c = text.n ? text.p[0] : ' ';
    bool yes = strchr("TtYy", c) != NULL, no = strchr("FfNn", c) != NULL;
    bf_buf_text(out, yes ? "true" : no ? "false" : "null");
    return yes || no || c == '?' || c == ' ';
}

static bool print_value(struct bf_table *t, const struct bf_table_field *f, size_t row,
                        struct bf_buf *out, struct bf_err *err)
{
    struct bf_str text = value_of(t, row, f);
    switch (f->type) {
    case 'C':
        return print_text(t, f, text, out) ||
               wrong(f, row, "the text is not in the encoding that is taken", err);
    case 'D':
        return print_date(text, out) || wrong(f, row, "this is no date", err);
    case 'L':
        return print_truth(text, out) || wrong(f, row, "this is neither true nor false", err);
    default:
        return print_number(text, out) || wrong(f, row, "this is no number", err);
    }
}

bool bf_table_print(struct bf_table *t, size_t row, struct bf_buf *out, struct bf_err *err)
{
    for (size_t i = 0; i < t->nfields; i++) {
        bf_buf_text(out, i ? "," : "");
        bf_buf_json(out, t->fields[i].name);
        bf_buf_char(out, ':');
        if (!print_value(t, &t->fields[i], row, out, err))
            return false;
    }
    return true;
}

/* ---- names --------------------------------------------------------------------------------- */

static bool take_name(struct bf_table *t, struct bf_arena *a, size_t i, struct bf_err *err)
{
    struct bf_table_field *f = &t->fields[i];
    if (!bf_encoding_decode(t->encoding, bf_str_trim(f->name), &t->text) || t->text.n == 0)
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "The .dbf: field %zu has no name, or none in the encoding that is "
                            "taken.",
                            i + 1);
    f->name = bf_arena_dup(a, bf_buf_view(&t->text));
    if (!f->name.p)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the names of fields");
    for (size_t j = 0; j < i; j++)
        if (bf_str_eq(t->fields[j].name, f->name))
            return BF_FAIL_WITH(err, BF_E_BODY, "The .dbf: two fields are called \"%.*s\".",
                                BF_STR_ARG(f->name));
    return true;
}

bool bf_table_decode(struct bf_table *t, struct bf_arena *a, const char *encoding,
                     struct bf_err *err)
{
    t->encoding = bf_encoding_open(a, encoding, err);
    if (!t->encoding)
        return false;
    for (size_t i = 0; i < t->nfields; i++)
        if (!take_name(t, a, i, err))
            return false;
    return true;
}
