/*
 * value/geometry: geometry values.
 *
 * Purpose    reads what clients and publishers send (WKT, hex WKB, GeoJSON geometry or Feature) and
 *            gives EWKB (PostGIS, SRID 4326, little-endian) with its bounds checked before any SQL;
 *            prints EWKB as GeoJSON.
 * Limits     `most` vertices in all; finite coordinates, longitude -180..180, latitude -90..90;
 *            rings closed with at least 4 points; at most 8 levels of collection. Z and M are
 *            refused, empty geometries (and empty parts) too, other reference systems too. The
 *            caller bounds the length of the text.
 * Sources    OGC 06-103r4 section 7 (WKT, WKB), PostGIS EWKB, RFC 7946 (GeoJSON).
 * Errors     false, and *why is a short English reason that names what is wrong ("a ring is not
 *            closed").
 * Ownership  the EWKB lies in the arena.
 *
 *     struct bf_geometry g;
 *     const char *why;
 *     if (!bf_geometry_read(arena, text, BF_GEOMETRY_ROW_VERTICES, &g, &why)) ...
 */
#ifndef BF_VALUE_GEOMETRY_H
#define BF_VALUE_GEOMETRY_H

#include "core/arena.h"
#include "core/buf.h"
#include "value/type.h"

enum { BF_GEOMETRY_ROW_VERTICES = 1000000 };

/* Numbers of OGC: 1 Point, 2 LineString, 3 Polygon, 4..6 Multi…, 7 GeometryCollection. */
struct bf_geometry {
    struct bf_str ewkb;
    int kind;
    size_t vertices;
    struct bf_point first; /* the first vertex: the point itself when kind is 1 */
};

/* WKT (`POINT (3.06 50.63)`, `SRID=4326;` allowed), hex WKB/EWKB or GeoJSON text, told apart by its
 * first character. A GeoJSON text may also be `{"lon": 3.06, "lat": 50.63}`, as we print points. */
bool bf_geometry_read(struct bf_arena *a, struct bf_str text, size_t most, struct bf_geometry *out,
                      const char **why);

/* A point from any of these, or from `lat, lon` (the Explore API's order). */
bool bf_point_read(struct bf_arena *a, struct bf_str text, struct bf_point *out, const char **why);

/* The 25 bytes of a point's EWKB. */
enum { BF_POINT_EWKB = 25 };
void bf_point_ewkb(struct bf_point p, char out[BF_POINT_EWKB]);

/* EWKB or WKB of either byte order, as PostgreSQL sends it. false: not a geometry we know; then
 * nothing is printed. Empty parts print as `[]`. */
bool bf_geometry_point(struct bf_str ewkb, struct bf_point *out); /* points only */

/* `{"coordinates": [3.06, 50.63], "type": "Point"}`; spaced: with a blank after `,` and `:`. */
bool bf_geometry_print_json(struct bf_buf *out, struct bf_str ewkb, bool spaced);

#endif
