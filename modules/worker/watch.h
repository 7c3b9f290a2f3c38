/*
 * worker/watch: kills what takes too long.
 *
 * A request older than its pool's deadline, a request's head that does not come to its end, a start
 * that does not end, a drain past drain_timeout_ms, a worker without any sign of life. This kill is
 * the only real time limit of the server; everything friendlier comes before it.
 */
#ifndef BF_WORKER_WATCH_H
#define BF_WORKER_WATCH_H

#include "worker/staff.h"

/* A look at every slot; to call every 50 ms. */
void bf_watch(struct bf_staff *s, const struct bf_conf *conf);

#endif
