/*
 * cli/new_parquet: the rows of a Parquet file, by scripts/parquet.
 *
 * Purpose    the format is read by a library of npm in a process of its own; here its lines are
 *            handed on, until there are no more or enough were taken.
 * Errors     PARAMETER: the script is not there, or it failed and has said why on stderr; what take
 *            says.
 */
#ifndef BF_CLI_NEW_PARQUET_H
#define BF_CLI_NEW_PARQUET_H

#include "core/arena.h"
#include "core/err.h"

struct bf_new_parquet {
    const char *path;
    /* One row as a JSON object, borrowed. false: no more are wanted, or err is set. */
    bool (*take)(void *self, struct bf_str row, struct bf_err *err);
    void *self;
};

bool bf_new_parquet_read(struct bf_arena *a, const struct bf_new_parquet *p, struct bf_err *err);

#endif
