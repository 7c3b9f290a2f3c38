/*
 * worker/worker: the life of one worker, from fork to exit.
 *
 * Purpose    takes the unprivileged account, loads the catalogue, answers one request after the
 *            other, says in its slot what it does, and ends when it is asked to.
 * Generation a worker of one that has not taken over yet loads, and accepts nothing. Which state of
 *            the catalogue its generation serves stands in the scoreboard.
 * Faults     without a database it goes on trying; meanwhile it answers 503 when nobody else of
 *            its pool could answer better. It ends by itself only when the master asks (slot, or
 *            SIGTERM, which is blocked but looked for between requests); when it has grown too
 *            large or too old it asks to be replaced and works on until then.
 */
#ifndef BF_WORKER_WORKER_H
#define BF_WORKER_WORKER_H

#include "worker/shared.h"

struct bf_worker_setup {
    const struct bf_conf *conf;
    const struct bf_privileges *privileges;
    const struct bf_shared *shared;
    const int *sockets; /* BF_POOLS */
    struct bf_slot *slot;
    pid_t parent; /* the master that forked it */
};

/* In the child. Returns the exit status. */
int bf_worker_run(const struct bf_worker_setup *setup);
/* The same for the clock process, the accountant, the puller and the canary (worker/canary). */
int bf_worker_run_clock(const struct bf_worker_setup *setup);
int bf_worker_run_accountant(const struct bf_worker_setup *setup);
int bf_worker_run_puller(const struct bf_worker_setup *setup);
int bf_worker_run_canary(const struct bf_worker_setup *setup);

#endif
