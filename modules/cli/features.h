/*
 * cli/features: a file of shapes as records that `beffroi load` and `beffroi new` read.
 *
 * Purpose    GeoJSON, a shapefile, or an archive with one, as lines of JSON, as the server reads
 *            them when it fetches them (pull/geojson, pull/shapefile). Of x.shp the files beside it
 *            belong to it.
 * Ownership  lines go to `take`; what `said` names lies in the arena or is static.
 * Errors     with the path before them: what the readers say, PARAMETER for files that cannot be
 *            read. What take says is left as it is.
 */
#ifndef BF_CLI_FEATURES_H
#define BF_CLI_FEATURES_H

#include "shapefile/shapefile.h"

enum bf_features_kind { BF_FEATURES_NONE, BF_FEATURES_GEOJSON, BF_FEATURES_SHAPEFILE };

struct bf_features {
    const char *path;
    enum bf_features_kind kind;
    struct bf_shapefile_options options; /* number: of a shapefile's record, a feature's id */
    struct bf_str table;                 /* which of the shapefiles in an archive, or empty */
    bool (*take)(void *self, const char *p, size_t n, struct bf_err *err);
    void *self;
    struct bf_shapefile_said said; /* afterwards; of a shapefile alone */
};

/* By the end of the name. */
enum bf_features_kind bf_features_kind(const char *path);

bool bf_features_read(struct bf_arena *a, struct bf_features *f, struct bf_err *err);

/* One sentence on what was taken of a shapefile; nothing of GeoJSON. */
void bf_features_say(const struct bf_features *f);

/* The options that both commands have; false: the value is none. */
enum bf_features_option {
    BF_FEATURES_CRS = 256,
    BF_FEATURES_ENCODING,
    BF_FEATURES_TABLE,
    BF_FEATURES_NUMBER
};
#define BF_FEATURES_OPTIONS                                          \
    {"crs", required_argument, NULL, BF_FEATURES_CRS},               \
        {"encoding", required_argument, NULL, BF_FEATURES_ENCODING}, \
        {"table", required_argument, NULL, BF_FEATURES_TABLE},       \
    {                                                                \
        "number", required_argument, NULL, BF_FEATURES_NUMBER        \
    }
#define BF_FEATURES_USAGE                                                                     \
    "  --crs EPSG:2154  the reference system of a shapefile without .prj, or of GeoJSON\n"    \
    "  --encoding NAME  of a shapefile's texts; default: what the file says, or looks like\n" \
    "  --table X.shp    which of the shapefiles in an archive\n"                              \
    "  --number FIELD   the number of a shapefile's record, or a feature's id, as a field"
bool bf_features_option(struct bf_features *f, int option, const char *value);

#endif
