/*
 * store/lease: a node's leases of quotas in PostgreSQL (sql/0011_quota.sql says what rows mean).
 *
 * Purpose    one function per step, and one round trip for any number of accounts. A step that
 *            fails may have been done: who cannot know asks for bf_lease_held and returns
 *            everything, which is the same when it is done twice.
 * Roles      accountant alone: it may call these functions and nothing else.
 * Units      since 1970 (start, ends) and durations in microseconds; units of quotas.
 * Errors     the store's.
 */
#ifndef BF_STORE_LEASE_H
#define BF_STORE_LEASE_H

#include "store/conn.h"

/* Of one account and window. */
struct bf_lease_step {
    struct bf_str account;
    const char *period; /* "day", "month" */
    int64_t start;      /* of the window; take: not needed, the database's clock decides */
    /* take: units that are needed now and that would be welcome, of a quota of that limit. fresh:
     * nothing of an earlier lease of this window is known. */
    int64_t limit, need, want;
    bool fresh;
    int64_t announce; /* take, announce: so much of the lease may be spent from now on */
    int64_t spent;    /* give_back, credit */
    /* take, announce: what became of it */
    bool done; /* false: there is no such lease */
    int64_t ends, left_us;
    int64_t given;              /* added to the lease */
    int64_t granted, announced; /* of the whole lease */
    int64_t taken;              /* of the quota, by all nodes */
};

/* A sign of life; `hungry` gets the leases that another node could use, texts until it returns. */
bool bf_lease_beat(struct bf_conn *c, struct bf_str node, int64_t life_ms,
                   void (*hungry)(void *self, const struct bf_lease_step *of), void *self,
                   struct bf_err *err);
bool bf_lease_take(struct bf_conn *c, struct bf_str node, struct bf_lease_step *steps, size_t n,
                   struct bf_err *err);
bool bf_lease_announce(struct bf_conn *c, struct bf_str node, struct bf_lease_step *steps, size_t n,
                       struct bf_err *err);
/* The leases end; so much was spent of each. */
bool bf_lease_give_back(struct bf_conn *c, struct bf_str node, const struct bf_lease_step *steps,
                        size_t n, struct bf_err *err);
/* What was charged under a lease that ended since. */
bool bf_lease_credit(struct bf_conn *c, const struct bf_lease_step *steps, size_t n,
                     struct bf_err *err);
/* Every lease of the node; texts until `take` returns. */
bool bf_lease_held(struct bf_conn *c, struct bf_str node,
                   void (*take)(void *self, const struct bf_lease_step *lease), void *self,
                   struct bf_err *err);
bool bf_lease_prune(struct bf_conn *c, struct bf_err *err);

#endif
