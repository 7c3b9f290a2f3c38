/*
 * worker/canary: tries a coming generation before anybody is answered by it.
 *
 * Purpose    a process of its own, forked by the master beside the workers of a coming generation.
 *            It opens the handlers of the datasets that have changed since the generation that
 *            serves, asks both generations what was last asked of these datasets (http/asked), in
 *            processes that it forks for that (worker/runner), and says in the trial whether the
 *            coming one is worse. When the settings are read anew it opens all handlers, and asks a
 *            few requests of the other datasets, too.
 * Records    what came last of a dataset that has changed (store/came) is given to its scripts and
 *            checks in both generations, and written by none (worker/canary_records).
 * Worse      a handler that cannot be opened, crashes, hangs or takes more memory than it should
 *            where that of the serving generation does not, or where there was none; an answer 5xx
 *            where there was none; of a dataset that is what it was, also 4xx where there was
 *            neither, or another body at the same commit. That a dataset which has changed refuses
 *            what it answered is told, and no more.
 * Compared   answers that show the same commit. What looks worse is asked again, of both, so that
 *            data that moved on, a database that was away and answers that are another each time
 *            are not taken for it.
 * Faults     the canary runs no code of handlers: what these do ends its runner. Nothing that it
 *            does is counted, logged as a request or held against a handler (plugin/quarantine).
 * Limits     400 requests; each item read_deadline_ms (at most 30 s); 512 MiB of memory; 60 s for
 *            all of it.
 */
#ifndef BF_WORKER_CANARY_H
#define BF_WORKER_CANARY_H

#include "worker/worker.h"

/* After the account was given up. Writes the trial of its generation and returns. */
void bf_canary(const struct bf_worker_setup *setup);

#endif
