/*
 * worker/takeover: relieving a server whose guardian was killed.
 *
 * Its master and workers go on serving from sockets that have lost their names. Once our workers
 * are ready they are asked to answer what still waits in those sockets' queues, and to end. Who
 * does not end in time is killed.
 */
#ifndef BF_WORKER_TAKEOVER_H
#define BF_WORKER_TAKEOVER_H

#include "worker/shared.h"

struct bf_takeover {
    struct bf_shared old; /* head NULL: there is nobody to relieve */
    int64_t begun_us;     /* 0: not yet */
};

/* Whether anybody of the old server still runs. */
bool bf_takeover_needed(const struct bf_takeover *t);
/* Begins or goes on; to call now and then. true: all are gone, or there was nobody. */
bool bf_takeover_step(struct bf_takeover *t, int64_t drain_timeout_ms);

#endif
