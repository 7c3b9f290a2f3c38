/*
 * worker/ledger: the accountant's books: what it leases, announces and returns for each purse.
 *
 * Purpose    decides what a purse needs (a slice, a higher ceiling, to be returned), collects the
 *            steps of a pass, and makes them with one round trip per kind of step: returns, then
 *            announcements, then new slices.
 * Pace       a step is as much as an account spends in some 20 ms: it doubles while the accountant
 *            is called more often, halves when it is not. The ceiling runs at most two steps ahead
 *            of what is spent (that is what a dead node keeps until it starts again), a slice is
 *            eight steps (that comes back by itself when its lease ends).
 * Dry        an account of which the database had nothing more is not asked about for 100 ms, then
 *            twice as long each time, up to 2 s.
 * Errors     a step that failed may have been done. The purses that it was about stay closed until
 *            bf_ledger_resume has returned everything.
 */
#ifndef BF_WORKER_LEDGER_H
#define BF_WORKER_LEDGER_H

#include "limits/quota_memory.h"
#include "store/lease.h"

struct bf_ledger;

struct bf_ledger *bf_ledger_new(struct bf_quotas *q, struct bf_conn *conn, int64_t life_ms);
void bf_ledger_free(struct bf_ledger *l);

/* After connecting: what we, or who was here before us, held is returned, exactly. */
bool bf_ledger_resume(struct bf_ledger *l, struct bf_err *err);
/* A sign of life; what other nodes could use is going to be returned. */
bool bf_ledger_beat(struct bf_ledger *l, struct bf_err *err);

/* Workers' mails and wishes become steps. true: something came. */
bool bf_ledger_listen(struct bf_ledger *l, int64_t now_us);
/* Accounts that nobody asks for are going to be returned; windows that ended, too. */
void bf_ledger_sweep(struct bf_ledger *l, int64_t now_us);

/* Makes the steps. *more: there was no room for all of them, listen again at once. */
bool bf_ledger_settle(struct bf_ledger *l, bool *more, struct bf_err *err);
/* Returns everything. */
bool bf_ledger_close(struct bf_ledger *l, struct bf_err *err);

#endif
