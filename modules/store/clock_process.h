/*
 * store/clock_process: the process that listens to PostgreSQL and keeps store/live and store/access
 * true.
 *
 * LISTEN beffroi; payloads `commit <dataset> <commit> <instant us> <pushed us> <records>`,
 * `source <dataset> <state>` and `catalog`. After every (re)connect it reads the whole of
 * catalog.state, so that nothing missed in between matters. LISTEN beffroi_access: something about
 * access changed; the number of the newest change is also asked for at every beat (250 ms), because
 * a notification can be lost. Once an hour
 * it prunes histories and receipts that the manifests no longer keep, and beside all that it keeps
 * the counts of usage (store/usage_keeper) and tells every two seconds which keys were used
 * (store/used_rows), and at each beat which change of the catalogue is served, when that is another
 * one (store/applied).
 *
 * Runs until *stop is set (by a signal handler); reconnects for ever.
 */
#ifndef BF_STORE_CLOCK_PROCESS_H
#define BF_STORE_CLOCK_PROCESS_H

#include "core/conf.h"
#include "store/access.h"
#include "store/live.h"
#include "store/used.h"
#include "usage/usage.h"

#include <signal.h>
#include <stdatomic.h>

/* What it shares with the workers. */
struct bf_clock_parts {
    struct bf_live *live;
    struct bf_access *access;
    struct bf_used *used;
    struct bf_usage *usage;         /* or NULL */
    const _Atomic uint64_t *served; /* the change of the catalogue that is served; 0: not yet */
};

void bf_clock_process(const struct bf_conf *conf, const struct bf_clock_parts *parts,
                      const volatile sig_atomic_t *stop);

#endif
