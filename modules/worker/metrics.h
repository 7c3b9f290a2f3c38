/*
 * worker/metrics: the scoreboard in the text format of Prometheus, version 0.0.4.
 *
 * Source     https://prometheus.io/docs/instrumenting/exposition_formats/ (text-based format).
 */
#ifndef BF_WORKER_METRICS_H
#define BF_WORKER_METRICS_H

#include "core/buf.h"
#include "worker/shared.h"

#define BF_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

void bf_metrics_print(const struct bf_shared *shared, struct bf_buf *out);

/* The clock process is connected and was sure of it less than 2 s ago. */
bool bf_metrics_hearing(const struct bf_shared *shared);

#endif
