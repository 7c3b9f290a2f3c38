/*
 * pull/crs: GeoJSON in another reference system than that of RFC 7946.
 *
 * Purpose    before RFC 7946 a FeatureCollection could name its system by `crs`, and many still
 *            come in that of their country, named or not. Coordinates are read and written anew in
 *            the text; everything else of a geometry is dropped but its type.
 * Errors     BODY.
 */
#ifndef BF_PULL_CRS_H
#define BF_PULL_CRS_H

#include "core/buf.h"
#include "projection/projection.h"

/* What `crs` of a FeatureCollection names: "EPSG:2154". Empty for null and for WGS 84 in any of its
 * spellings: nothing is to be done then. */
bool bf_pull_crs_read(struct bf_arena *a, struct bf_str crs, struct bf_str *name,
                      struct bf_err *err);

/* Whether the first position of a geometry can be longitude and latitude; true where it is none. */
bool bf_pull_crs_is_degrees(struct bf_str geometry);

/* The geometry in degrees, appended to `out`. false: *why is a short English reason. */
bool bf_pull_crs_change(struct bf_arena *a, struct bf_projection *p, struct bf_str geometry,
                        struct bf_buf *out, const char **why);

#endif
