/*
 * store/usage_keeper: the housekeeping of usage on one node, in steps that a process with other
 * duties can afford.
 *
 * Purpose    tells what was counted every two seconds, that all was told every ten, and publishes
 *            a day that is over, looked for every minute. Waits for no lock longer than a quarter
 *            of a second: a publication that finds one held is tried again.
 * Errors     are logged; nothing is lost by one, the next step does it.
 */
#ifndef BF_STORE_USAGE_KEEPER_H
#define BF_STORE_USAGE_KEEPER_H

#include "store/conn.h"
#include "usage/usage.h"

struct bf_usage_keeper;

/* usage NULL: there is nothing to keep. */
struct bf_usage_keeper *bf_usage_keeper_new(struct bf_usage *usage, const struct bf_conf *conf);
void bf_usage_keeper_free(struct bf_usage_keeper *k);

/* What is due. now_us: of the monotonic clock. */
void bf_usage_keeper_step(struct bf_usage_keeper *k, struct bf_conn *c, int64_t now_us);
/* Before the process ends: tells what was counted since. */
void bf_usage_keeper_end(struct bf_usage_keeper *k, struct bf_conn *c);

#endif
