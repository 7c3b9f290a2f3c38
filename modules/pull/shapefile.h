/*
 * pull/shapefile: a shapefile out of an archive, as one record a line.
 *
 * Purpose    finds the files that belong together (a.shp, a.shx, a.dbf, a.prj, a.cpg, in any case)
 *            and unpacks them into files without a name; what they say is for shapefile/ to read.
 * Which      the one there is; of several the one that `table` names: "roads.shp", with its folder
 *            when it lies in one. What a Mac left beside it (__MACOSX/, ._roads.shp) is none.
 * Ownership  lines go to `take`. The names in `said` lie in the arena or are static.
 * Errors     BODY: no archive, none or several shapefiles in it (their names), a file of it that is
 *            missing, an archive in the archive; what shapefile/ says; TOO_LARGE for more than
 *            bytes_most of one file.
 */
#ifndef BF_PULL_SHAPEFILE_H
#define BF_PULL_SHAPEFILE_H

#include "shapefile/shapefile.h"

struct bf_pull_shapefile {
    struct bf_shapefile_options options;
    struct bf_str table; /* or empty */
    size_t bytes_most;   /* of each file, unpacked */
    const char *folder;  /* for files without a name */
    bool (*take)(void *self, const char *p, size_t n, struct bf_err *err);
    void *self;
    struct bf_shapefile_said said; /* afterwards */
};

bool bf_pull_shapefile(struct bf_arena *a, struct bf_pull_shapefile *s, struct bf_str archive,
                       struct bf_err *err);

#endif
