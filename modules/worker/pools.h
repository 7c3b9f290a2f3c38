/*
 * worker/pools: the three pools and what the settings say of them.
 *
 *     for (int pool = 0; pool < BF_POOLS; pool++)
 *         open_socket(bf_pool_name(pool), conf->backlog);
 */
#ifndef BF_WORKER_POOLS_H
#define BF_WORKER_POOLS_H

#include "api/route.h"
#include "core/conf.h"

/* The clock process has a slot in the scoreboard like a worker, under this number. */
enum { BF_POOL_CLOCK = BF_POOLS };

const char *bf_pool_name(unsigned pool); /* "read", "export", "push", "clock" */
unsigned bf_pool_workers(const struct bf_conf *conf, unsigned pool);
int64_t bf_pool_deadline_us(const struct bf_conf *conf, unsigned pool);

#endif
