/*
 * worker/canary_records: what two generations make of the same records, compared.
 *
 * Worse      a record that the coming generation refuses, with its batch, and that the serving one
 *            writes or leaves out; a script that ends its process at them, or never ends.
 * Told       that some are made otherwise, or left out now: that is what a script is changed for.
 * Never in it: the record. It is named by its place among those that came last, newest first; a
 *            script that puts a value into its message tells that itself, as it does in the log
 *            when it fails at a push.
 */
#ifndef BF_WORKER_CANARY_RECORDS_H
#define BF_WORKER_CANARY_RECORDS_H

#include "worker/runner.h"
#include "worker/trial.h"

/* Counts and findings go to the trial. true: the coming generation is worse. */
bool bf_records_compare(struct bf_trial *t, struct bf_str dataset, const struct bf_answer *now,
                        const struct bf_answer *before);

#endif
