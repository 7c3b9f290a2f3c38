/*
 * store/known: what the rows of a dataset looked like at a commit.
 *
 * Purpose    a live feed sends every record each time and changes few. A writer that remembers the
 *            rows of its last commit sends only those that are not the same, byte for byte. Others
 *            may have written since: the statement itself checks, under the dataset's lock, that
 *            whatever changed is among the rows that are sent.
 * Ownership  belongs to its connection and goes with it (store/conn): a restored or another server
 *            is never mistaken for the one that was known.
 * Limits     BF_KNOWN_DATASETS datasets of at most BF_KNOWN_ROWS rows and BF_KNOWN_BYTES bytes
 *            each; one that is larger is not remembered.
 * Errors     none: without memory nothing is remembered.
 */
#ifndef BF_STORE_KNOWN_H
#define BF_STORE_KNOWN_H

#include "store/held.h"

enum { BF_KNOWN_DATASETS = 8, BF_KNOWN_ROWS = 20000, BF_KNOWN_BYTES = 4 << 20 };

struct bf_known;

/* The memory of that dataset, made when there is none; NULL: no memory. */
struct bf_known *bf_known_of(struct bf_conn *c, const struct bf_entry *entry);

/* Whether a batch of that mode can be reduced by it. */
bool bf_known_serves(const struct bf_known *k, enum bf_batch_mode mode);
int64_t bf_known_commit(const struct bf_known *k);

/* The rows of the batch that are not known to be the same go to `changed`; for a snapshot, what is
 * known and not in the batch goes to the ids of `removed`. */
void bf_known_reduce(struct bf_known *k, enum bf_batch_mode mode, const struct bf_held *batch,
                     struct bf_held *changed, struct bf_held *removed);

/* After a commit. changed: NULL when the batch was not reduced. */
void bf_known_learn(struct bf_known *k, enum bf_batch_mode mode, const struct bf_held *batch,
                    const struct bf_held *changed, bool any_removed, int64_t commit);
void bf_known_forget(struct bf_known *k);

#endif
