/*
 * api/allowance: what a caller without a key may still ask.
 *
 * Purpose    anonymous use is free for ever, so it has to be fair: every address has an allowance
 *            of its own (anonymous_rate a minute, anonymous_burst at once), and all addresses
 *            together have one (anonymous_total_rate, anonymous_total_burst), so that many crawlers
 *            do not take the whole server. Exact over all workers of the node (limits/rate).
 * Free       a 304 (it is given back), OPTIONS, the routes of operation (BF_ROUTE_QUIET), requests
 *            with a good key, requests from this machine (limits/caller).
 * Answers    RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10) on answers
 *            that were counted, in policies "address" and "anonymous"; the contract's X-RateLimit-*
 *            (6.2) of the address on 200. Beyond: 429, Retry-After in
 *            whole seconds, rounded up; on the Explore addresses and v1.0 the contract's envelope
 *            of quotas (6.3), elsewhere problem+json.
 */
#ifndef BF_API_ALLOWANCE_H
#define BF_API_ALLOWANCE_H

#include "core/conf.h"
#include "limits/rate.h"

struct bf_request;

enum bf_allowance_rule { BF_ALLOWANCE_ADDRESS, BF_ALLOWANCE_ANONYMOUS, BF_ALLOWANCE_RULES };

/* Of the node: what the settings say. */
struct bf_allowances {
    struct bf_rates *rates; /* NULL: nobody is limited */
    struct bf_rate rate[BF_ALLOWANCE_RULES];
    uint64_t who_all;
};

/* Of one request. */
struct bf_allowance {
    bool counted;
    bool taken[BF_ALLOWANCE_RULES];
    uint64_t who[BF_ALLOWANCE_RULES];
    struct bf_rate_verdict verdict[BF_ALLOWANCE_RULES];
    enum bf_allowance_rule refused_by;
};

struct bf_allowances bf_allowances_of(const struct bf_conf *conf, struct bf_rates *rates);

/* false: r->err is RATE. */
bool bf_allowance_take(struct bf_request *r);
/* The answer cost nothing after all. */
void bf_allowance_give_back(struct bf_request *r);

void bf_allowance_headers(struct bf_request *r);
/* The contract's envelope for r->err, when that is RATE: true. */
bool bf_allowance_envelope(struct bf_request *r);

#endif
