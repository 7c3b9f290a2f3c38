/*
 * worker/pools: the four pools and what the settings say of them.
 *
 * Crews      the clock process, the accountant and the puller are crews of one, behind the pools:
 *            they answer no requests, but have slots in the scoreboard and are restarted like
 *            workers. The canary is one of none: the master forks it when a generation is to be
 *            tried.
 *
 *     for (int pool = 0; pool < BF_POOLS; pool++)
 *         open_socket(bf_pool_name(pool), conf->backlog);
 */
#ifndef BF_WORKER_POOLS_H
#define BF_WORKER_POOLS_H

#include "api/route.h"
#include "core/conf.h"

enum { BF_POOL_CLOCK = BF_POOLS, BF_POOL_ACCOUNTANT, BF_POOL_PULLER, BF_POOL_CANARY, BF_CREWS };

/* "read", "export", "push", "admin", "clock", "accountant", "puller", "canary" */
const char *bf_pool_name(unsigned pool);
unsigned bf_pool_workers(const struct bf_conf *conf, unsigned pool);
int64_t bf_pool_deadline_us(const struct bf_conf *conf, unsigned pool);

#endif
