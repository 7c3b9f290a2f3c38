/*
 * limits/quota_view: what the purses of a node look like, for `beffroi status` and /metrics.
 *
 * Read while others write: each figure is true, two of them may be of different moments.
 */
#ifndef BF_LIMITS_QUOTA_VIEW_H
#define BF_LIMITS_QUOTA_VIEW_H

#include "limits/quota.h"

struct bf_quota_facts {
    const char *node;
    bool hearing;      /* the accountant is there and hears the database */
    uint64_t accounts; /* that have a place */
    uint64_t leases;
    int64_t held; /* units leased and not spent */
    uint64_t takes, announces, returns, evictions, failures;
};

struct bf_quota_holding {
    char account[BF_QUOTA_NAME + 1];
    enum bf_quota_window window;
    int64_t limit, used, held, reset_us; /* reset: since 1970 */
};

void bf_quota_facts(const struct bf_quotas *q, int64_t now_us, struct bf_quota_facts *out);

/* The leases of accounts that have used at least so many percent of their quota, the fullest first;
 * how many there are, of which `most` are written. */
size_t bf_quota_nearest(const struct bf_quotas *q, int percent, struct bf_quota_holding *out,
                        size_t most);

#endif
