#include "api/records1/steps.h"

#include "api/answer.h"
#include "api/records1/geo.h"
#include "api/rows.h"
#include "value/geometry.h"
#include "value/number.h"
#include "value/wkb.h"

enum { KINDS = 8, DEPTH = 16 };

/* ---- the box around everything, and how many geometries of each kind ---- */

struct extent {
    struct bf_point low, high;
    int64_t kinds[KINDS];
    int64_t count;
};

static bool point(struct bf_wkb *w, struct extent *e)
{
    struct bf_point p;
    if (!bf_wkb_point(w, &p))
        return false;
    e->low.lon = p.lon < e->low.lon ? p.lon : e->low.lon;
    e->low.lat = p.lat < e->low.lat ? p.lat : e->low.lat;
    e->high.lon = p.lon > e->high.lon ? p.lon : e->high.lon;
    e->high.lat = p.lat > e->high.lat ? p.lat : e->high.lat;
    return true;
}

static bool points(struct bf_wkb *w, struct extent *e)
{
    uint32_t n;
    if (!bf_wkb_count(w, &n))
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!point(w, e))
            return false;
    return true;
}

static bool shape(struct bf_wkb *w, struct extent *e, int depth, uint32_t *kind)
{
    struct bf_wkb_head head;
    uint32_t n;
    uint32_t inner;
    if (depth == DEPTH || !bf_wkb_head(w, &head) || head.more)
        return false;
    *kind = head.kind;
    if (head.kind == 1)
        return point(w, e);
    if (head.kind == 2)
        return points(w, e);
    bool ok = bf_wkb_count(w, &n);
    for (uint32_t i = 0; ok && i < n; i++)
        ok = head.kind == 3 ? points(w, e) : shape(w, e, depth + 1, &inner);
    return ok;
}

bool records1_middle(struct bf_str geometry, struct bf_point *out)
{
    struct extent e = {.low = {360, 180}, .high = {-360, -180}};
    uint32_t kind = 0;
    struct bf_wkb w = bf_wkb_of(geometry);
    if (!shape(&w, &e, 0, &kind) || e.low.lon > e.high.lon)
        return false;
    *out = (struct bf_point){(e.low.lon + e.high.lon) / 2, (e.low.lat + e.high.lat) / 2};
    return true;
}

static void measure(void *self, const struct bf_cell *cells)
{
    struct extent *e = self;
    uint32_t kind = 0;
    e->count++;
    if (bf_cell_null(cells[0]))
        return;
    struct bf_wkb w = bf_wkb_of(bf_cell_text(cells[0]));
    if (shape(&w, e, 0, &kind) && kind < KINDS)
        e->kinds[kind]++;
}

bool records1_boundingbox(struct bf_request *r)
{
    static const char *const names[KINDS] = {
        "",           "Point",           "LineString",   "Polygon",
        "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"};
    struct extent e = {.low = {360, 180}, .high = {-360, -180}};
    struct bf_rows rows;
    struct bf_buf *b = &r->response.body;
    if (!bf_rows_read(r, bf_rows_all(r), &rows))
        return false;
    if (bf_answer_dated(r, rows.read))
        return true;
    if (!bf_answer_rows(r, rows.read, measure, &e))
        return false;
    records1_begin(r);
    bf_buf_printf(b, "{\"count\": %lld, \"bbox\": [", (long long)e.count);
    double box[4] = {e.low.lon, e.low.lat, e.high.lon, e.high.lat};
    for (size_t i = 0; i < 4 && e.low.lon <= e.high.lon; i++) {
        bf_buf_text(b, i ? ", " : "");
        bf_number_print(b, box[i]);
    }
    bf_buf_text(b, "], \"geometries\": {");
    const char *comma = "";
    for (size_t i = 1; i < KINDS; i++) {
        if (!e.kinds[i])
            continue;
        bf_buf_printf(b, "%s\"%s\": %lld", comma, names[i], (long long)e.kinds[i]);
        comma = ", ";
    }
    bf_buf_text(b, "}}");
    records1_end(r);
    return true;
}

/* ---- geometries to draw ---- */

struct preview {
    struct bf_request *r;
    int id;
    bool more;
};

static void print(void *self, const struct bf_cell *cells)
{
    struct preview *p = self;
    struct bf_buf *b = &p->r->response.body;
    size_t start = b->n;
    bf_buf_text(b, p->more ? ", {\"geometry\": " : "{\"geometry\": ");
    if (bf_cell_null(cells[0]) || !bf_geometry_print_json(b, bf_cell_text(cells[0]), true)) {
        b->n = start;
        return;
    }
    p->more = true;
    bf_buf_text(b, ", \"geo_digest\": ");
    bf_buf_json(b, bf_cell_text(cells[p->id]));
    bf_buf_char(b, '}');
}

bool records1_geopreview(struct bf_request *r)
{
    const struct bf_column *id = bf_schema_column(r->schema, BF_STR("recordid"));
    struct preview preview = {.r = r};
    struct bf_rows rows;
    if (!bf_query_carry(r->query, id, &r->err) || !bf_rows_read(r, BF_ROWS_PLAIN, &rows))
        return false;
    if (bf_answer_dated(r, rows.read))
        return true;
    preview.id = bf_query_place(r->query, id);
    records1_begin(r);
    bf_buf_char(&r->response.body, '[');
    if (!bf_answer_rows(r, rows.read, print, &preview))
        return false;
    bf_buf_char(&r->response.body, ']');
    records1_end(r);
    return true;
}
