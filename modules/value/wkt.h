/*
 * value/wkt: well-known text to a value/shape.
 *
 * Purpose    `POINT (3.06 50.63)`, `SRID=4326;POLYGON ((…))`: any case, any blanks, points of a
 *            multipoint with or without parentheses.
 * Source     OGC 06-103r4 section 7.2; the SRID prefix is PostGIS's.
 * Errors     false, and the shape's `why` says what is wrong.
 */
#ifndef BF_VALUE_WKT_H
#define BF_VALUE_WKT_H

#include "value/shape.h"

bool bf_wkt_read(struct bf_shape *s, struct bf_str text);

#endif
