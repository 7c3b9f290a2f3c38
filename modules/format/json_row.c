#include "format/json_row.h"

#include "format/list.h"
#include "value/geometry.h"
#include "value/instant.h"
#include "value/json_text.h"
#include "value/number.h"

#include <string.h>

struct json_column {
    struct bf_str lead; /* what stands before the value: `{"a": ` or `, "b": ` */
    enum bf_type type;
    bool json;
    struct bf_str json_other;
    size_t cell;
    struct bf_str separator;
};

struct bf_json_row {
    const struct bf_zone *zone;
    size_t n;
    struct json_column columns[];
};

static bool add_column(struct bf_json_row *r, struct bf_arena *a, struct bf_buf *lead,
                       const struct bf_write_column *column, size_t cell)
{
    bf_buf_clear(lead);
    bf_buf_str(lead, r->n ? BF_STR(", ") : BF_STR("{"));
    bf_buf_json(lead, column->key);
    bf_buf_str(lead, BF_STR(": "));
    struct bf_str copy = bf_arena_dup(a, bf_buf_view(lead));
    r->columns[r->n++] = (struct json_column){
        copy, column->type, column->json, column->json_other, cell, column->separator};
    return !bf_buf_failed(lead) && copy.p;
}

struct bf_json_row *bf_json_row_without(struct bf_arena *a, const struct bf_write_column *columns,
                                        size_t n, int without, const struct bf_zone *zone)
{
    struct bf_json_row *r = bf_arena_zalloc(a, 1, sizeof *r + n * sizeof r->columns[0]);
    if (!r)
        return NULL;
    r->zone = zone;
    struct bf_buf lead;
    bf_buf_init(&lead, 1u << 20);
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++)
        ok = (int)i == without || add_column(r, a, &lead, &columns[i], i);
    bf_buf_fini(&lead);
    return ok ? r : NULL;
}

struct bf_json_row *bf_json_row_new(struct bf_arena *a, const struct bf_write_column *columns,
                                    size_t n, const struct bf_zone *zone)
{
    return bf_json_row_without(a, columns, n, -1, zone);
}

static char *put(char *at, struct bf_str s)
{
    memcpy(at, s.p, s.n);
    return at + s.n;
}

static char *put_point(char *at, struct bf_point p)
{
    at = put(at, BF_STR("{\"lon\": "));
    at += bf_number_format(at, p.lon);
    at = put(at, BF_STR(", \"lat\": "));
    at += bf_number_format(at, p.lat);
    *at++ = '}';
    return at;
}

static char *put_instant(char *at, const struct bf_value *v, const struct bf_zone *zone)
{
    *at++ = '"';
    at +=
        v->type == BF_DATE ? bf_date_format(at, v->date) : bf_instant_format(at, v->instant, zone);
    *at++ = '"';
    return at;
}

/* Values of the types that have a longest text. */
enum { LONGEST = 2 * BF_NUMBER_MAX + 32 };

static char *put_value(char *at, const struct bf_value *v, const struct bf_zone *zone)
{
    switch (v->type) {
    case BF_BOOL:
        return put(at, v->boolean ? BF_STR("true") : BF_STR("false"));
    case BF_INT:
        return at + bf_number_format_int(at, v->integer);
    case BF_DOUBLE:
        return at + bf_number_format(at, v->real);
    case BF_DATE:
    case BF_DATETIME:
        return put_instant(at, v, zone);
    case BF_GEO_POINT:
        return put_point(at, v->point);
    case BF_NULL:
    case BF_GEO_SHAPE:
    case BF_TEXT:
    case BF_JSON:
        break;
    }
    return put(at, BF_STR("null"));
}

static void print_shape(struct bf_buf *out, struct bf_str ewkb)
{
    size_t start = out->n;
    bf_buf_str(out, BF_STR("{\"type\": \"Feature\", \"geometry\": "));
    if (bf_geometry_print_json(out, ewkb, true)) {
        bf_buf_str(out, BF_STR(", \"properties\": {}}"));
        return;
    }
    out->n = start;
    bf_buf_str(out, BF_STR("null"));
}

static void print_list(struct bf_buf *out, struct bf_str s, struct bf_str separator)
{
    struct bf_str item;
    const char *comma = "";
    bf_buf_char(out, '[');
    while (bf_list_next(&s, separator, &item)) {
        bf_buf_text(out, comma);
        bf_buf_json(out, item);
        comma = ", ";
    }
    bf_buf_char(out, ']');
}

/* A page has thousands of these: room is asked once for what precedes the value and the value. */
static void print_cell(struct bf_buf *out, const struct json_column *column, struct bf_cell c,
                       const struct bf_zone *zone)
{
    struct bf_value v = bf_cell_value(c, column->type);
    char *start = bf_buf_reserve(out, column->lead.n + LONGEST);
    if (!start)
        return;
    char *at = put(start, column->lead);
    bool text = v.type == BF_TEXT || v.type == BF_JSON; /* a json_blob is a text that holds JSON */
    if (!text && v.type != BF_GEO_SHAPE)
        at = put_value(at, &v, zone);
    bf_buf_wrote(out, (size_t)(at - start));
    if (text && column->separator.n)
        print_list(out, v.text, column->separator);
    else if (text && column->json && bf_json_text_valid(v.text))
        bf_buf_str(out, v.text);
    else if (text && column->json && column->json_other.p)
        bf_buf_str(out, column->json_other);
    else if (text)
        bf_buf_json(out, v.text);
    else if (v.type == BF_GEO_SHAPE)
        print_shape(out, v.text);
}

void bf_json_row_print(const struct bf_json_row *r, struct bf_buf *out, const struct bf_cell *cells)
{
    if (r->n == 0)
        bf_buf_char(out, '{');
    for (size_t i = 0; i < r->n; i++)
        print_cell(out, &r->columns[i], cells[r->columns[i].cell], r->zone);
    bf_buf_char(out, '}');
}

void bf_json_row_close(const struct bf_json_row *r, struct bf_buf *out)
{
    bf_buf_str(out, r->n ? BF_STR("}") : BF_STR("{}"));
}

void bf_json_row_lead(const struct bf_json_row *r, struct bf_buf *out, size_t column)
{
    bf_buf_str(out, r->columns[column].lead);
}

void bf_json_row_value(const struct bf_json_row *r, struct bf_buf *out, size_t column,
                       struct bf_cell c)
{
    struct json_column bare = r->columns[column];
    bare.lead = BF_STR("");
    print_cell(out, &bare, c, r->zone);
}

struct bf_writer *bf_json_writer_open(const struct bf_format *format, struct bf_arena *a,
                                      struct bf_buf *out, const struct bf_write_column *columns,
                                      size_t n, const struct bf_write_options *options, int without)
{
    struct bf_json_writer *w = bf_arena_zalloc(a, 1, sizeof *w);
    if (!w)
        return NULL;
    w->base = (struct bf_writer){format, out, columns, n, options, 0};
    w->row = bf_json_row_without(a, columns, n, without, options->zone);
    return w->row ? &w->base : NULL;
}

void bf_json_writer_row(struct bf_writer *w, const struct bf_cell *cells)
{
    bf_json_row_print(((struct bf_json_writer *)w)->row, w->out, cells);
}
