/*
 * shapefile/rings: which rings of a polygon are holes, and of which.
 *
 * Purpose    a shapefile lists the rings of all polygons of a record in any order: a clockwise one
 *            is the border of a polygon, the others are holes in the one that they lie in.
 * Choices    the largest ring is a border, so that a record whose rings all turn the wrong way is
 *            read as it was meant; a hole that lies in no border is one itself.
 * Limits     BF_RINGS_STEPS comparisons of a position with an edge or of two boxes in one record.
 * Errors     false, and *why is a short English reason.
 */
#ifndef BF_SHAPEFILE_RINGS_H
#define BF_SHAPEFILE_RINGS_H

#include "shapefile/shapes.h"

enum { BF_RINGS_STEPS = 200000000 };

struct bf_ring {
    size_t from, n; /* points */
    double area;    /* > 0: anticlockwise */
    struct bf_xy low, high;
    bool border;
    size_t hole; /* of a border: its first hole; of a hole: the next one */
};

#define BF_RINGS_NONE SIZE_MAX

/* one->nparts rings, in the arena. */
bool bf_rings_sort(struct bf_arena *a, const struct bf_shapes_one *one, struct bf_ring **out,
                   const char **why);

#endif
