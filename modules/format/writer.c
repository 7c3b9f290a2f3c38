#include "format/writer.h"

#include "value/geometry.h"
#include "value/instant.h"
#include "value/number.h"

/* ---- one row as a JSON object -------------------------------------------------------------- */

struct json_column {
    struct bf_str lead; /* what stands before the value: `{"a": ` or `, "b": ` */
    enum bf_type type;
};

struct bf_json_row {
    const struct bf_zone *zone;
    size_t n;
    struct json_column columns[];
};

struct bf_json_row *bf_json_row_new(struct bf_arena *a, const struct bf_write_column *columns,
                                    size_t n, const struct bf_zone *zone)
{
    struct bf_json_row *r = bf_arena_zalloc(a, 1, sizeof *r + n * sizeof r->columns[0]);
    if (!r)
        return NULL;
    r->zone = zone;
    r->n = n;
    struct bf_buf lead;
    bf_buf_init(&lead, 1u << 20);
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++) {
        bf_buf_clear(&lead);
        bf_buf_str(&lead, i ? BF_STR(", ") : BF_STR("{"));
        bf_buf_json(&lead, columns[i].key);
        bf_buf_str(&lead, BF_STR(": "));
        r->columns[i] = (struct json_column){bf_arena_dup(a, bf_buf_view(&lead)), columns[i].type};
        ok = !bf_buf_failed(&lead) && r->columns[i].lead.p;
    }
    bf_buf_fini(&lead);
    return ok ? r : NULL;
}

static void print_text(struct bf_buf *out, struct bf_cell c)
{
    bf_buf_json(out, bf_cell_text(c));
}

static void print_point(struct bf_buf *out, struct bf_point p)
{
    bf_buf_str(out, BF_STR("{\"lon\": "));
    bf_number_print(out, p.lon);
    bf_buf_str(out, BF_STR(", \"lat\": "));
    bf_number_print(out, p.lat);
    bf_buf_char(out, '}');
}

static void print_shape(struct bf_buf *out, struct bf_cell c)
{
    size_t start = out->n;
    bf_buf_str(out, BF_STR("{\"type\": \"Feature\", \"geometry\": "));
    if (bf_geometry_print_json(out, bf_cell_text(c), true)) {
        bf_buf_str(out, BF_STR(", \"properties\": {}}"));
        return;
    }
    out->n = start;
    bf_buf_str(out, BF_STR("null"));
}

static void print_instant(struct bf_buf *out, int64_t instant, const struct bf_zone *zone)
{
    bf_buf_char(out, '"');
    bf_instant_print(out, instant, zone);
    bf_buf_char(out, '"');
}

static void print_date(struct bf_buf *out, int32_t days)
{
    bf_buf_char(out, '"');
    bf_date_print(out, days);
    bf_buf_char(out, '"');
}

static void print_cell(struct bf_buf *out, struct bf_cell c, enum bf_type type,
                       const struct bf_zone *zone)
{
    struct bf_value v = bf_cell_value(c, type);
    switch (v.type) {
    case BF_NULL:
        bf_buf_str(out, BF_STR("null"));
        break;
    case BF_BOOL:
        bf_buf_str(out, v.boolean ? BF_STR("true") : BF_STR("false"));
        break;
    case BF_INT:
        bf_buf_i64(out, v.integer);
        break;
    case BF_DOUBLE:
        bf_number_print(out, v.real);
        break;
    case BF_DATE:
        print_date(out, v.date);
        break;
    case BF_DATETIME:
        print_instant(out, v.instant, zone);
        break;
    case BF_GEO_POINT:
        print_point(out, v.point);
        break;
    case BF_GEO_SHAPE:
        print_shape(out, c);
        break;
    case BF_TEXT:
    case BF_JSON: /* the vendor's json_blob is a text that holds JSON */
        print_text(out, c);
        break;
    }
}

void bf_json_row_print(const struct bf_json_row *r, struct bf_buf *out, const struct bf_cell *cells)
{
    if (r->n == 0)
        bf_buf_char(out, '{');
    for (size_t i = 0; i < r->n; i++) {
        bf_buf_str(out, r->columns[i].lead);
        print_cell(out, cells[i], r->columns[i].type, r->zone);
    }
    bf_buf_char(out, '}');
}

/* ---- the formats --------------------------------------------------------------------------- */

struct json_writer {
    struct bf_writer base;
    struct bf_json_row *row;
};

static struct bf_json_row *row_of(struct bf_writer *w)
{
    return ((struct json_writer *)w)->row;
}

static struct bf_writer *open_as(const struct bf_format *format, struct bf_arena *a,
                                 struct bf_buf *out, const struct bf_write_column *columns,
                                 size_t n, const struct bf_zone *zone)
{
    struct json_writer *w = bf_arena_zalloc(a, 1, sizeof *w);
    if (!w)
        return NULL;
    w->base = (struct bf_writer){format, out, columns, n, zone, 0};
    w->row = bf_json_row_new(a, columns, n, zone);
    return w->row ? &w->base : NULL;
}

static void json_begin(struct bf_writer *w)
{
    bf_buf_char(w->out, '[');
}

static void json_row(struct bf_writer *w, const struct bf_cell *cells)
{
    if (w->rows++)
        bf_buf_char(w->out, ',');
    bf_json_row_print(row_of(w), w->out, cells);
}

static void json_end(struct bf_writer *w)
{
    bf_buf_char(w->out, ']');
}

static struct bf_writer *json_open(struct bf_arena *a, struct bf_buf *out,
                                   const struct bf_write_column *columns, size_t n,
                                   const struct bf_zone *zone)
{
    return open_as(&bf_format_json, a, out, columns, n, zone);
}

const struct bf_format bf_format_json = {
    "json", "application/json; charset=utf-8", "json", json_begin, json_row, json_end, json_open};

static void nothing(struct bf_writer *w)
{
    (void)w;
}

static void jsonl_row(struct bf_writer *w, const struct bf_cell *cells)
{
    w->rows++;
    bf_json_row_print(row_of(w), w->out, cells);
    bf_buf_char(w->out, '\n');
}

static struct bf_writer *jsonl_open(struct bf_arena *a, struct bf_buf *out,
                                    const struct bf_write_column *columns, size_t n,
                                    const struct bf_zone *zone)
{
    return open_as(&bf_format_jsonl, a, out, columns, n, zone);
}

const struct bf_format bf_format_jsonl = {
    "jsonl", "application/jsonl; charset=utf-8", "jsonl", nothing, jsonl_row, nothing, jsonl_open};
