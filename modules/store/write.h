/*
 * store/write: bf_batch_commit (declared in store/commit.h): the trips that make a commit of a
 * batch.
 *
 * Without an idempotency key one trip does everything: BEGIN, lock, the statement, COMMIT. With one
 * it takes three: the receipt must be read before, and written with the answer after the statement;
 * for a box four: what would be replaced is looked at before (store/boxed).
 * A batch of a dataset that this connection wrote before carries only what differs from its last
 * commit; when somebody else changed more than that, the statement does nothing and the whole batch
 * follows.
 */
#ifndef BF_STORE_WRITE_H
#define BF_STORE_WRITE_H

#include "store/commit.h"

#endif
