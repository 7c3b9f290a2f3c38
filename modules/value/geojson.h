/*
 * value/geojson: GeoJSON to a value/shape.
 *
 * Purpose    a geometry, a Feature around one, or `{"lon": 3.06, "lat": 50.63}` as the Explore API
 *            prints points.
 * Source     RFC 7946; a `crs` of the older form is accepted where it names WGS 84.
 * Limits     32 levels of JSON; a text that cannot hold so few positions is refused before it is
 *            parsed. The caller bounds its length.
 * Errors     false, and the shape's `why` says what is wrong. No member may come twice.
 */
#ifndef BF_VALUE_GEOJSON_H
#define BF_VALUE_GEOJSON_H

#include "value/shape.h"

bool bf_geojson_read(struct bf_shape *s, struct bf_str text);

#endif
