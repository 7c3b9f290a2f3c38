#include "api/records1/steps.h"

#include "api/answer.h"
#include "api/records1/geo.h"
#include "api/records1/record_json.h"
#include "api/records1/series.h"
#include "api/records1/table.h"
#include "value/geometry.h"
#include "value/number.h"

#include <string.h>

enum { PIXELS = 50, TEXT = 1 << 16, MOST_SHAPES = 20000 };
enum { KEY, COUNT, HULL, OWN }; /* outputs before those of the series; shapes have no HULL */

struct range {
    struct bf_value min, max;
};

struct clusters {
    struct bf_request *r;
    int64_t zoom, pixels;
    struct records1_series series;
    const struct bf_output *outputs;
    struct range count, ranges[RECORDS1_SERIES];
    bool shapes; /* geopolygon */
    bool more;
};

/* ---- the query ---- */

/* How clusters are to look: they are exact envelopes, so nothing but what cannot be is refused. */
static bool read_looks(struct bf_request *r, const struct clusters *c)
{
    const struct bf_parameter *mode = &records1_parameters[RECORDS1_CLUSTERMODE];
    const struct bf_parameter *precision = &records1_parameters[RECORDS1_SHAPEPRECISION];
    struct bf_str text = bf_parameter_text(r, mode);
    int64_t digits = 0;
    if (text.n && !bf_str_eq(text, bf_str_of(mode->choices[0])))
        return bf_parameter_refuse(r, mode, text);
    if (!records1_whole(r, RECORDS1_SHAPEPRECISION, &digits))
        return false;
    return digits == 0 || digits + c->zoom <= RECORDS1_PRECISIONS ||
           bf_parameter_refuse(r, precision, bf_parameter_text(r, precision));
}

static bool read_parameters(struct bf_request *r, struct clusters *c, struct bf_str *field)
{
    c->zoom = c->shapes ? 0 : -1;
    c->pixels = PIXELS;
    return records1_whole(
               r, c->shapes ? RECORDS1_CLUSTERPRECISION_OPTIONAL : RECORDS1_CLUSTERPRECISION,
               &c->zoom) &&
           (c->shapes ||
            (records1_whole(r, RECORDS1_CLUSTERDISTANCE, &c->pixels) && read_looks(r, c))) &&
           records1_series_read(r, &c->series) && records1_geometry(r, field);
}

/* Points that are near each other, or geometries that are the same: those are their own hull. */
static void write_query(const struct clusters *c, struct bf_str field, struct bf_buf *select,
                        struct bf_buf *groups)
{
    bf_buf_text(groups, c->shapes ? "" : "geo_cluster(");
    records1_name(groups, field);
    if (!c->shapes)
        bf_buf_printf(groups, ", %lld, %lld)", (long long)c->zoom,
                      (long long)(c->pixels ? c->pixels : 1));
    bf_buf_text(groups, " as c");
    bf_buf_text(select, c->shapes ? "count(*) as n" : "count(*) as n, envelope(");
    if (!c->shapes) {
        records1_name(select, field);
        bf_buf_text(select, ") as hull");
    }
    records1_series_select(&c->series, select);
}

static bool build(struct bf_request *r, bool shapes)
{
    struct records1 *p = r->state;
    struct clusters *c = bf_arena_zalloc(r->arena, 1, sizeof *c);
    struct bf_str field;
    struct bf_buf select;
    struct bf_buf groups;
    r->schema = bf_request_schema(r, "1.0");
    if (!c)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    p->analysis = c;
    p->shapes = shapes;
    c->r = r;
    c->shapes = shapes;
    if (!read_parameters(r, c, &field))
        return false;
    bf_buf_init(&select, TEXT);
    bf_buf_init(&groups, TEXT);
    write_query(c, field, &select, &groups);
    p->rows = shapes ? MOST_SHAPES + 1 : BF_MOST_CELLS; /* each cluster has a cell at least */
    bool ok =
        records1_build_grouped(r, bf_buf_view(&select), bf_buf_view(&groups), BF_STR("n desc")) &&
        records1_only_known(r, field);
    bf_buf_fini(&select);
    bf_buf_fini(&groups);
    return ok;
}

bool records1_build_geocluster(struct bf_request *r)
{
    return build(r, false);
}

bool records1_build_geopolygon(struct bf_request *r)
{
    return build(r, true);
}

/* ---- the answer ---- */

/* The number behind `"lat": ` of the key's text. */
static bool member(struct bf_str json, const char *name, double *out)
{
    size_t n = strlen(name);
    for (size_t i = 0; i + n < json.n; i++) {
        if (memcmp(json.p + i, name, n) != 0)
            continue;
        struct bf_str rest = {json.p + i + n, json.n - i - n};
        size_t end = 0;
        while (end < rest.n && rest.p[end] != ',' && rest.p[end] != '}')
            end++;
        return bf_number_real(bf_str_trim((struct bf_str){rest.p, end}), out);
    }
    return false;
}

static double real_of(const struct bf_value *v)
{
    return v->type == BF_INT ? (double)v->integer : v->real;
}

static void widen(struct range *range, const struct bf_value *v)
{
    if (v->type != BF_INT && v->type != BF_DOUBLE)
        return;
    if (range->min.type == BF_NULL || real_of(v) < real_of(&range->min))
        range->min = *v;
    if (range->max.type == BF_NULL || real_of(v) > real_of(&range->max))
        range->max = *v;
}

static void print_series(struct clusters *c, const struct bf_cell *cells)
{
    struct bf_buf *b = &c->r->response.body;
    const struct records1 *p = c->r->state;
    size_t at = c->shapes ? HULL : OWN;
    const char *comma = "";
    bf_buf_text(b, ", \"series\": {");
    for (size_t i = 0; i < c->series.n; i++) {
        struct records1_serie *s = &c->series.items[i];
        struct bf_value v;
        if (records1_serie_value(s, c->outputs + at, cells + at, &v)) {
            bf_buf_text(b, comma);
            bf_buf_json(b, s->name);
            bf_buf_text(b, ": ");
            records1_value(b, &v, p->zone);
            widen(&c->ranges[i], &v);
            comma = ", ";
        }
        at += records1_serie_width(s);
    }
    bf_buf_char(b, '}');
}

static void print_center(struct clusters *c, struct bf_str key)
{
    struct bf_buf *b = &c->r->response.body;
    struct bf_point center = {0, 0};
    if (c->shapes && !records1_middle(key, &center))
        return;
    if (!c->shapes) {
        member(key, "\"lat\":", &center.lat);
        member(key, "\"lon\":", &center.lon);
    }
    bf_number_print(b, center.lat);
    bf_buf_text(b, ", ");
    bf_number_print(b, center.lon);
}

static void print(void *self, const struct bf_cell *cells)
{
    struct clusters *c = self;
    struct bf_buf *b = &c->r->response.body;
    struct bf_value n = bf_cell_value(cells[COUNT], BF_INT);
    bf_buf_text(b, c->more ? ", {\"cluster_center\": [" : "{\"cluster_center\": [");
    c->more = true;
    print_center(c, bf_cell_text(cells[KEY]));
    bf_buf_printf(b, "], \"count\": %lld", (long long)n.integer);
    widen(&c->count, &n);
    if (c->series.n)
        print_series(c, cells);
    size_t start = b->n;
    struct bf_cell hull = cells[c->shapes ? KEY : HULL];
    bf_buf_text(b, ", \"cluster\": ");
    if (bf_cell_null(hull) || !bf_geometry_print_json(b, bf_cell_text(hull), true))
        b->n = start;
    bf_buf_char(b, '}');
}

static void print_range(struct clusters *c, const struct range *range)
{
    struct bf_buf *b = &c->r->response.body;
    const struct records1 *p = c->r->state;
    bf_buf_text(b, "{\"max\": ");
    records1_value(b, &range->max, p->zone);
    bf_buf_text(b, ", \"min\": ");
    records1_value(b, &range->min, p->zone);
    bf_buf_char(b, '}');
}

bool records1_geocluster(struct bf_request *r)
{
    const struct records1 *p = r->state;
    struct clusters *c = p->analysis;
    struct bf_rows rows;
    struct bf_buf *b = &r->response.body;
    if (!bf_rows_read(r, BF_ROWS_PLAIN, &rows))
        return false;
    if (c->shapes && bf_read_rows(rows.read) > MOST_SHAPES)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "There are more than %d different geometries: ask for a part of the "
                            "map, by geofilter.bbox.",
                            MOST_SHAPES);
    if (bf_answer_dated(r, rows.read))
        return true;
    c->outputs = rows.sql.outputs;
    records1_begin(r);
    bf_buf_text(b, "{\"clusters\": [");
    if (!bf_answer_rows(r, rows.read, print, c))
        return false;
    bf_buf_text(b, "], \"count\": ");
    print_range(c, &c->count);
    bf_buf_text(b, ", \"series\": {");
    for (size_t i = 0; i < c->series.n; i++) {
        bf_buf_text(b, i ? ", " : "");
        bf_buf_json(b, c->series.items[i].name);
        bf_buf_text(b, ": ");
        print_range(c, &c->ranges[i]);
    }
    bf_buf_printf(b, "}, \"clusterprecision\": %lld}", (long long)c->zoom);
    records1_end(r);
    return true;
}
