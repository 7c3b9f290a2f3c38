#include "lua/areas.h"

#include "value/wkb.h"

#include <string.h>

enum { POLYGON = 3, MULTI_POLYGON = 6 };

struct ring {
    const struct bf_point *points;
    uint32_t n;
};

struct area {
    double west, south, east, north;
    struct ring *rings;
    size_t nrings, room;
    struct bf_raw_record attributes;
};

struct layer {
    struct bf_str name;
    struct area *areas;
    size_t n;
};

struct bf_areas {
    struct layer *layers;
    size_t n;
};

/* ---- reading ------------------------------------------------------------------------------- */

static bool read_ring(struct bf_arena *a, struct bf_wkb *w, struct area *out)
{
    uint32_t n;
    if (!bf_wkb_count(w, &n) || n > (size_t)(w->end - w->p) / 16)
        return false;
    struct bf_point *points = bf_arena_zalloc(a, n, sizeof *points);
    struct ring *rings = bf_arena_grow(a, out->rings, &out->room, out->nrings + 1, sizeof *rings);
    if (!points || !rings)
        return false;
    out->rings = rings;
    for (uint32_t i = 0; i < n; i++) {
        if (!bf_wkb_point(w, &points[i]))
            return false;
        out->west = points[i].lon < out->west ? points[i].lon : out->west;
        out->east = points[i].lon > out->east ? points[i].lon : out->east;
        out->south = points[i].lat < out->south ? points[i].lat : out->south;
        out->north = points[i].lat > out->north ? points[i].lat : out->north;
    }
    out->rings[out->nrings++] = (struct ring){points, n};
    return true;
}

static bool read_polygon(struct bf_arena *a, struct bf_wkb *w, struct area *out)
{
    uint32_t n;
    if (!bf_wkb_count(w, &n))
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!read_ring(a, w, out))
            return false;
    return true;
}

static bool read_shape(struct bf_arena *a, struct bf_str shape, struct area *out)
{
    struct bf_wkb w = bf_wkb_of(shape);
    struct bf_wkb_head head;
    uint32_t n;
    if (!bf_wkb_head(&w, &head) || head.more)
        return false;
    if (head.kind == POLYGON)
        return read_polygon(a, &w, out);
    if (head.kind != MULTI_POLYGON || !bf_wkb_count(&w, &n))
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!bf_wkb_head(&w, &head) || head.kind != POLYGON || head.more ||
            !read_polygon(a, &w, out))
            return false;
    return true;
}

static bool copy_attributes(struct bf_arena *a, const struct bf_raw_record *from,
                            struct bf_raw_record *out)
{
    struct bf_raw_member *members = bf_arena_zalloc(a, from->n, sizeof *members);
    for (size_t i = 0; members && i < from->n; i++)
        members[i] =
            (struct bf_raw_member){bf_arena_dup(a, from->members[i].name), from->members[i].kind,
                                   bf_arena_dup(a, from->members[i].text)};
    *out = (struct bf_raw_record){members, from->n};
    return members != NULL;
}

static bool read_layer(struct bf_arena *a, const struct bf_layer *from, struct layer *out,
                       struct bf_err *err)
{
    out->name = bf_arena_dup(a, from->name);
    out->areas = bf_arena_zalloc(a, from->n, sizeof *out->areas);
    out->n = from->n;
    for (size_t i = 0; out->areas && i < from->n; i++) {
        struct area *area = &out->areas[i];
        *area = (struct area){.west = 1e9, .south = 1e9, .east = -1e9, .north = -1e9};
        if (!read_shape(a, from->areas[i].shape, area) && !bf_arena_failed(a))
            return BF_FAIL_WITH(err, BF_E_PARAMETER,
                                "area %zu of the layer \"%.*s\" is no polygon or multipolygon of "
                                "longitude and latitude",
                                i + 1, BF_STR_ARG(from->name));
        if (!copy_attributes(a, &from->areas[i].attributes, &area->attributes))
            break;
    }
    return !bf_arena_failed(a) ||
           BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory for the areas.");
}

const struct bf_areas *bf_areas_new(struct bf_arena *a, const struct bf_layer *layers, size_t n,
                                    struct bf_err *err)
{
    struct bf_areas *areas = bf_arena_zalloc(a, 1, sizeof *areas);
    struct layer *all = bf_arena_zalloc(a, n, sizeof *all);
    if (!areas || !all) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory for the areas.");
        return NULL;
    }
    areas->layers = all;
    for (size_t i = 0; i < n; i++) {
        if (!layers[i].name.n || bf_areas_layer(areas, layers[i].name) >= 0) {
            BF_FAIL_WITH(err, BF_E_PARAMETER, "The layer \"%.*s\" has no name, or that of another.",
                         BF_STR_ARG(layers[i].name));
            return NULL;
        }
        if (!read_layer(a, &layers[i], &all[i], err))
            return NULL;
        areas->n = i + 1;
    }
    return areas;
}

/* ---- finding ------------------------------------------------------------------------------- */

int bf_areas_layer(const struct bf_areas *areas, struct bf_str name)
{
    for (size_t i = 0; areas && i < areas->n; i++)
        if (bf_str_eq(areas->layers[i].name, name))
            return (int)i;
    return -1;
}

bool bf_areas_ring_crosses(const struct bf_point *points, size_t n, double lon, double lat)
{
    bool odd = false;
    for (size_t i = 0, j = n - 1; i < n; j = i++) {
        const struct bf_point *p = &points[i], *q = &points[j];
        if ((p->lat > lat) != (q->lat > lat) &&
            lon < (q->lon - p->lon) * (lat - p->lat) / (q->lat - p->lat) + p->lon)
            odd = !odd;
    }
    return odd;
}

static bool holds(const struct area *a, double lon, double lat)
{
    bool odd = false;
    if (lon < a->west || lon > a->east || lat < a->south || lat > a->north)
        return false;
    for (size_t i = 0; i < a->nrings; i++)
        odd ^= bf_areas_ring_crosses(a->rings[i].points, a->rings[i].n, lon, lat);
    return odd;
}

int bf_areas_find(const struct bf_areas *areas, int layer, double lon, double lat)
{
    const struct layer *l = &areas->layers[layer];
    for (size_t i = 0; i < l->n; i++)
        if (holds(&l->areas[i], lon, lat))
            return (int)i;
    return -1;
}

const struct bf_raw_record *bf_areas_attributes(const struct bf_areas *areas, int layer, int area)
{
    return &areas->layers[layer].areas[area].attributes;
}
