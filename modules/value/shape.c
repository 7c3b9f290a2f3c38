#include "value/shape.h"

#include <endian.h>
#include <math.h>
#include <string.h>

enum { BYTES_PER_VERTEX = 128, EWKB_SRID = 0x20000000 };

void bf_shape_init(struct bf_shape *s, size_t most)
{
    memset(s, 0, sizeof *s);
    s->most = most;
    /* The worst case is one vertex under its own eight collections: 93 bytes. */
    bf_buf_init(&s->ewkb, (most + 8) * BYTES_PER_VERTEX);
}

void bf_shape_fini(struct bf_shape *s)
{
    bf_buf_fini(&s->ewkb);
}

bool bf_shape_fail(struct bf_shape *s, const char *why)
{
    if (!s->why)
        s->why = why;
    return false;
}

const char *bf_shape_name(int kind)
{
    static const char *const names[] = {
        "",           "Point",           "LineString",   "Polygon",
        "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"};
    return names[kind];
}

static void put_u32(struct bf_shape *s, uint32_t v)
{
    v = htole32(v);
    bf_buf_bytes(&s->ewkb, &v, sizeof v);
}

static void put_real(struct bf_shape *s, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    bits = htole64(bits);
    bf_buf_bytes(&s->ewkb, &bits, sizeof bits);
}

/* A new innermost part; its count is filled in by close. */
static bool push(struct bf_shape *s, int kind)
{
    if (s->depth == BF_SHAPE_DEPTH)
        return bf_shape_fail(s, "the geometry is nested too deep");
    s->parts[s->depth++] = (struct bf_shape_part){.kind = kind, .count_at = s->ewkb.n};
    if (kind != BF_SHAPE_POINT)
        put_u32(s, 0);
    return true;
}

/* Whether a geometry of that kind may lie where we are. */
static bool fits(struct bf_shape *s, int kind)
{
    if (s->depth == 0)
        return s->kind == 0 || bf_shape_fail(s, "there is more than one geometry");
    int outer = s->parts[s->depth - 1].kind;
    if (outer == BF_SHAPE_COLLECTION) {
        int levels = 1;
        for (int i = 0; i < s->depth; i++)
            levels += s->parts[i].kind == BF_SHAPE_COLLECTION;
        return kind != BF_SHAPE_COLLECTION || levels <= BF_SHAPE_COLLECTIONS ||
               bf_shape_fail(s, "collections are nested too deep");
    }
    bool ok = outer >= BF_SHAPE_MULTI_POINT && kind == outer - 3;
    return ok || bf_shape_fail(s, "a part is of the wrong geometry type");
}

bool bf_shape_open(struct bf_shape *s, int kind)
{
    if (!fits(s, kind))
        return false;
    bool whole = s->depth == 0;
    bf_buf_char(&s->ewkb, 1); /* little-endian */
    put_u32(s, (uint32_t)kind | (whole ? EWKB_SRID : 0));
    if (whole) {
        put_u32(s, BF_SHAPE_SRID);
        s->kind = kind;
    } else {
        s->parts[s->depth - 1].count++;
    }
    return push(s, kind);
}

bool bf_shape_ring(struct bf_shape *s)
{
    if (s->depth == 0 || s->parts[s->depth - 1].kind != BF_SHAPE_POLYGON)
        return bf_shape_fail(s, "a ring is not in a polygon");
    s->parts[s->depth - 1].count++;
    return push(s, BF_SHAPE_RING);
}

bool bf_shape_vertex(struct bf_shape *s, double lon, double lat)
{
    struct bf_shape_part *part = s->depth ? &s->parts[s->depth - 1] : NULL;
    if (!part || part->kind > BF_SHAPE_LINE)
        return bf_shape_fail(s, "a position is out of place");
    if (part->kind == BF_SHAPE_POINT && part->count == 1)
        return bf_shape_fail(s, "a point has more than one position");
    if (!isfinite(lon) || !isfinite(lat))
        return bf_shape_fail(s, "a coordinate is not a finite number");
    if (lon < -180 || lon > 180)
        return bf_shape_fail(s, "a longitude is not between -180 and 180");
    if (lat < -90 || lat > 90)
        return bf_shape_fail(s, "a latitude is not between -90 and 90");
    if (s->vertices == s->most)
        return bf_shape_fail(s, "there are too many positions");
    struct bf_point p = {lon, lat};
    if (s->vertices++ == 0)
        s->first = p;
    if (part->count++ == 0)
        part->first = p;
    part->latest = p;
    put_real(s, lon);
    put_real(s, lat);
    return true;
}

/* Equal as numbers: 0 and -0 close a ring. */
static bool same(struct bf_point a, struct bf_point b)
{
    return a.lon >= b.lon && a.lon <= b.lon && a.lat >= b.lat && a.lat <= b.lat;
}

bool bf_shape_close(struct bf_shape *s)
{
    if (s->depth == 0)
        return bf_shape_fail(s, "there is no geometry");
    struct bf_shape_part *part = &s->parts[--s->depth];
    if (part->count == 0)
        return bf_shape_fail(s, "the geometry or a part of it is empty");
    if (part->kind == BF_SHAPE_LINE && part->count < 2)
        return bf_shape_fail(s, "a line has fewer than 2 positions");
    if (part->kind == BF_SHAPE_RING && !same(part->first, part->latest))
        return bf_shape_fail(s, "a ring is not closed");
    if (part->kind == BF_SHAPE_RING && part->count < 4)
        return bf_shape_fail(s, "a ring has fewer than 4 positions");
    uint32_t count = htole32(part->count);
    if (part->kind != BF_SHAPE_POINT && !bf_buf_failed(&s->ewkb))
        memcpy(s->ewkb.p + part->count_at, &count, sizeof count);
    return true;
}

bool bf_shape_done(struct bf_shape *s)
{
    if (s->why)
        return false;
    if (s->depth || s->kind == 0)
        return bf_shape_fail(s, "there is no whole geometry");
    return !bf_buf_failed(&s->ewkb) || bf_shape_fail(s, "no memory for the geometry");
}
