/*
 * api/explore/export_geometry: which column of an export becomes its geometry, and in which
 * reference system.
 *
 * The geometry is the field that `main_geo_field` names; else the first shape among the columns,
 * else the dataset's main point, else the first point, else nothing: `select` decides what an
 * export has. With `epsg` PostGIS transforms it; a system that spatial_ref_sys does not have is a
 * 400, and so is one in which a geometry of the answer cannot be expressed.
 */
#ifndef BF_API_EXPLORE_EXPORT_GEOMETRY_H
#define BF_API_EXPLORE_EXPORT_GEOMETRY_H

#include "api/explore/export_options.h"

/* Sets x->options.geometry; adds the transformed geometry to the query's pieces. */
bool explore_export_geometry(struct bf_request *r, struct explore_export *x, struct bf_sql *sql);

/* Says that a transformation failed where that is what happened. Always false. */
bool explore_export_geometry_failed(struct bf_request *r, const struct explore_export *x);

#endif
