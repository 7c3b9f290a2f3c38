#include "format/formats.h"

#include "core/scan.h"
#include "format/list.h"
#include "value/geometry.h"
#include "value/instant.h"
#include "value/number.h"

#include <string.h>

struct csv_writer {
    struct bf_writer base;
    char delimiter;
    bool quote_all, guard;
    struct bf_str between;  /* the values of a list */
    struct bf_scan special; /* bytes for which a cell needs quotes */
};

/* What a spreadsheet may take for the start of a formula (OWASP ASVS 5.0, 1.2.10). */
static bool starts_formula(struct bf_str s)
{
    return s.n && memchr("=+-@\t\r", s.p[0], 6);
}

/* Puts quotes around what was appended since `start`, and doubles those inside. */
static void quote(struct bf_buf *out, size_t start)
{
    size_t n = out->n - start, quotes = 2;
    for (size_t i = start; i < out->n; i++)
        quotes += out->p[i] == '"';
    if (!bf_buf_reserve(out, quotes))
        return;
    char *from = out->p + out->n, *to = from + quotes;
    *--to = '"';
    for (size_t i = 0; i < n; i++) {
        *--to = *--from;
        if (*to == '"')
            *--to = '"';
    }
    *--to = '"';
    bf_buf_wrote(out, quotes);
}

/* Bytes whose first is at `start`: the cell, before its quotes. */
static void end_text(const struct csv_writer *w, struct bf_buf *out, size_t start)
{
    struct bf_str s = {out->p + start, out->n - start};
    if (w->quote_all || bf_scan_finds(&w->special, s))
        quote(out, start);
}

static void print_text(const struct csv_writer *w, struct bf_buf *out, struct bf_str s)
{
    size_t start = out->n;
    if (w->guard && starts_formula(s))
        bf_buf_char(out, '\'');
    bf_buf_str(out, s);
    end_text(w, out, start);
}

static void print_list(const struct csv_writer *w, struct bf_buf *out, struct bf_str s,
                       struct bf_str separator)
{
    size_t start = out->n;
    struct bf_str item;
    while (bf_list_next(&s, separator, &item)) {
        if (out->n > start)
            bf_buf_str(out, w->between);
        else if (w->guard && starts_formula(item))
            bf_buf_char(out, '\'');
        bf_buf_str(out, item);
    }
    end_text(w, out, start);
}

static char *put(char *at, struct bf_str s)
{
    memcpy(at, s.p, s.n);
    return at + s.n;
}

static char *put_point(char *at, struct bf_point p)
{
    at += bf_number_format(at, p.lat);
    at = put(at, BF_STR(", "));
    return at + bf_number_format(at, p.lon);
}

/* Values of the types that have a longest text. */
enum { LONGEST = 2 * BF_NUMBER_MAX + 8 };

static char *put_value(char *at, const struct bf_value *v, const struct bf_zone *zone)
{
    switch (v->type) {
    case BF_BOOL:
        return put(at, v->boolean ? BF_STR("True") : BF_STR("False"));
    case BF_INT:
        return at + bf_number_format_int(at, v->integer);
    case BF_DOUBLE:
        return at + bf_number_format(at, v->real);
    case BF_DATE:
        return at + bf_date_format(at, v->date);
    case BF_DATETIME:
        return at + bf_instant_format(at, v->instant, zone);
    case BF_GEO_POINT:
        return put_point(at, v->point);
    case BF_NULL:
    case BF_GEO_SHAPE:
    case BF_TEXT:
    case BF_JSON:
        break;
    }
    return at;
}

static bool is_string(enum bf_type type)
{
    return type == BF_DATE || type == BF_DATETIME || type == BF_GEO_POINT;
}

static void print_bounded(const struct csv_writer *w, struct bf_buf *out, const struct bf_value *v)
{
    size_t start = out->n;
    char *at = bf_buf_reserve(out, LONGEST);
    if (!at)
        return;
    bf_buf_wrote(out, (size_t)(put_value(at, v, w->base.options->zone) - at));
    bool point_in_commas = v->type == BF_GEO_POINT && w->delimiter == ',';
    if (point_in_commas || (w->quote_all && is_string(v->type)))
        quote(out, start);
}

static void print_cell(const struct csv_writer *w, struct bf_cell c,
                       const struct bf_write_column *column)
{
    struct bf_buf *out = w->base.out;
    struct bf_value v = bf_cell_value(c, column->type);
    size_t start = out->n;
    if (v.type == BF_TEXT && column->separator.n)
        print_list(w, out, v.text, column->separator);
    else if (v.type == BF_TEXT || v.type == BF_JSON)
        print_text(w, out, v.text);
    else if (v.type != BF_GEO_SHAPE)
        print_bounded(w, out, &v);
    else if (bf_geometry_print_json(out, v.text, true))
        quote(out, start);
}

/* `start`: of the line. */
static void end_line(struct csv_writer *w, size_t start)
{
    if (w->base.n == 1 && w->base.out->n == start)
        bf_buf_str(w->base.out, BF_STR("\"\""));
    bf_buf_str(w->base.out, BF_STR("\r\n"));
}

static void begin(struct bf_writer *base)
{
    struct csv_writer *w = (struct csv_writer *)base;
    struct bf_buf *out = base->out;
    if (base->options->csv.bom)
        bf_buf_str(out, BF_STR("\xEF\xBB\xBF"));
    size_t start = out->n;
    for (size_t i = 0; i < base->n; i++) {
        if (i)
            bf_buf_char(out, w->delimiter);
        print_text(w, out, base->columns[i].key);
    }
    end_line(w, start);
}

static void row(struct bf_writer *base, const struct bf_cell *cells)
{
    struct csv_writer *w = (struct csv_writer *)base;
    size_t start = base->out->n;
    base->rows++;
    for (size_t i = 0; i < base->n; i++) {
        if (i)
            bf_buf_char(base->out, w->delimiter);
        print_cell(w, cells[i], &base->columns[i]);
    }
    end_line(w, start);
}

static void end(struct bf_writer *w)
{
    (void)w;
}

static struct bf_writer *open_csv(struct bf_arena *a, struct bf_buf *out,
                                  const struct bf_write_column *columns, size_t n,
                                  const struct bf_write_options *options)
{
    struct csv_writer *w = bf_arena_zalloc(a, 1, sizeof *w);
    if (!w)
        return NULL;
    w->base = (struct bf_writer){&bf_format_csv, out, columns, n, options, 0};
    w->delimiter = options->csv.delimiter ? options->csv.delimiter : ';';
    w->between = options->csv.list_separator.n ? options->csv.list_separator : BF_STR(",");
    w->quote_all = options->csv.quote_all;
    w->guard = options->csv.guard_formulas;
    w->special = bf_scan_for(w->delimiter, '"', '\r', '\n');
    return &w->base;
}

const struct bf_format bf_format_csv = {
    .name = "csv",
    .content_type = "text/csv; charset=utf-8",
    .extension = "csv",
    .labels = true,
    .begin = begin,
    .row = row,
    .end = end,
    .open = open_csv,
};
