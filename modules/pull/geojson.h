/*
 * pull/geojson: a FeatureCollection (RFC 7946) as one record a line.
 *
 * Purpose    a feature's properties are the record; its geometry and its id are members beside
 *            them, as they are called. Texts are put together, not read: what a push accepts is for
 *            the intake to say.
 * Reference  what `crs` says, else what the collection's own member crs does (GeoJSON of 2008),
 *            else WGS 84. In another system the coordinates are changed; degrees that are none are
 *            refused with a word on `crs`, by the first geometry there is.
 * Ownership  lines go to `take`.
 * Errors     BODY: no FeatureCollection, cut off, or a feature that is none; PARAMETER for a `crs`
 *            that is none; whatever `take` says.
 */
#ifndef BF_PULL_GEOJSON_H
#define BF_PULL_GEOJSON_H

#include "core/err.h"

struct bf_pull_geojson {
    struct bf_str geometry, id; /* the names of their members, or empty: left out */
    struct bf_str crs;          /* "EPSG:2154", or empty */
    bool (*take)(void *self, const char *p, size_t n, struct bf_err *err);
    void *self;
};

bool bf_pull_geojson(const struct bf_pull_geojson *g, struct bf_str text, struct bf_err *err);

#endif
