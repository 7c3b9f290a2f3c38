/*
 * limits/quota: how much an account may still ask for today and this month, decided alike by all
 * workers of a node and exactly over all nodes.
 *
 * Purpose    an account (the `sub` of its keys) has a purse per window (day, month) in shared
 *            memory. The accountant (worker/accountant) leases slices from PostgreSQL and raises
 *            the ceiling of a purse; a worker spends below the ceiling by one compare-and-swap per
 *            window, and never talks to the database.
 * Promise    what was spent never exceeds a ceiling, and PostgreSQL knew of each ceiling before it
 *            was raised: so admitted never exceeds the quota, on any number of nodes, whatever dies
 *            when. The purse's one word is the only truth about what was spent: a process that is
 *            killed between any two instructions loses nothing but the cost of the request that
 *            died with it.
 * Memory     a file in the run folder (limits/quota_memory), so that also a node that was killed
 *            with all its processes returns to the last unit what it had not spent.
 * Full       an account that finds no place waits, until the accountant has returned the purse of
 *            the one that was longest not asked for: nobody is let in uncounted, nobody is refused
 *            for what others do. Places: 16384, of which 16 may be an account's.
 * Retries    a request that a dying worker leaves is given to another one by nginx; with the same
 *            `request` (a hash of its id) it is not charged again.
 * Limits     come with each request, from the plan of its key. A higher one than before goes on
 *            with the same count; under a lower one nothing is spent that was leased under the
 *            higher: a worker waits until it is leased anew, or refuses when the count is above.
 *            Keys of one account may have different limits; the count is one.
 * Units      what routes cost, at most 2^40 a window; microseconds of bf_clock_boot_us (now) and
 *            since 1970 (reset).
 *
 *     struct bf_quota_ask ask = {sub, {{1000, 20000}}, .cost = 1, .request = id};
 *     if (bf_quota_take_patiently(quotas, &ask, 250 * 1000, &v) == BF_QUOTA_REFUSED)
 *         refuse until v.of[v.by].reset_us
 */
#ifndef BF_LIMITS_QUOTA_H
#define BF_LIMITS_QUOTA_H

#include "core/str.h"

struct bf_quotas;

enum bf_quota_window { BF_QUOTA_DAY, BF_QUOTA_MONTH, BF_QUOTA_WINDOWS };
const char *bf_quota_window_name(enum bf_quota_window window); /* "day", "month" */

enum { BF_QUOTA_NAME = 64 }; /* bytes of an account's name; a longer one is never admitted */

struct bf_quota_ask {
    struct bf_str account;
    int64_t limits[BF_QUOTA_WINDOWS]; /* 0: none */
    int64_t cost;
    uint64_t request; /* 0: never the same as another one */
};

enum bf_quota_answer {
    BF_QUOTA_ADMITTED,
    BF_QUOTA_REFUSED, /* used up, or less is left than it costs */
    BF_QUOTA_WAIT     /* the accountant was told: ask again in a moment */
};

struct bf_quota_count {
    int64_t limit;     /* 0: this window has none; the rest is 0, too */
    int64_t used;      /* as this node knows it; what other nodes hold counts as used */
    int64_t remaining; /* of the limit */
    int64_t reset_us;  /* end of the window, since 1970; 0: not known yet */
};

/* What was taken from where. */
struct bf_quota_ticket {
    uint64_t key, request;
    uint32_t place;
    int64_t cost;
    int64_t starts[BF_QUOTA_WINDOWS]; /* 0: nothing was taken */
};

struct bf_quota_verdict {
    enum bf_quota_answer answer;
    enum bf_quota_window by; /* that refused, or is waited for */
    bool away;               /* WAIT: the database is not heard, it is no use to wait */
    bool repeated;           /* ADMITTED: the request was charged before */
    struct bf_quota_count of[BF_QUOTA_WINDOWS];
    struct bf_quota_ticket ticket;
};

/* Takes the cost from all windows that have a limit, or from none. quotas NULL: admitted. */
enum bf_quota_answer bf_quota_take(struct bf_quotas *quotas, const struct bf_quota_ask *ask,
                                   int64_t now_us, struct bf_quota_verdict *verdict);

/* The same; while the answer is WAIT it asks again, for most_us or until the database is known to
 * be away. Usually a new account waits for one round trip to PostgreSQL. */
enum bf_quota_answer bf_quota_take_patiently(struct bf_quotas *quotas,
                                             const struct bf_quota_ask *ask, int64_t most_us,
                                             struct bf_quota_verdict *verdict);

/* The answer cost nothing after all (or less: `cost` of it comes back). Once for a verdict that was
 * ADMITTED; worth nothing when the window has ended. The verdict's counts follow. */
void bf_quota_give_back(struct bf_quotas *quotas, struct bf_quota_verdict *verdict, int64_t cost);

#endif
