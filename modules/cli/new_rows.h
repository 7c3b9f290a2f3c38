/*
 * cli/new_rows: the rows of a file or table that nobody has described, for catalog/guess.
 *
 * Purpose    reads CSV (`,` `;` or tab), JSON (a list of records, or one), NDJSON and GeoJSON (a
 *            FeatureCollection: the properties and, as a column named geometry, the place),
 *            shapefiles in an archive or not (in the same way; cli/features), and Parquet
 *            (cli/new_parquet), told apart by the name of the file and what it begins with;
 *            or a table of the server's
 *            database, when there is no such file and the name is none of one. The first
 *            BF_NEW_SAMPLE rows are kept as a file that `beffroi load` reads.
 * Ownership  the guess lies in the arena; the sample is the caller's to fini.
 * Errors     PARAMETER, with the line where there is one: a file that cannot be read, is not UTF-8,
 *            is of another format (said by name, with what to do), or has rows that do not fit.
 */
#ifndef BF_CLI_NEW_ROWS_H
#define BF_CLI_NEW_ROWS_H

#include "catalog/guess.h"
#include "cli/features.h"
#include "core/buf.h"

enum { BF_NEW_SAMPLE = 20 };

struct bf_new_rows {
    struct bf_arena *arena;
    const char *path;
    struct bf_guess *guess;
    struct bf_buf sample;
    const char *sample_name;     /* "sample.csv" or "sample.json" */
    bool loads;                  /* `beffroi load` reads the file as it is */
    struct bf_features features; /* options of the caller's: crs, encoding, table, number */
};

bool bf_new_rows_is_table(const char *path);
/* One table of a timetable (GTFS): an archive, and a table that ends in .txt. */
bool bf_new_rows_is_timetable(const struct bf_new_rows *r);
bool bf_new_rows_read(struct bf_new_rows *r, struct bf_err *err);

#endif
