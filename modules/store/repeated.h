/*
 * store/repeated: which of two hours, when the clock is put back.
 *
 * Purpose    a source that writes its wall clock (z_is_local) shows the hour from two to three of
 *            a night in autumn twice, and its text does not tell which. Alone it means the first. A
 *            record, though, does not become older than it was: when the stored record is later
 *            than that, and not later than the second, the second is meant. And when no stored
 *            record is of the first or later, the second is meant by rows that came within the
 *            hour after it (or two minutes before, as clocks differ). So an unchanged record stays
 *            what it is, a feed that reports every few minutes is right in both hours, also about
 *            records that it had not heard of, and a file of another day that is loaded again
 *            gives what it gave.
 * When       under the dataset's lock, on a batch that is wholly in the stage (BF_STAGE); a field
 *            of the key keeps what its id was made of.
 */
#ifndef BF_STORE_REPEATED_H
#define BF_STORE_REPEATED_H

#include "store/batch.h"

bool bf_repeated_settle(struct bf_batch *b, int64_t received, struct bf_err *err);

#endif
