/*
 * store/ingestions: every run of a source becomes a record of the dataset `ingestions`.
 *
 * Purpose    runs that have ended are published by ordinary commits, many at once; whichever node
 *            comes first does it. Those of datasets that require a right are never published.
 * History    a run stays a record as long as the dataset's own manifest keeps history (30 days when
 *            it does not say), then it is removed. Those that are not published are forgotten after
 *            400 days.
 * Errors     the store's; NOT_FOUND_RESOURCE: there is no dataset ingestions.
 */
#ifndef BF_STORE_INGESTIONS_H
#define BF_STORE_INGESTIONS_H

#include "store/commit.h"

#define BF_INGESTIONS_ID "ingestions"

/* How many runs wait to be published, when the dataset is there. */
bool bf_ingestions_waiting(struct bf_conn *c, int64_t *n, struct bf_err *err);
bool bf_ingestions_publish(struct bf_conn *c, struct bf_err *err);
bool bf_ingestions_prune(struct bf_conn *c, struct bf_err *err);

#endif
