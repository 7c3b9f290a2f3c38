/*
 * projection/projection: from the coordinates of a reference system to longitude and latitude.
 *
 * Purpose    shapefiles and older GeoJSON come in the projection of their country (Lambert-93,
 *            EPSG:2154, in France); everything here is WGS 84. The only room with PROJ.
 * Input      a reference system is one of EPSG's, named ("EPSG:2154") or recognised in the WKT of a
 *            .prj. That text says which one and nothing more: what is computed is EPSG's own
 *            definition, never one that came with a file. Of a system with heights its plane part
 *            is taken. x is the easting or longitude and comes first, whatever EPSG says of axes.
 * Precision  that of PROJ, which PostGIS computes with, too.
 * Network    never: grids are those that are installed (Debian's proj-data has that of the NTF).
 * Ownership  it lies in the arena, which frees it. One thread.
 * Errors     PARAMETER for a name that is none, BODY for a .prj that is none, MEMORY.
 *
 *     struct bf_projection *p = bf_projection_of(a, BF_STR("EPSG:2154"), err);
 *     if (p && bf_projection_to_degrees(p, points, n)) …
 */
#ifndef BF_PROJECTION_PROJECTION_H
#define BF_PROJECTION_PROJECTION_H

#include "core/arena.h"
#include "core/err.h"

enum { BF_PROJECTION_WKT = 65536 }; /* longest .prj that is read */

struct bf_projection;

struct bf_xy {
    double x, y;
};

/* "EPSG:" and up to six digits: whether it is written so, not whether there is such a system. */
bool bf_projection_is_name(struct bf_str name);

struct bf_projection *bf_projection_of(struct bf_arena *a, struct bf_str name, struct bf_err *err);
struct bf_projection *bf_projection_of_wkt(struct bf_arena *a, struct bf_str wkt,
                                           struct bf_err *err);

/* "EPSG:2154" */
const char *bf_projection_name(const struct bf_projection *p);

/* In place, to a millionth of a metre, so that the noise of the last digits is no change of a
 * record. false: a point has no place on the globe, or lies so far from where the system is used
 * that it cannot be meant; *at is the first such. Points of WGS 84 are left as they are to the bit.
 */
bool bf_projection_to_degrees(struct bf_projection *p, struct bf_xy *points, size_t n, size_t *at);

#endif
