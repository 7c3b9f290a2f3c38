/*
 * pull/gtfs_ways: the points of shapes.txt (GTFS) as one line for each shape.
 *
 * Order      of lines: in which the shapes stand first; of points: by their sequence.
 * Ownership  lies in the arena; what is printed goes to `take`, one record of JSON a line.
 * Errors     BODY: names line and column of a point that is none, or of one whose number its shape
 *            has twice; MEMORY.
 */
#ifndef BF_PULL_GTFS_WAYS_H
#define BF_PULL_GTFS_WAYS_H

#include "core/arena.h"
#include "core/err.h"

struct bf_gtfs_ways;

/* Cells of a point, as they are written. */
struct bf_gtfs_point {
    struct bf_str shape, lat, lon, sequence;
    uint64_t line;
};

struct bf_gtfs_ways *bf_gtfs_ways_new(struct bf_arena *a);
bool bf_gtfs_ways_add(struct bf_gtfs_ways *w, const struct bf_gtfs_point *p, struct bf_err *err);
bool bf_gtfs_ways_print(struct bf_gtfs_ways *w, struct bf_str geometry,
                        bool (*take)(void *self, const char *p, size_t n, struct bf_err *err),
                        void *self, struct bf_err *err);

#endif
