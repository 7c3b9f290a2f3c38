/*
 * limits/quota_memory: the memory of limits/quota, and what the accountant does to it.
 *
 * Purpose    the file, its places, and the few operations on a purse that keep its promise. Workers
 *            see limits/quota alone.
 * Purse      `word` holds what was spent, a generation, and whether it is closed. Workers only ever
 *            change what was spent, by a compare-and-swap; the accountant closes and opens, which
 *            changes the generation, so that no decision outlives what it was made upon. While it
 *            is closed nothing can be spent: what the accountant tells PostgreSQL then is final.
 *            `start` 0: nothing is leased.
 * Order      before a ceiling is raised PostgreSQL has committed it; before a purse is emptied
 *            (start 0) PostgreSQL has committed what was spent. A purse that is found with a start
 *            by a new accountant is closed and returned, whatever the dead one was about to do.
 * File       <run_dir>/quota (core/kept). When it is replaced, what the old node had announced
 *            counts as spent: after a reboot the file may be older than what was spent.
 * Ownership  one writer of everything but words, wishes, mails and `recent`: the accountant that
 *            holds <run_dir>/quota.lock.
 */
#ifndef BF_LIMITS_QUOTA_MEMORY_H
#define BF_LIMITS_QUOTA_MEMORY_H

#include "core/kept.h"
#include "limits/quota.h"

#include <stdatomic.h>

enum {
    BF_QUOTA_PLACES = 1 << 14,
    BF_QUOTA_WAYS = 16, /* places that an account may have */
    BF_QUOTA_MAILS = 256,
    BF_QUOTA_RECENT = 1 << 16,
};

struct bf_purse {
    _Atomic uint64_t word;       /* closed: 1 bit, generation: 23, spent: 40 */
    _Atomic uint64_t ceiling;    /* of spent; PostgreSQL knows of it */
    _Atomic int64_t start;       /* of the window, since 1970; 0: nothing is leased */
    _Atomic int64_t deadline_us; /* of bf_clock_boot_us: not a word after it */
    _Atomic int64_t reset_us;    /* the window's end, since 1970 */
    _Atomic int64_t limit;       /* under which it was leased */
    _Atomic int64_t others;      /* taken from the quota by anybody but this lease */
    _Atomic uint64_t low;        /* the accountant is told when less is left */
    /* The database had nothing more for this limit, and is not asked until then. */
    _Atomic int64_t dry_until_us, dry_limit;
    _Atomic int64_t checked_us;            /* when `others` was true */
    _Atomic int64_t wish_cost, wish_limit; /* of workers; cost 0: none */
    _Atomic int64_t granted;               /* for show: the slice, ceiling included */
};

struct bf_quota_place {
    _Atomic uint64_t key; /* of the account; 0: free */
    _Atomic int64_t asked_us;
    char name[BF_QUOTA_NAME];
    uint32_t name_bytes;
    struct bf_purse purses[BF_QUOTA_WINDOWS];
};

/* A worker asks for a place for an account. */
enum bf_quota_mail_state { BF_QUOTA_MAIL_FREE, BF_QUOTA_MAIL_WRITING, BF_QUOTA_MAIL_SENT };
struct bf_quota_mail {
    _Atomic uint32_t state;
    uint32_t name_bytes;
    uint64_t key;
    char name[BF_QUOTA_NAME];
};

struct bf_quota_counts {
    _Atomic uint64_t takes, announces, returns; /* leases taken, ceilings raised, purses returned */
    _Atomic uint64_t evictions;                 /* of accounts, for others that found no place */
    _Atomic uint64_t failures;                  /* of round trips to PostgreSQL */
};

struct bf_quotas {
    struct bf_kept head;   /* its `node` names the leases of this node */
    _Atomic uint32_t bell; /* futex: a worker has a wish */
    _Atomic uint32_t news; /* futex: the accountant has done something */
    _Atomic int64_t beat_us;
    _Atomic uint32_t hearing; /* the accountant is connected */
    struct bf_quota_counts counts;
    _Atomic uint64_t wishes[BF_QUOTA_PLACES / 64]; /* places with a wish, a bit each */
    struct bf_quota_mail mails[BF_QUOTA_MAILS];
    _Atomic uint64_t recent[BF_QUOTA_RECENT]; /* requests that were charged */
    _Alignas(64) struct bf_quota_place places[BF_QUOTA_PLACES];
};

/* ---- words ---- */

uint64_t bf_purse_spent(uint64_t word);
bool bf_purse_is_closed(uint64_t word);
/* The next generation with that much spent. */
uint64_t bf_purse_word(uint64_t before, bool closed, uint64_t spent);

/* ---- what is known ---- */

/* The accountant is there, and hears the database. */
bool bf_quota_is_heard(const struct bf_quotas *q, int64_t now_us);
/* The database had no more, and it is not time to ask again. A higher limit is always asked for. */
bool bf_purse_is_dry(const struct bf_purse *p, int64_t limit, int64_t now_us);

/* ---- accounts ---- */

uint64_t bf_quota_key(struct bf_str account); /* never 0 */
struct bf_quota_place *bf_quota_find(struct bf_quotas *q, uint64_t key);

/* The worker: ask for a place, tell of a wish. Never blocks. */
void bf_quota_send(struct bf_quotas *q, uint64_t key, struct bf_str account);
void bf_quota_wish(struct bf_quotas *q, struct bf_quota_place *place, enum bf_quota_window window,
                   int64_t limit, int64_t cost);
void bf_quota_ring(struct bf_quotas *q, const struct bf_quota_place *place);
/* Until the accountant has done something after `seen`, at most so long. */
void bf_quota_wait_news(struct bf_quotas *q, uint32_t seen, int64_t most_us);

/* ---- the accountant ---- */

/* Until somebody rings after `seen`, at most so long. */
void bf_quota_wait_bell(struct bf_quotas *q, uint32_t seen, int64_t most_us);
void bf_quota_tell(struct bf_quotas *q);

/* A mail that was sent, its account copied to `name`; false: there is none at or after *at. A mail
 * that was not finished (its worker was killed) is thrown away the second time it is seen. */
bool bf_quota_mail(struct bf_quotas *q, size_t *at, char name[BF_QUOTA_NAME],
                   struct bf_str *account);
void bf_quota_mail_done(struct bf_quotas *q, size_t at);

/* A place for the account: its own, or a free one that becomes its own. NULL: all are taken, and
 * *oldest (of those that are at least min_age_us old) should be emptied; NULL: none may yet. */
struct bf_quota_place *bf_quota_put(struct bf_quotas *q, struct bf_str account, int64_t now_us,
                                    int64_t min_age_us, struct bf_quota_place **oldest);
/* Both purses must be empty. */
void bf_quota_free(struct bf_quota_place *place);

struct bf_purse_lease {
    int64_t start, checked_us, deadline_us, reset_us, limit, others, granted;
    uint64_t ceiling, low;
};

/* Nothing more is spent from it; returns what was. */
uint64_t bf_purse_close(struct bf_purse *p);
/* What was spent when it was closed is in PostgreSQL: nothing is leased any more. Returns what was
 * given back meanwhile. */
uint64_t bf_purse_empty(struct bf_purse *p, uint64_t spent);
/* A purse that is empty begins with nothing spent. */
void bf_purse_open(struct bf_purse *p, const struct bf_purse_lease *lease);
/* More of the same window, under the same or a higher limit. */
void bf_purse_extend(struct bf_purse *p, const struct bf_purse_lease *lease);
void bf_purse_raise(struct bf_purse *p, uint64_t ceiling, uint64_t low);
void bf_purse_dry(struct bf_purse *p, int64_t until_us, int64_t limit);

/* ---- the file ---- */

/* Takes <run_dir>/quota over or makes it, readable for the group unless that is -1. NULL: INTERNAL.
 * The memory stays until the process ends. */
struct bf_quotas *bf_quotas_open(const char *run_dir, gid_t group, struct bf_err *err);
/* To look at it, read-only; NULL: there is none of this layout. Stays, too. */
const struct bf_quotas *bf_quotas_look(const char *run_dir);

#endif
