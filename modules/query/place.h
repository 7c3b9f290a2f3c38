/*
 * query/place: conditions about where a record lies.
 *
 * within_distance(f, geom'POINT(lon lat)', 2km), distance(...): not further than so many metres of
 * arc on the sphere of
 *   PostGIS's ST_DistanceSphere (radius 6371008.77 m, the mean radius that Elasticsearch uses too).
 *   Units mi yd ft m cm km mm in any case, metres without one. For shapes: to their nearest point.
 * in_bbox(f, lat1, lon1, lat2, lon2): latitude first, any two opposite corners; the border belongs
 * to it. For shapes: they meet.
 *
 * intersects(f, geom), disjoint, within(f, geom), geometry(f, geom[, relation]), polygon(f, geom):
 *   by distance zero, which PostGIS measures without GEOS: GEOS fails on invalid shapes, of records
 *   and of clients alike. within is the same for points; a shape lies within when GEOS says that it
 *   is covered, or, if one of the two is invalid, when all its points lie there. The border
 *   belongs to a geometry.
 *
 * The first two give the planner a box for the GiST index of a geometry column. The box of
 * within_distance is computed here: as many degrees of longitude as the circle needs at its
 * latitude, all of them when it holds a pole or crosses 180°.
 */
#ifndef BF_QUERY_PLACE_H
#define BF_QUERY_PLACE_H

#include "query/ast.h"

bool bf_place_near(struct bf_query *q, struct bf_clause *c, struct bf_node *call);
bool bf_place_box(struct bf_query *q, struct bf_clause *c, struct bf_node *call);
bool bf_place_relation(struct bf_query *q, struct bf_clause *c, struct bf_node *call);

/* Makes the literal a VALUE of type BF_GEO_POINT. */
bool bf_place_point(struct bf_clause *c, struct bf_node *literal);

struct bf_box {
    double west, south, east, north; /* degrees; west <= east */
};

/* A box that holds every point not further than `metres` (>= 0) from p. */
struct bf_box bf_place_around(struct bf_point p, double metres);

#endif
