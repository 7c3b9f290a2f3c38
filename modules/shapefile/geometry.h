/*
 * shapefile/geometry: one record of a .shp as a GeoJSON geometry in longitude and latitude.
 *
 * Purpose    a line of one part is a LineString, of several a MultiLineString; a polygon is a
 *            Polygon or MultiPolygon by its rings (shapefile/rings), borders anticlockwise and
 *            holes clockwise as RFC 7946 has it; no shape is `null`.
 * Ownership  the positions of the record are turned in place; the arena takes what else is needed.
 * Errors     false, and *why is a short English reason ("a ring is not closed").
 */
#ifndef BF_SHAPEFILE_GEOMETRY_H
#define BF_SHAPEFILE_GEOMETRY_H

#include "core/buf.h"
#include "shapefile/shapes.h"

bool bf_shapes_print(struct bf_arena *a, struct bf_shapes_one *one, struct bf_projection *p,
                     struct bf_buf *out, const char **why);

#endif
