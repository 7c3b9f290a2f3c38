/*
 * shapefile/shapes: the geometries of a .shp, one after the other.
 *
 * Purpose    checks every length before it is used, so that what comes out is what lies in the
 *            bytes: parts in order, positions finite. What parts and rings mean is for
 *            shapefile/geometry to say.
 * Order      the .shx tells where a record lies (a record that an editor made longer moves to the
 *            end of the .shp and leaves a hole behind); without it records follow one another.
 * Z and M    are passed over.
 * Source     ESRI, Shapefile Technical Description (July 1998).
 * Ownership  bytes are borrowed; the parts and positions of one record lie in the arena that the
 *            caller gives, until he resets it.
 * Errors     BODY, naming the record from 1, as the .shp does.
 */
#ifndef BF_SHAPEFILE_SHAPES_H
#define BF_SHAPEFILE_SHAPES_H

#include "projection/projection.h"

/* The numbers of the white paper, without Z and M. */
enum bf_shapes_kind {
    BF_SHAPES_NULL = 0,
    BF_SHAPES_POINT = 1,
    BF_SHAPES_LINE = 3,
    BF_SHAPES_POLYGON = 5,
    BF_SHAPES_MULTI_POINT = 8,
};

struct bf_shapes {
    struct bf_str shp, shx; /* shx: or empty */
    int32_t type;           /* of the file, with Z and M */
    size_t n;               /* records */
    size_t next, at;        /* at: where it begins, when there is no index */
};

struct bf_shapes_one {
    enum bf_shapes_kind kind;
    uint32_t *parts; /* where each begins among the points; lines and polygons alone */
    size_t nparts;
    struct bf_xy *points;
    size_t npoints;
};

bool bf_shapes_open(struct bf_shapes *s, struct bf_str shp, struct bf_str shx, struct bf_err *err);

/* The next one; the caller asks s->n times. */
bool bf_shapes_next(struct bf_shapes *s, struct bf_arena *a, struct bf_shapes_one *out,
                    struct bf_err *err);
/* Passes it over unread. */
bool bf_shapes_skip(struct bf_shapes *s, struct bf_err *err);

/* Whether positions have a height, or a measure. */
bool bf_shapes_have_z(const struct bf_shapes *s);
bool bf_shapes_have_m(const struct bf_shapes *s);

#endif
