/*
 * api/records1/geo: places as v1 writes them (latitude first) to ODSQL conditions.
 *
 * Purpose    `geofilter.distance=50.63,3.06,500`, `geofilter.polygon=(50.6,3.0),(50.7,3.0),…` and
 *            the functions of `q` with the same arguments.
 * Safety     only numbers that were read as numbers, and the name of a column of the schema, get
 *            into the condition.
 * Errors     PARAMETER, naming `parameter`.
 */
#ifndef BF_API_RECORDS1_GEO_H
#define BF_API_RECORDS1_GEO_H

#include "core/buf.h"
#include "core/err.h"

/* A name of the schema in back-quotes. */
void records1_name(struct bf_buf *out, struct bf_str name);

/* `within_distance(…)` of `lat,lon` or `lat,lon,metres`; metres: of its own, or {NULL, 0} when they
 * stand in the text. */
bool records1_distance(struct bf_buf *out, struct bf_str field, struct bf_str place,
                       struct bf_str metres, const char *parameter, struct bf_err *err);

/* `polygon(…)`, or another relation, of `(lat,lon),(lat,lon),…`, also with parentheses around all,
 * closed or not. */
bool records1_polygon(struct bf_buf *out, const char *relation, struct bf_str field,
                      struct bf_str points, const char *parameter, struct bf_err *err);

/* `in_bbox(…)` of `south,west,north,east`. */
bool records1_box(struct bf_buf *out, struct bf_str field, struct bf_str corners,
                  const char *parameter, struct bf_err *err);

#endif
