#include "shapefile/geometry.h"

#include "shapefile/rings.h"
#include "value/number.h"

static void put_position(struct bf_buf *out, struct bf_xy p)
{
    bf_buf_char(out, '[');
    bf_number_print(out, p.x);
    bf_buf_char(out, ',');
    bf_number_print(out, p.y);
    bf_buf_char(out, ']');
}

static void put_positions(struct bf_buf *out, const struct bf_xy *p, size_t n, bool turned)
{
    bf_buf_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        bf_buf_text(out, i ? "," : "");
        put_position(out, p[turned ? n - 1 - i : i]);
    }
    bf_buf_char(out, ']');
}

static void open_geometry(struct bf_buf *out, const char *type)
{
    bf_buf_printf(out, "{\"type\":\"%s\",\"coordinates\":", type);
}

/* ---- lines --------------------------------------------------------------------------------- */

static size_t points_of(const struct bf_shapes_one *one, size_t part)
{
    return (part + 1 < one->nparts ? one->parts[part + 1] : one->npoints) - one->parts[part];
}

static void put_lines(struct bf_buf *out, const struct bf_shapes_one *one)
{
    open_geometry(out, one->nparts == 1 ? "LineString" : "MultiLineString");
    bf_buf_text(out, one->nparts == 1 ? "" : "[");
    for (size_t i = 0; i < one->nparts; i++) {
        bf_buf_text(out, i ? "," : "");
        put_positions(out, one->points + one->parts[i], points_of(one, i), false);
    }
    bf_buf_text(out, one->nparts == 1 ? "}" : "]}");
}

static bool lines_ok(const struct bf_shapes_one *one, const char **why)
{
    for (size_t i = 0; i < one->nparts; i++)
        if (points_of(one, i) < 2) {
            *why = "a line has fewer than 2 positions";
            return false;
        }
    return true;
}

/* ---- polygons ------------------------------------------------------------------------------ */

static void put_ring(struct bf_buf *out, const struct bf_shapes_one *one, const struct bf_ring *r,
                     bool border)
{
    put_positions(out, one->points + r->from, r->n, border ? r->area < 0 : r->area > 0);
}

static void put_polygon(struct bf_buf *out, const struct bf_shapes_one *one,
                        const struct bf_ring *rings, const struct bf_ring *border)
{
    bf_buf_char(out, '[');
    put_ring(out, one, border, true);
    for (size_t h = border->hole; h != BF_RINGS_NONE; h = rings[h].hole) {
        bf_buf_char(out, ',');
        put_ring(out, one, &rings[h], false);
    }
    bf_buf_char(out, ']');
}

static void put_polygons(struct bf_buf *out, const struct bf_shapes_one *one,
                         const struct bf_ring *rings)
{
    size_t borders = 0;
    bool first = true;
    for (size_t i = 0; i < one->nparts; i++)
        borders += rings[i].border;
    open_geometry(out, borders == 1 ? "Polygon" : "MultiPolygon");
    bf_buf_text(out, borders == 1 ? "" : "[");
    for (size_t i = 0; i < one->nparts; i++) {
        if (!rings[i].border)
            continue;
        bf_buf_text(out, first ? "" : ",");
        put_polygon(out, one, rings, &rings[i]);
        first = false;
    }
    bf_buf_text(out, borders == 1 ? "}" : "]}");
}

/* ---- all ----------------------------------------------------------------------------------- */

static bool project(const struct bf_shapes_one *one, struct bf_projection *p, const char **why)
{
    size_t at;
    if (bf_projection_to_degrees(p, one->points, one->npoints, &at))
        return true;
    *why = "a position lies far outside of where the reference system is used: name the right one "
           "in \"crs\"";
    return false;
}

bool bf_shapes_print(struct bf_arena *a, struct bf_shapes_one *one, struct bf_projection *p,
                     struct bf_buf *out, const char **why)
{
    struct bf_ring *rings = NULL;
    if (one->kind == BF_SHAPES_POLYGON && !bf_rings_sort(a, one, &rings, why))
        return false;
    if (one->kind == BF_SHAPES_LINE && !lines_ok(one, why))
        return false;
    if (!project(one, p, why))
        return false;
    switch (one->kind) {
    case BF_SHAPES_NULL:
        bf_buf_text(out, "null");
        break;
    case BF_SHAPES_POINT:
        open_geometry(out, "Point");
        put_position(out, one->points[0]);
        bf_buf_char(out, '}');
        break;
    case BF_SHAPES_MULTI_POINT:
        open_geometry(out, "MultiPoint");
        put_positions(out, one->points, one->npoints, false);
        bf_buf_char(out, '}');
        break;
    case BF_SHAPES_LINE:
        put_lines(out, one);
        break;
    case BF_SHAPES_POLYGON:
        put_polygons(out, one, rings);
        break;
    }
    return true;
}
