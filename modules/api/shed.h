/*
 * api/shed: who is served first when a pool has not workers enough.
 *
 * Purpose    a plan can be critical (the cane of somebody who does not see). While keys of such
 *            plans ask, critical_workers read workers are kept from what is slow for anybody else:
 *            when no more others than that are free, a request that is not critical is refused with
 *            503 and Retry-After instead of taking one of the last. A worker is free when it is
 *            idle or at its request for less than critical_slow_ms: quick requests never shed
 *            anybody, however many come.
 * Crawlers   first: who asks for more than a unit, or has used up half of his burst, is refused
 *            when one more worker is still free.
 * Never      shed: what is answered from memory (304, an answer that was given before), the routes
 *            of operation, exports and pushes, which have pools of their own.
 * When       from the first critical request until ten minutes after the last one on this node;
 *            nobody else ever pays for a floor that nobody stands on. What is shed costs nothing.
 * Cost       one word of shared memory; the slots of the workers only while there is a floor.
 */
#ifndef BF_API_SHED_H
#define BF_API_SHED_H

#include "core/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct bf_request;

/* What worker/ knows of the pool of this worker; its memory is shared by all workers. */
struct bf_crew_view {
    /* Other workers of the pool that are idle, or at their request since less than slow_us. */
    unsigned (*free_others)(const void *self, int64_t slow_us);
    const void *self;
    _Atomic int64_t *critical_us; /* monotonic: the last critical request; 0: none yet */
    unsigned floor;               /* 0: nobody is ever shed */
    int64_t slow_us;
};

/* A request of a critical plan was met, whatever becomes of it. */
void bf_shed_meet(const struct bf_request *r);

/* Before execute. false: r->err is BUSY. */
bool bf_shed(struct bf_request *r);

#endif
