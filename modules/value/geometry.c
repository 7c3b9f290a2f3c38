#include "value/geometry.h"

#include "value/geojson.h"
#include "value/number.h"
#include "value/wkb.h"
#include "value/wkt.h"

#include <endian.h>
#include <math.h>
#include <string.h>

/* ---- reading ------------------------------------------------------------------------------ */

static bool read_text(struct bf_shape *s, struct bf_str text)
{
    if (text.n == 0)
        return bf_shape_fail(s, "the text is empty");
    if (text.p[0] == '{')
        return bf_geojson_read(s, text);
    if (text.p[0] == '0')
        return bf_wkb_read_hex(s, text);
    return bf_wkt_read(s, text);
}

bool bf_geometry_read(struct bf_arena *a, struct bf_str text, size_t most, struct bf_geometry *out,
                      const char **why)
{
    struct bf_shape s;
    bf_shape_init(&s, most);
    bool ok = read_text(&s, bf_str_trim(text)) && bf_shape_done(&s);
    if (ok) {
        struct bf_str ewkb = bf_arena_dup(a, bf_buf_view(&s.ewkb));
        *out = (struct bf_geometry){ewkb, s.kind, s.vertices, s.first};
        ok = ewkb.p || bf_shape_fail(&s, "no memory for the geometry");
    }
    *why = s.why;
    bf_shape_fini(&s);
    return ok;
}

static bool lat_lon(struct bf_str lat, struct bf_str lon, struct bf_point *out, const char **why)
{
    struct bf_shape s;
    struct bf_point p;
    bf_shape_init(&s, 1);
    bool ok = bf_number_real(bf_str_trim(lat), &p.lat) && bf_number_real(bf_str_trim(lon), &p.lon);
    if (!ok)
        bf_shape_fail(&s, "it is not two numbers, latitude and longitude");
    ok = ok && bf_shape_open(&s, BF_SHAPE_POINT) && bf_shape_vertex(&s, p.lon, p.lat);
    if (ok)
        *out = p;
    *why = s.why;
    bf_shape_fini(&s);
    return ok;
}

static bool starts_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-';
}

bool bf_point_read(struct bf_arena *a, struct bf_str text, struct bf_point *out, const char **why)
{
    struct bf_geometry g;
    struct bf_str lon;
    text = bf_str_trim(text);
    struct bf_str lat = bf_str_cut(text, ',', &lon);
    if (lon.p && starts_number(text.p[0]))
        return lat_lon(lat, lon, out, why);
    if (!bf_geometry_read(a, text, 1, &g, why))
        return false;
    if (g.kind != BF_SHAPE_POINT) {
        *why = "the geometry is not a point";
        return false;
    }
    *out = g.first;
    return true;
}

/* ---- writing and reading points ----------------------------------------------------------- */

void bf_point_ewkb(struct bf_point p, char out[BF_POINT_EWKB])
{
    static const char head[] = {1, 1, 0, 0, 0x20, (char)0xE6, 0x10, 0, 0}; /* Point, SRID 4326 */
    uint64_t bits[2];
    memcpy(&bits[0], &p.lon, sizeof bits[0]);
    memcpy(&bits[1], &p.lat, sizeof bits[1]);
    bits[0] = htole64(bits[0]);
    bits[1] = htole64(bits[1]);
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, bits, sizeof bits);
}

bool bf_geometry_point(struct bf_str ewkb, struct bf_point *out)
{
    struct bf_wkb w = bf_wkb_of(ewkb);
    struct bf_wkb_head head;
    struct bf_point p;
    if (!bf_wkb_head(&w, &head) || head.kind != BF_SHAPE_POINT || head.more ||
        !bf_wkb_point(&w, &p) || w.p != w.end || !isfinite(p.lon) || !isfinite(p.lat))
        return false;
    *out = p;
    return true;
}

/* ---- printing ----------------------------------------------------------------------------- */

struct printer {
    struct bf_buf *out;
    struct bf_wkb w;
    bool spaced;
};

static void put(struct printer *p, const char *text)
{
    bf_buf_text(p->out, text);
}

static void comma(struct printer *p)
{
    put(p, p->spaced ? ", " : ",");
}

static bool print_position(struct printer *p)
{
    struct bf_point at;
    if (!bf_wkb_point(&p->w, &at))
        return false;
    if (isnan(at.lon) && isnan(at.lat)) { /* PostGIS's empty point */
        put(p, "[]");
        return true;
    }
    if (!isfinite(at.lon) || !isfinite(at.lat))
        return false;
    put(p, "[");
    bf_number_print(p->out, at.lon);
    comma(p);
    bf_number_print(p->out, at.lat);
    put(p, "]");
    return true;
}

static bool print_list(struct printer *p, uint32_t kind, int depth);
static bool print_geometry(struct printer *p, int depth);

/* The coordinates of the next part of a geometry of that kind. */
static bool print_element(struct printer *p, uint32_t kind, int depth)
{
    struct bf_wkb_head head;
    if (kind == BF_SHAPE_COLLECTION)
        return print_geometry(p, depth + 1);
    if (kind == BF_SHAPE_POLYGON)
        return print_list(p, BF_SHAPE_RING, depth);
    if (kind <= BF_SHAPE_LINE)
        return print_position(p);
    if (!bf_wkb_head(&p->w, &head) || head.more || head.kind != kind - 3)
        return false;
    return head.kind == BF_SHAPE_POINT ? print_position(p) : print_list(p, head.kind, depth);
}

static bool print_list(struct printer *p, uint32_t kind, int depth)
{
    uint32_t n;
    if (!bf_wkb_count(&p->w, &n))
        return false;
    put(p, "[");
    for (uint32_t i = 0; i < n; i++) {
        if (i)
            comma(p);
        if (!print_element(p, kind, depth))
            return false;
    }
    put(p, "]");
    return true;
}

static bool print_geometry(struct printer *p, int depth)
{
    struct bf_wkb_head head;
    if (depth > BF_SHAPE_COLLECTIONS || !bf_wkb_head(&p->w, &head) || head.more)
        return false;
    const char *colon = p->spaced ? ": " : ":";
    put(p, head.kind == BF_SHAPE_COLLECTION ? "{\"geometries\"" : "{\"coordinates\"");
    put(p, colon);
    if (!(head.kind == BF_SHAPE_POINT ? print_position(p) : print_list(p, head.kind, depth)))
        return false;
    comma(p);
    put(p, "\"type\"");
    put(p, colon);
    put(p, "\"");
    put(p, bf_shape_name((int)head.kind));
    put(p, "\"}");
    return true;
}

bool bf_geometry_print_json(struct bf_buf *out, struct bf_str ewkb, bool spaced)
{
    struct printer p = {out, bf_wkb_of(ewkb), spaced};
    size_t start = out->n;
    if (print_geometry(&p, 0) && p.w.p == p.w.end)
        return true;
    out->n = start; /* what was printed is taken back */
    return false;
}
