/*
 * plugin/outage: what does not work is out of service for a while, then one request tries it again.
 *
 * Purpose    what the quarantine of handlers and the fuses of scripts have in common. When
 *            something goes out, and what that means, is theirs to say.
 * Time       the first outage has the length `first`; a trial that fails doubles it, to `longest`
 *            at most; when nothing was out for `longest`, the next one is a first one again.
 * Trial      one request at a time; one that never says how it ended (its client went away, its
 *            worker was killed) gives the next one a chance after 10 s.
 * State      lies zeroed in memory that processes share; a process may be killed between any two
 *            instructions here: every state is one atomic word.
 * Units      microseconds of CLOCK_MONOTONIC, never 0.
 */
#ifndef BF_PLUGIN_OUTAGE_H
#define BF_PLUGIN_OUTAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct bf_outage {
    _Atomic int64_t until;  /* 0: in service; else when the next trial may begin */
    _Atomic int64_t trial;  /* end of the time of the trial under way; 0: none */
    _Atomic int64_t ended;  /* when the last one ended */
    _Atomic uint32_t level; /* outages in a row */
};

struct bf_outage_times {
    int64_t first, longest;
};

/* Out of service from now on. Both return for how long; again: a trial has failed. */
int64_t bf_outage_begin(struct bf_outage *o, const struct bf_outage_times *times, int64_t now);
int64_t bf_outage_again(struct bf_outage *o, const struct bf_outage_times *times, int64_t now);

/* Of what is out until `until` (o->until, as it was read): whether this request is the trial;
 * false: *wait is when to come back. may: a trial may begin at all. */
bool bf_outage_try(struct bf_outage *o, int64_t until, bool may, int64_t now, int64_t *wait);
/* The trial found nothing to try it on: the next request may. */
void bf_outage_untried(struct bf_outage *o);

/* In service again; `at` counts as the end. */
void bf_outage_end(struct bf_outage *o, int64_t at);
/* In service, as if nothing had been. */
void bf_outage_forget(struct bf_outage *o);

#endif
