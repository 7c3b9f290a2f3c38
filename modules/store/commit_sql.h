/*
 * store/commit_sql: the statements of a commit, made from a manifest.
 *
 * The one statement that matters compares a batch with data.<dataset>, gives the difference a
 * number and writes it. Where its rows come from:
 *   ARRAYS  $4 ids, $5.. one array per stored field
 *   STAGE   the temporary table
 *   KNOWN   what differs from the rows known at a commit: $4 that commit, $5 ids of rows to remove,
 *           $6 ids, $7.. arrays; nothing is done when a row that was not sent has changed since
 * and in all of them $1 dataset, $2 SHA-256 of the body, $3 who.
 * One result row: commit, instant, pushed, records, added, changed, removed; none when the dataset
 * is not in the catalogue, or what was known does not hold (then nothing was written).
 * Ownership  texts lie in the arena. Names come from the manifest and are quoted.
 */
#ifndef BF_STORE_COMMIT_SQL_H
#define BF_STORE_COMMIT_SQL_H

#include "store/commit.h"

#define BF_STAGE "pg_temp.beffroi_batch"

/* A type that a field can travel in and that needs no lookup: geometries as bytes. */
struct bf_carrier {
    unsigned oid;
    const char *name;
};
struct bf_carrier bf_carrier_of(enum bf_type type);

enum bf_batch_source { BF_FROM_ARRAYS, BF_FROM_STAGE, BF_FROM_KNOWN };

bool bf_commit_sql(struct bf_buf *out, const struct bf_manifest *m, enum bf_batch_mode mode,
                   enum bf_batch_source source);
/* `(SELECT …)`: rows of the dataset that lie in no table (query/given): $1 ids, $2.. one array per
 * stored field, behind them the instant that they are of. They are numbered as they come. */
void bf_given_sql(struct bf_buf *out, const struct bf_manifest *m);

/* CREATE TEMPORARY TABLE and COPY … FROM STDIN for a batch of this dataset, each with a
 * NUL at its end. */
bool bf_stage_sql(struct bf_buf *create, struct bf_buf *copy, const struct bf_manifest *m,
                  enum bf_batch_mode mode);

#endif
