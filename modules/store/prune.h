/*
 * store/prune: forgetting what the manifests no longer keep.
 *
 * Purpose    deletes versions in past.<dataset> that ended longer ago than the manifest's
 *            history.keep, in steps of 10,000 rows, and moves catalog.state.horizon, so that a
 *            query as of an earlier instant can say that it is gone; deletes receipts older than 7
 *            days, and the records that came for scripts that are gone (store/came).
 * Roles      writer.
 */
#ifndef BF_STORE_PRUNE_H
#define BF_STORE_PRUNE_H

#include "store/conn.h"

bool bf_prune(struct bf_conn *c, struct bf_err *err);

#endif
