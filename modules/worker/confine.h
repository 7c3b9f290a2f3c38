/*
 * worker/confine: system calls that a worker has no use for are refused (seccomp).
 *
 * Purpose    handlers and scripts run inside of workers. Whatever they try, the kernel refuses the
 *            worker to run or make processes, to look into or signal others, to become somebody, to
 *            move, make, open for writing, rename or delete files, to listen, and sockets but those
 *            that lead to the database. What it has open already it may use.
 * When       in a read, export or push worker, when it has its catalogue and its log and before its
 *            first request; for good: no call undoes it. no_new_privs is part of it.
 * Fetching   the process of one run of a source reads what strangers send. It may reach other
 *            machines, resolve their names (the C library does that in threads) and keep what came
 *            in files without a name, and nothing else of the above.
 * Errors     a refused call gives EPERM (ENOSYS for clone3 and close ones, as an old kernel would):
 *            a mistake of a handler is an error that it sees, not a riddle. false: there is no
 *            filter in this kernel; the log says so and the worker goes on without.
 * Sanitizers their builds may make processes and trace them: that is how leaks are found.
 *
 *     if (conf->confine_workers && !bf_confine(network)) …
 */
#ifndef BF_WORKER_CONFINE_H
#define BF_WORKER_CONFINE_H

#include <stdbool.h>

/* network: the database is reached over TCP. */
bool bf_confine(bool network);

/* For the process of one run of a source. */
bool bf_confine_fetch(void);

#endif
