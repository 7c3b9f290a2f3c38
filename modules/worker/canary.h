/*
 * worker/canary: tries a coming generation before anybody is answered by it.
 *
 * Purpose    a process of its own, forked by the master beside the workers of a coming generation.
 *            It opens the handlers of the datasets that have changed since the generation that
 *            serves (of all, when the settings are read anew), in a process that it forks for that
 *            (worker/runner), and says in the trial whether the coming generation is worse.
 * Worse      a handler that cannot be opened, crashes, hangs or takes more memory than it should
 *            where that of the serving generation does not, or where there was none.
 * Faults     the canary runs no code of handlers: what these do ends its runner. Nothing that it
 *            does is counted, logged as a request or held against a handler (plugin/quarantine).
 * Limits     each item read_deadline_ms (at most 30 s); 512 MiB of memory; 60 s for all of it.
 */
#ifndef BF_WORKER_CANARY_H
#define BF_WORKER_CANARY_H

#include "worker/worker.h"

/* After the account was given up. Writes the trial of its generation and returns. */
void bf_canary(const struct bf_worker_setup *setup);

#endif
