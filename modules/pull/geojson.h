/*
 * pull/geojson: a FeatureCollection (RFC 7946) as one record a line.
 *
 * Purpose    a feature's properties are the record; its geometry is the member that is called like
 *            the dataset's main geometry, its id the one that the source calls `feature_id`. Texts
 *            are put together, not read: what a push accepts is for the intake to say.
 * Ownership  the lines go to the body that is given.
 * Errors     BODY: no FeatureCollection, cut off, or a feature that is none; the body's own.
 */
#ifndef BF_PULL_GEOJSON_H
#define BF_PULL_GEOJSON_H

#include "catalog/upstream.h"
#include "pull/body.h"

bool bf_pull_geojson(const struct bf_manifest *m, struct bf_str text, struct bf_pull_body *lines,
                     struct bf_err *err);

#endif
