/*
 * worker/master: keeps the pools staffed and never touches a request.
 *
 * Purpose    forks workers and the clock process, restarts what dies, kills what is too slow, and
 *            exchanges all workers for new ones (a generation) without failing a request.
 * Signals    TERM drains everything and returns (a second TERM does not wait); HUP reads the
 *            settings again and begins a new generation; USR1 begins a new generation, which opens
 *            the logs anew. A change of the catalogue does so, too.
 * Generation the new workers must all have loaded the catalogue within 10 s; then the old ones are
 *            drained. Otherwise the new ones are killed, the old ones stay, and the reason is in
 *            the log and in `status`. What comes meanwhile is done afterwards, once.
 * Faults     a master that is killed leaves its workers serving; the guardian starts another one,
 *            which begins a new generation and drains the old workers.
 */
#ifndef BF_WORKER_MASTER_H
#define BF_WORKER_MASTER_H

#include "worker/takeover.h"
#include "worker/worker.h"

struct bf_master_setup {
    const struct bf_conf *conf;
    const struct bf_privileges *privileges;
    const struct bf_shared *shared;
    const int *sockets;
    struct bf_takeover *takeover;
    pid_t guardian;
};

/* Returns the exit status: 0 after TERM. The signals above and SIGCHLD must be blocked. */
int bf_master_run(const struct bf_master_setup *setup);

#endif
