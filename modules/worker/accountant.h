/*
 * worker/accountant: the process that keeps the purses of limits/quota filled.
 *
 * Purpose    the only one of a node that talks to PostgreSQL about quotas, as a role that may do
 *            nothing else. Workers ring; it leases ahead of need, announces and returns
 *            (worker/ledger), and gives a sign of life twice a second.
 * Faults     one at a time: a new one waits for <run_dir>/quota.lock. It begins by returning, from
 *            the purses' own words, everything that was held before, so it does not matter how its
 *            predecessor ended. Without PostgreSQL it goes on trying; what was announced is spent
 *            meanwhile, then requests with a quota are answered 503.
 * End        *stop: everything is returned.
 */
#ifndef BF_WORKER_ACCOUNTANT_H
#define BF_WORKER_ACCOUNTANT_H

#include "core/conf.h"
#include "limits/quota.h"

#include <signal.h>

void bf_accountant(const struct bf_conf *conf, struct bf_quotas *quotas,
                   const volatile sig_atomic_t *stop);

#endif
