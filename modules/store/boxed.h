/*
 * store/boxed: a writer for a box alone replaces no record that lies elsewhere.
 *
 * Purpose    that the new row lies in the box is seen when it comes; where the record lies that it
 *            would replace only the database knows, and only who holds the dataset's lock: until
 *            its transaction ends nobody else can move one.
 * Where      wholly in the box, its border included: the extremes of its coordinates, in double
 *            precision, as the new row is judged (auth/narrow). Without a place: nowhere.
 * Errors     ROWS after box->outside was called; those of the store.
 */
#ifndef BF_STORE_BOXED_H
#define BF_STORE_BOXED_H

#include "store/batch.h"

/* In the transaction of the commit, under the lock, before anything is written. */
bool bf_boxed_check(struct bf_batch *b, const struct bf_batch_box *box, struct bf_err *err);

#endif
