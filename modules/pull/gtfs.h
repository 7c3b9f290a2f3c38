/*
 * pull/gtfs: one table of a timetable (GTFS Schedule) out of its archive.
 *
 * Purpose    the table as CSV that a push could have sent, line by line where it was, so that a
 *            fault names the line of the publisher's file; or, when the source says `lines`,
 *            shapes.txt as one record a line of its own: `shape_id`, and the way as a LineString
 *            under the name of the dataset's main geometry.
 * Changed    dates YYYYMMDD become YYYY-MM-DD; what is none is left to be judged with its line.
 *            Blanks around the names of columns go. Everything else stays as it is: times after
 *            24:00:00 are texts.
 * Left out   columns without a name, and those that the reference does not have and the manifest
 *            does not name (pull/gtfs_tables). Without a manifest all with a name are kept.
 * Ways       points by shape_pt_sequence, in whatever order they stand; a shape of one point has no
 *            way (null).
 * Ownership  what is written goes to `take`.
 * Errors     BODY with file, line and column: no such table (those that there are, and what `table`
 *            should say when it lies in a folder), a row with other cells than the first line, a
 *            quote that is never closed, a point that is none; TOO_LARGE.
 */
#ifndef BF_PULL_GTFS_H
#define BF_PULL_GTFS_H

#include "catalog/upstream.h"
#include "core/err.h"

struct bf_gtfs {
    const struct bf_manifest *manifest; /* or NULL */
    struct bf_str table;
    bool lines;
    size_t bytes_most; /* of the table, unpacked */
    bool (*take)(void *self, const char *p, size_t n, struct bf_err *err);
    void *self;
};

bool bf_pull_gtfs(const struct bf_gtfs *g, struct bf_str archive, struct bf_err *err);

#endif
