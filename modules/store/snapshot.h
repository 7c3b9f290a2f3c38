/*
 * store/snapshot: several statements that see one commit.
 *
 * Purpose    an answer that needs more than one statement (rows and facets) never mixes two
 *            commits.
 * Use        begin, the reads, end. What happens in between without end is rolled back when the
 *            arena is reset.
 * Errors     the store's.
 */
#ifndef BF_STORE_SNAPSHOT_H
#define BF_STORE_SNAPSHOT_H

#include "store/conn.h"

bool bf_snapshot_begin(struct bf_conn *c, struct bf_arena *a, struct bf_err *err);
bool bf_snapshot_end(struct bf_conn *c, struct bf_err *err);

#endif
