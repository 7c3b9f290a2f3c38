/*
 * shapefile/shapefile: the records of a shapefile as lines of JSON (NDJSON).
 *
 * Purpose    puts the row of the .dbf and the shape of the .shp that have the same number together,
 *            in longitude and latitude. Rows that are marked as deleted are left out, with their
 *            shapes: a blank line is in their place, so that line 7 is record 7. What a push
 *            accepts of it is for the intake to say.
 * Reference  the options', else the .prj's; a file without either is refused, because its
 *            coordinates could be anywhere.
 * Encoding   the options', else the .cpg's, else the one that the .dbf's language driver stands
 *            for, else UTF-8 where all of it is, else Windows-1252. `said` tells which was taken.
 * Ownership  bytes are borrowed; the names in `said` are static or lie in the arena.
 * Limits     shapefile/shapes and shapefile/table have theirs; a line has 64 MiB at most.
 * Errors     BODY, naming the file by its ending, record and field, never a value; PARAMETER for
 *            options that are none; MEMORY; whatever `take` says.
 */
#ifndef BF_SHAPEFILE_SHAPEFILE_H
#define BF_SHAPEFILE_SHAPEFILE_H

#include "core/arena.h"
#include "core/err.h"

/* The bytes of the files. shp and dbf must be there, the others may be empty. */
struct bf_shapefile_parts {
    struct bf_str shp, shx, dbf, prj, cpg;
};

struct bf_shapefile_options {
    struct bf_str crs, encoding;    /* or empty */
    struct bf_str geometry, number; /* members for the shape and the record's number from 1; or
                                       empty: none */
};

struct bf_shapefile_said {
    size_t records, deleted, without_shape;
    const char *crs, *encoding;       /* "EPSG:2154", "CP1252" */
    const char *crs_by, *encoding_by; /* by the "name given", ".prj", ".cpg", … */
    bool z, m;                        /* were there, and are left out */
};

bool bf_shapefile_read(struct bf_arena *a, const struct bf_shapefile_parts *parts,
                       const struct bf_shapefile_options *options,
                       bool (*take)(void *self, const char *p, size_t n, struct bf_err *err),
                       void *self, struct bf_shapefile_said *said, struct bf_err *err);

#endif
