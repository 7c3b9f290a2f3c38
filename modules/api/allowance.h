/*
 * api/allowance: who pays for a request, how much he may ask, and what he is told of it.
 *
 * Who        a key: the partner (`sub`) by the rate and the quotas of his plan (catalog.plan), or
 *            each key by the rate and the partner by the quotas, when the plan says so; and the
 *            key itself when it has a rate of its own, with all that were narrowed from it:
 *            these are charged to themselves and to each key above them that has a rate of its own
 *            (the rules `family`). Nobody's key: anonymous use is free for
 *            ever, so it has to be fair: every address has an allowance of its own (anonymous_rate
 *            a minute, anonymous_burst at once), and all addresses together have one
 *            (anonymous_total_rate, anonymous_total_burst), so that many crawlers do not take the
 *            whole server. A key that is none pays as its address. Rates are exact over all workers
 *            of the node (limits/rate), quotas over all nodes (limits/quota).
 * Price      what a request costs is told by api/price, taken after the query was checked and
 *            before anything is executed, from all rules or from none. Whoever has not even one
 *            unit left is refused before anything is parsed. A mistake costs one.
 * Exports    of one caller at the same time (limits/seats): those of his plan, or
 *            anonymous_exports.
 * Pushes     cost a unit, and their rows are charged to the plan's rows a second when the batch was
 *            read and before it is committed: a minute's rows at once. Refused, nothing is written.
 * Scans      whoever reads a dataset page by page (offset, cursor) has BF_SCAN_PAGES of its pages
 *            at once and one more every half minute; beyond, a page costs him four times as much
 *            and names the export in a Link. Nobody else pays for it.
 * Free       a 304, which is given when a quota is used up, too, and an error of ours (given back;
 *            a query that took too long is not one of ours), what an export had fewer rows than it
 *            might have had, OPTIONS, the routes of operation (BF_ROUTE_QUIET), those that have
 *            limits of their own (BF_ROUTE_UNCHARGED), a dry run, requests without a key from this
 *            machine (limits/caller). A request whose worker died is not charged a second time when
 *            nginx gives it to another one.
 * Dry run    `X-Beffroi-Dry-Run: 1`: 204 with X-Beffroi-Cost and the fields below, nothing
 *            executed.
 * Answers    X-Beffroi-Cost (of an export: at most), RateLimit and RateLimit-Policy
 *            (draft-ietf-httpapi-ratelimit-headers-10) on answers that were counted, one item for
 *            each rule; the contract's X-RateLimit-* (6.2) of the quota, or of the tightest rule
 *            without one, on 200. Beyond: 429, Retry-After in whole seconds, rounded up; on the
 *            Explore addresses and v1.0 the contract's envelope of quotas (6.3), elsewhere
 *            problem+json with violated-policies. A quota that cannot be counted because the
 *            database is away and nothing of it is left on this node: 503.
 */
#ifndef BF_API_ALLOWANCE_H
#define BF_API_ALLOWANCE_H

#include "auth/narrow.h"
#include "core/buf.h"
#include "core/conf.h"
#include "limits/quota.h"
#include "limits/rate.h"
#include "limits/seats.h"

struct bf_request;

enum { BF_SCAN_PAGES = 30 };

enum bf_allowance_rule {
    BF_ALLOWANCE_ADDRESS,
    BF_ALLOWANCE_ANONYMOUS,
    BF_ALLOWANCE_PLAN,
    BF_ALLOWANCE_KEY,
    BF_ALLOWANCE_FAMILY, /* of the keys that it was narrowed from, each its own rule */
    BF_ALLOWANCE_FAMILY_END = BF_ALLOWANCE_FAMILY + BF_KEY_SHARES,
    BF_ALLOWANCE_PUSH_ROWS = BF_ALLOWANCE_FAMILY_END,
    BF_ALLOWANCE_RULES
};

/* Of the node: what the settings say, and what its workers share. */
struct bf_allowances {
    struct bf_rates *rates;   /* NULL: nobody is limited */
    struct bf_quotas *quotas; /* NULL: nobody has one */
    struct bf_seats *seats;   /* NULL: exports are not counted */
    uint32_t seat;            /* of this worker */
    struct bf_rate address, anonymous;
    int64_t exports; /* of an address */
    uint64_t who_all;
};

/* A rule as it is for this request. */
struct bf_rule {
    struct bf_rate rate; /* interval 0: not in force */
    uint64_t who;
    int64_t taken;
    struct bf_rate_verdict verdict;
};

/* Why it was refused: for the answer. */
struct bf_excess {
    const char *rule, *unit; /* "plan", "minute" */
    int64_t limit, remaining;
    int64_t reset_us; /* since 1970 */
};

/* Of one request. */
struct bf_allowance {
    bool known;   /* who pays was found out */
    bool counted; /* somebody pays */
    bool charged; /* and did */
    bool scan;    /* one page too many of one dataset */
    bool seated;  /* an export that counts */
    bool spent;   /* the quota refused it: only a 304 may be answered */
    bool failed;  /* it is a mistake that is paid for, whatever it asked */
    int64_t cost;
    int64_t exports; /* that he may have at once; 0: any */
    uint64_t payer;
    struct bf_rule rules[BF_ALLOWANCE_RULES];
    bool has_quota, quota_taken;
    struct bf_quota_verdict quota;
    struct bf_excess refused;
};

struct bf_allowances bf_allowances_of(const struct bf_conf *conf, struct bf_rates *rates,
                                      struct bf_quotas *quotas, struct bf_seats *seats,
                                      uint32_t seat);

/* Whether he may ask at all. false: r->err is RATE. */
bool bf_allowance_look(struct bf_request *r);
/* The price. false: r->err is RATE, QUOTA or UNAVAILABLE. */
bool bf_allowance_take(struct bf_request *r);
/* The rows of a push. false: r->err is RATE. */
bool bf_allowance_push(struct bf_request *r, int64_t rows);
/* All but `keep` units, when it cost less after all. */
void bf_allowance_give_back(struct bf_request *r, int64_t keep);
/* The request is over: its seat is free. */
void bf_allowance_end(struct bf_request *r);

/* "address", as answers name it. */
const char *bf_allowance_rule_name(enum bf_allowance_rule rule);

void bf_allowance_headers(struct bf_request *r);
/* The contract's envelope for r->err, when that is RATE or QUOTA: true. */
bool bf_allowance_envelope(struct bf_request *r);
/* More members of a problem, `,"name":value`, when it is. */
void bf_allowance_problem(const struct bf_request *r, struct bf_buf *out);

#endif
