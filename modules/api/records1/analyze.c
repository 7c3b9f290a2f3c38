#include "api/records1/steps.h"

#include "api/answer.h"
#include "api/records1/geo.h"
#include "api/records1/record_json.h"
#include "api/records1/series.h"
#include "value/number.h"

enum { AXES = 8, PARTS = 6, TEXT = 1 << 16 };

/* A part of a date on an axis: its name in answers, and the expression of it. */
struct part {
    const char *name, *before, *behind;
    bool text;     /* digits as a text */
    int64_t least; /* that the text shows: v1 counts days of the week from 0 */
};

static const struct part parts[] = {
    {"year", "year(", ")", false, 0},
    {"month", "month(", ")", false, 0},
    {"day", "day(", ")", false, 0},
    {"hour", "hour(", ")", false, 0},
    {"minute", "minute(", ")", false, 0},
    {"weekday", "date_format(", ", \"e\")", true, 1},
    {"week", "date_format(", ", \"w\")", true, 0},
};

enum { SIMPLE = 5, ALL_PARTS = sizeof parts / sizeof parts[0] };

struct axis {
    struct bf_str field;
    const struct part *parts; /* NULL: the value itself */
    size_t n;                 /* outputs */
};

struct analysis {
    struct axis axes[AXES];
    size_t naxes;
    struct records1_series series;
    int64_t points;
};

/* ---- parameters ---- */

static bool refuse(struct bf_request *r, enum records1_parameter which, struct bf_str found)
{
    found.n = found.n < 200 ? found.n : 200;
    return bf_parameter_refuse(r, &records1_parameters[which], found);
}

static const struct part *part_named(struct bf_str name)
{
    for (size_t i = 0; i < ALL_PARTS; i++)
        if (bf_str_eq_nocase(name, bf_str_of(parts[i].name)))
            return &parts[i];
    return NULL;
}

/* precision=month: year and month; periodic=month: the month of any year. */
static bool read_date(struct bf_request *r, struct axis *axis)
{
    struct bf_str precision = bf_http_param(&r->http, "precision");
    struct bf_str periodic = bf_http_param(&r->http, "periodic");
    const struct part *p = part_named(precision.n ? precision : BF_STR("year"));
    if (!p || p >= parts + SIMPLE)
        return refuse(r, RECORDS1_PRECISION, precision);
    axis->parts = parts;
    axis->n = (size_t)(p - parts) + 1;
    if (periodic.n == 0)
        return true;
    axis->parts = part_named(periodic);
    axis->n = 1;
    return axis->parts || refuse(r, RECORDS1_PERIODIC, periodic);
}

static bool read_axis(struct bf_request *r, struct analysis *a, struct bf_str field)
{
    const struct bf_column *column = bf_schema_column(r->schema, field);
    if (a->naxes == AXES)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "Invalid value for x API parameter: there are more than %d.", AXES);
    struct axis *axis = &a->axes[a->naxes++];
    *axis = (struct axis){.field = field, .n = 1};
    bool date = column && (column->type == BF_DATE || column->type == BF_DATETIME);
    return !date || read_date(r, axis);
}

static bool read_all(struct bf_request *r, struct analysis *a)
{
    for (size_t i = 0; i < r->http.nparams; i++) {
        struct bf_str field = bf_str_trim(r->http.params[i].value);
        if (bf_str_eq(r->http.params[i].name, BF_STR("x")) && field.n && !read_axis(r, a, field))
            return false;
    }
    if (!records1_series_read(r, &a->series))
        return false;
    if (a->series.n == 0)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "The parameter y.NAME.func is needed: COUNT, AVG, SUM, MIN, MAX, "
                            "STDDEV, SUMSQUARES or QUANTILES.");
    return records1_whole(r, RECORDS1_MAXPOINTS, &a->points);
}

/* ---- the query ---- */

static void write_key(struct bf_buf *b, const struct axis *axis, size_t part)
{
    if (!axis->parts) {
        records1_name(b, axis->field);
        return;
    }
    bf_buf_text(b, axis->parts[part].before);
    records1_name(b, axis->field);
    bf_buf_text(b, axis->parts[part].behind);
}

static void write_groups(const struct analysis *a, struct bf_buf *b)
{
    for (size_t i = 0; i < a->naxes; i++)
        for (size_t j = 0; j < a->axes[i].n; j++) {
            bf_buf_text(b, b->n ? ", " : "");
            write_key(b, &a->axes[i], j);
            bf_buf_printf(b, " as x%zu_%zu", i, j);
        }
}

/* `x` or `x.field`: the number of the axis, or -1. */
static int axis_named(const struct analysis *a, struct bf_str name)
{
    if (bf_str_eq(name, BF_STR("x")))
        return a->naxes ? 0 : -1;
    if (bf_str_starts(name, BF_STR("x.")))
        name = (struct bf_str){name.p + 2, name.n - 2};
    for (size_t i = 0; i < a->naxes; i++)
        if (bf_str_eq(a->axes[i].field, name))
            return (int)i;
    return -1;
}

/* A series comes in descending order and `-series` in ascending one, an axis the other way. */
static bool write_order(struct bf_request *r, const struct analysis *a, struct bf_buf *b)
{
    struct bf_str rest = bf_http_param(&r->http, "sort");
    while (rest.n) {
        struct bf_str whole = bf_str_trim(bf_str_cut(rest, ',', &rest));
        struct bf_str name = whole;
        bool minus = name.n && name.p[0] == '-';
        if (minus)
            name = (struct bf_str){name.p + 1, name.n - 1};
        if (bf_str_starts(name, BF_STR("y.")))
            name = (struct bf_str){name.p + 2, name.n - 2};
        int serie = records1_series_find(&a->series, name);
        int axis = serie < 0 ? axis_named(a, name) : -1;
        if (name.n == 0)
            continue;
        if (serie < 0 && axis < 0)
            return refuse(r, RECORDS1_SORT_POINTS, whole);
        if (serie >= 0)
            bf_buf_printf(b, "%ss%d_0 %s", b->n ? ", " : "", serie, minus ? "asc" : "desc");
        for (size_t j = 0; axis >= 0 && j < a->axes[axis].n; j++)
            bf_buf_printf(b, "%sx%d_%zu %s", b->n ? ", " : "", axis, j, minus ? "desc" : "asc");
    }
    return true;
}

static bool without_nulls(struct bf_request *r, const struct analysis *a)
{
    for (size_t i = 0; i < a->naxes; i++)
        if (!records1_only_known(r, a->axes[i].field))
            return false;
    return true;
}

bool records1_build_analyze(struct bf_request *r)
{
    struct records1 *p = r->state;
    struct analysis *a = bf_arena_zalloc(r->arena, 1, sizeof *a);
    struct bf_buf select;
    struct bf_buf groups;
    struct bf_buf order;
    if (!a)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    r->schema = bf_request_schema(r, "1.0");
    p->analysis = a;
    bf_buf_init(&select, TEXT);
    bf_buf_init(&groups, TEXT);
    bf_buf_init(&order, TEXT);
    bool ok = read_all(r, a) && write_order(r, a, &order);
    if (ok) {
        records1_series_select(&a->series, &select);
        write_groups(a, &groups);
        p->rows = a->naxes == 0 ? 1 : a->points ? a->points : RECORDS1_POINTS + 1;
        ok = records1_build_grouped(r, bf_buf_view(&select), bf_buf_view(&groups),
                                    bf_buf_view(&order)) &&
             without_nulls(r, a);
    }
    bf_buf_fini(&select);
    bf_buf_fini(&groups);
    bf_buf_fini(&order);
    return ok;
}

/* ---- the answer ---- */

struct points {
    struct analysis *a;
    struct bf_request *r;
    const struct bf_output *outputs;
    bool more;
};

static int64_t part_value(const struct part *part, const struct bf_output *output,
                          struct bf_cell cell)
{
    int64_t n = 0;
    struct bf_value v = bf_cell_value(cell, output->type);
    if (part->text && v.type == BF_TEXT && bf_number_int(v.text, &n))
        return n - part->least;
    return v.type == BF_INT ? v.integer : n;
}

/* A value, or {"year": 2026, "month": 9}. */
static void print_axis(const struct points *p, const struct axis *axis,
                       const struct bf_output *outputs, const struct bf_cell *cells)
{
    struct bf_buf *b = &p->r->response.body;
    const struct records1 *state = p->r->state;
    if (!axis->parts) {
        struct bf_value v = bf_cell_value(cells[0], outputs[0].type);
        records1_value(b, &v, state->zone);
        return;
    }
    for (size_t i = 0; i < axis->n; i++) {
        bf_buf_printf(b, "%s\"%s\": ", i ? ", " : "{", axis->parts[i].name);
        bf_buf_i64(b, part_value(&axis->parts[i], &outputs[i], cells[i]));
    }
    bf_buf_char(b, '}');
}

/* One axis stands for itself; several are members of an object. Gives the outputs used. */
static size_t print_axes(const struct points *p, const struct bf_cell *cells)
{
    struct bf_buf *b = &p->r->response.body;
    size_t at = 0;
    bf_buf_text(b, p->a->naxes ? "\"x\": " : "");
    for (size_t i = 0; i < p->a->naxes; i++) {
        const struct axis *axis = &p->a->axes[i];
        if (p->a->naxes > 1) {
            bf_buf_text(b, i ? ", " : "{");
            bf_buf_json(b, axis->field);
            bf_buf_text(b, ": ");
        }
        print_axis(p, axis, p->outputs + at, cells + at);
        at += axis->n;
    }
    bf_buf_text(b, p->a->naxes > 1 ? "}" : "");
    return at;
}

static void print_point(void *self, const struct bf_cell *cells)
{
    struct points *p = self;
    struct bf_buf *b = &p->r->response.body;
    const struct records1 *state = p->r->state;
    bf_buf_text(b, p->more ? ", {" : "{");
    p->more = true;
    size_t at = print_axes(p, cells);
    const char *comma = at ? ", " : "";
    for (size_t i = 0; i < p->a->series.n; i++) {
        struct records1_serie *s = &p->a->series.items[i];
        struct bf_value v;
        if (records1_serie_value(s, p->outputs + at, cells + at, &v)) {
            bf_buf_text(b, comma);
            bf_buf_json(b, s->name);
            bf_buf_text(b, ": ");
            records1_value(b, &v, state->zone);
            comma = ", ";
        }
        at += records1_serie_width(s);
    }
    bf_buf_char(b, '}');
}

/* ---- as a table ---- */

/* A line of CSV has a cell for each part of an axis, then one for each series. */
struct table {
    struct points points;
    struct bf_writer *writer;
    struct bf_write_column *columns;
    struct bf_cell *cells;
    struct bf_buf values; /* of one line, in the form of cells; never moves */
    size_t at;
};

/* Whole numbers and doubles: eight bytes. */
enum { VALUE = 8, COLUMNS = AXES * PARTS + RECORDS1_SERIES };

/* The next cell; NULL: empty. A text stays where it is. */
static void put_cell(struct table *t, const struct bf_value *v)
{
    struct bf_cell *cell = &t->cells[t->at];
    size_t start = t->values.n;
    *cell = (struct bf_cell){NULL, -1};
    if (v && (v->type == BF_TEXT || v->type == BF_JSON)) {
        *cell = (struct bf_cell){v->text.p, (int32_t)v->text.n};
    } else if (v) {
        bf_cell_put(&t->values, v);
        *cell = (struct bf_cell){t->values.p + start, (int32_t)(t->values.n - start)};
    }
    t->columns[t->at++].type = v ? v->type : BF_TEXT;
}

static void put_axis(struct table *t, const struct axis *axis, const struct bf_output *outputs,
                     const struct bf_cell *cells)
{
    for (size_t i = 0; i < axis->n; i++) {
        struct bf_value v = bf_cell_value(cells[i], outputs[i].type);
        if (axis->parts)
            v = (struct bf_value){.type = BF_INT,
                                  .integer = part_value(&axis->parts[i], &outputs[i], cells[i])};
        put_cell(t, v.type == BF_NULL ? NULL : &v);
    }
}

static void put_point(void *self, const struct bf_cell *cells)
{
    struct table *t = self;
    struct analysis *a = t->points.a;
    const struct bf_output *outputs = t->points.outputs;
    size_t at = 0;
    t->at = 0;
    bf_buf_clear(&t->values);
    for (size_t i = 0; i < a->naxes; i++) {
        put_axis(t, &a->axes[i], outputs + at, cells + at);
        at += a->axes[i].n;
    }
    for (size_t i = 0; i < a->series.n; i++) {
        struct records1_serie *s = &a->series.items[i];
        struct bf_value v;
        put_cell(t, records1_serie_value(s, outputs + at, cells + at, &v) ? &v : NULL);
        at += records1_serie_width(s);
    }
    t->writer->format->row(t->writer, t->cells);
}

/* What would be the path of the value in JSON: `x`, `x.year`, of several axes `x.field`. */
static void name_columns(struct table *t)
{
    const struct analysis *a = t->points.a;
    struct bf_arena *arena = t->points.r->arena;
    for (size_t i = 0; i < a->naxes; i++)
        for (size_t j = 0; j < a->axes[i].n; j++) {
            const struct axis *axis = &a->axes[i];
            bool several = a->naxes > 1;
            t->columns[t->at++].key = bf_arena_printf(
                arena, "x%s%.*s%s%s", several ? "." : "", several ? (int)axis->field.n : 0,
                axis->field.p, axis->parts ? "." : "", axis->parts ? axis->parts[j].name : "");
        }
    for (size_t i = 0; i < a->series.n; i++)
        t->columns[t->at++].key = a->series.items[i].name;
}

static bool answer_table(struct bf_request *r, struct bf_read *read, struct table *t)
{
    const struct records1 *p = r->state;
    t->columns = bf_arena_zalloc(r->arena, COLUMNS, sizeof *t->columns);
    t->cells = bf_arena_zalloc(r->arena, COLUMNS, sizeof *t->cells);
    if (!t->columns || !t->cells || !bf_buf_reserve(&t->values, (size_t)COLUMNS * VALUE))
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    name_columns(t);
    bf_answer_begin(r, 200, p->file->content_type);
    t->writer = p->file->open(r->arena, &r->response.body, t->columns, t->at, &p->options);
    if (!t->writer)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    p->file->begin(t->writer);
    bool ok = bf_answer_rows(r, read, put_point, t);
    p->file->end(t->writer);
    return ok;
}

static bool print_table(struct bf_request *r, const struct bf_rows *rows)
{
    const struct records1 *p = r->state;
    struct table t = {.points = {p->analysis, r, rows->sql.outputs, false}};
    bf_buf_init(&t.values, (size_t)COLUMNS * VALUE);
    bool ok = answer_table(r, rows->read, &t);
    bf_buf_fini(&t.values);
    return ok;
}

bool records1_analyze(struct bf_request *r)
{
    struct records1 *state = r->state;
    struct bf_rows rows;
    if (!bf_rows_read(r, BF_ROWS_PLAIN, &rows))
        return false;
    struct bf_bound_text text;
    if (bf_read_rows(rows.read) > RECORDS1_POINTS)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER, "%s.",
                            bf_bound_say(&text, BF_BOUND_GROUPS, -1,
                                         "ask for fewer points with maxpoints, or a coarser x"));
    if (bf_answer_dated(r, rows.read))
        return true;
    if (state->file)
        return print_table(r, &rows);
    struct points points = {state->analysis, r, rows.sql.outputs, false};
    records1_begin(r);
    bf_buf_char(&r->response.body, '[');
    if (!bf_answer_rows(r, rows.read, print_point, &points))
        return false;
    bf_buf_char(&r->response.body, ']');
    records1_end(r);
    return true;
}
