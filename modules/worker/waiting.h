/*
 * worker/waiting: what a worker answers while it has no catalogue.
 *
 * Without a database there is no server (api/server), yet a client must not wait: /healthz is 200,
 * /readyz and everything else 503 with Retry-After, /metrics is printed as always.
 */
#ifndef BF_WORKER_WAITING_H
#define BF_WORKER_WAITING_H

#include "api/server.h"
#include "worker/shared.h"

void bf_waiting_answer(const struct bf_shared *shared, const char *const *env,
                       struct bf_http_io *io, struct bf_outcome *out);

#endif
