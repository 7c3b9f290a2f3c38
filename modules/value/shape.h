/*
 * value/shape: a geometry under construction.
 *
 * Purpose    the one place where the rules for geometries from outside are checked: the readers of
 *            WKT, WKB and GeoJSON call it for each thing that they meet, and it writes EWKB.
 * Use        open(kind), then vertices, ring, or an inner open, each but vertices with its close;
 *            ring is for polygons alone. A function that returns false has set `why`; the reader
 *            stops there.
 * Ownership  bf_shape_init on the caller's storage; bf_shape_fini frees it.
 */
#ifndef BF_VALUE_SHAPE_H
#define BF_VALUE_SHAPE_H

#include "core/buf.h"
#include "value/type.h"

enum bf_shape_kind {
    BF_SHAPE_RING, /* not a geometry of its own */
    BF_SHAPE_POINT,
    BF_SHAPE_LINE,
    BF_SHAPE_POLYGON,
    BF_SHAPE_MULTI_POINT,
    BF_SHAPE_MULTI_LINE,
    BF_SHAPE_MULTI_POLYGON,
    BF_SHAPE_COLLECTION
};

enum { BF_SHAPE_SRID = 4326, BF_SHAPE_COLLECTIONS = 8, BF_SHAPE_DEPTH = BF_SHAPE_COLLECTIONS + 3 };

struct bf_shape_part {
    int kind;
    uint32_t count;                /* of vertices, rings or parts so far */
    size_t count_at;               /* where its count goes */
    struct bf_point first, latest; /* of a ring */
};

struct bf_shape {
    struct bf_buf ewkb;
    size_t most, vertices;
    const char *why; /* NULL: nothing wrong so far */
    int kind;        /* of the whole */
    struct bf_point first;
    int depth; /* parts that are open */
    struct bf_shape_part parts[BF_SHAPE_DEPTH];
};

void bf_shape_init(struct bf_shape *s, size_t most);
void bf_shape_fini(struct bf_shape *s);

bool bf_shape_fail(struct bf_shape *s, const char *why); /* keeps the first reason; gives false */
bool bf_shape_open(struct bf_shape *s, int kind);
bool bf_shape_ring(struct bf_shape *s);
bool bf_shape_vertex(struct bf_shape *s, double lon, double lat);
bool bf_shape_close(struct bf_shape *s);

/* Whether it is one whole geometry now. */
bool bf_shape_done(struct bf_shape *s);

/* OGC's name of a kind 1..7: "MultiPoint". */
const char *bf_shape_name(int kind);

#endif
