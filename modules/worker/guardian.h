/*
 * worker/guardian: the first process, which holds everything that must outlive the others.
 *
 * Purpose    makes the shared memory and the listening sockets, starts the master, and starts it
 *            again when it dies. It does nothing else, so that there is nothing in it to fail.
 * Signals    TERM and INT end the server in order, HUP and USR1 go to the master (worker/master).
 * Files      <run_dir>/beffroi.pid (locked as long as it lives), scoreboard, *.sock, log/,
 *            clock.lock
 * Faults     killed itself, it leaves master and workers serving; the next `beffroi serve` takes
 *            the sockets' place and relieves them (worker/takeover).
 */
#ifndef BF_WORKER_GUARDIAN_H
#define BF_WORKER_GUARDIAN_H

#include "core/conf.h"
#include "core/err.h"

/* Returns the exit status. err is set when it could not start (then the status is 1). */
int bf_guardian_run(const struct bf_conf *conf, struct bf_err *err);

#endif
