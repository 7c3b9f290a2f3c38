/*
 * lua/areas: reference areas for geo.area("communes", lon, lat).
 *
 * Purpose    layers of polygons with attributes, given by the host once and shared by all scripts:
 *            which area of the layer holds a point.
 * Rule       even-odd over all rings of a polygon or multipolygon; of areas that overlap the first
 *            given wins. A point on a border belongs to one side of it, always the same.
 * Ownership  bf_areas_new copies what it is given; the areas lie in the arena.
 * Errors     a layer without a name or that stands twice, a shape that is no (multi)polygon in
 *            EWKB or WKB of longitude and latitude: NULL, and err names layer and area.
 *
 *     struct bf_area all[] = {{.shape = ewkb, .attributes = {members, 2}}, …};
 *     struct bf_layer layer = {BF_STR("communes"), all, 95};
 *     const struct bf_areas *areas = bf_areas_new(arena, &layer, 1, err);
 *     struct bf_lua_source source = {…, .areas = areas};
 */
#ifndef BF_LUA_AREAS_H
#define BF_LUA_AREAS_H

#include "core/arena.h"
#include "core/err.h"
#include "lua/raw.h"
#include "value/type.h"

struct bf_area {
    struct bf_str shape;             /* EWKB or WKB: kind 3 or 6 */
    struct bf_raw_record attributes; /* NULL, TRUE, FALSE, NUMBER, TEXT; else: its text */
};

struct bf_layer {
    struct bf_str name; /* "communes" */
    const struct bf_area *areas;
    size_t n;
};

const struct bf_areas *bf_areas_new(struct bf_arena *a, const struct bf_layer *layers, size_t n,
                                    struct bf_err *err);

/* Index of the layer, -1: there is none of that name. */
int bf_areas_layer(const struct bf_areas *areas, struct bf_str name);
/* Index of the area that holds the point; -1: none does. */
int bf_areas_find(const struct bf_areas *areas, int layer, double lon, double lat);
const struct bf_raw_record *bf_areas_attributes(const struct bf_areas *areas, int layer, int area);

/* Whether a ray from the point crosses the ring an odd number of times. */
bool bf_areas_ring_crosses(const struct bf_point *points, size_t n, double lon, double lat);

#endif
