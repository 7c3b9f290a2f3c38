/*
 * worker/ops: the addresses of those who run the server.
 *
 * GET /healthz   200: the process is up; never asks the database
 * GET /readyz    200 when the database is reachable, the catalogue loaded and the clock process
 *                hears; else 503 and why
 * GET /metrics   for Prometheus; 403 unless the client is this machine itself, also when nginx's
 *                allow list should be wrong
 *
 * The routes' owner (bf_server_setup.owner) is the worker's struct bf_shared.
 */
#ifndef BF_WORKER_OPS_H
#define BF_WORKER_OPS_H

#include "api/route.h"

extern const struct bf_route bf_ops_routes[];

/* 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104. */
bool bf_ops_is_loopback(struct bf_str address);

#endif
