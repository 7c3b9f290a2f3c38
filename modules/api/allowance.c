#include "api/allowance.h"

#include "api/price.h"
#include "api/request.h"
#include "core/clock.h"
#include "limits/caller.h"
#include "value/instant.h"

#include <stdio.h>
#include <string.h>

enum {
    SECOND_US = 1000000,
    MINUTE_S = 60,
    SCAN_PAGE_US = 30 * SECOND_US,
    EXPORT_AGAIN_S = 5,
    KEY_BURST_S = 10
};

#define CHEAPER                                                                              \
    " What did not change costs nothing (If-None-Match), and a whole dataset is one answer " \
    "(exports), cheaper than its pages."

static const struct bf_rate scan_rate = {.interval_us = SCAN_PAGE_US, .burst = BF_SCAN_PAGES};

struct bf_allowances bf_allowances_of(const struct bf_conf *conf, struct bf_rates *rates,
                                      struct bf_quotas *quotas, struct bf_seats *seats,
                                      uint32_t seat)
{
    struct bf_allowances of = {.rates = rates,
                               .quotas = quotas,
                               .seats = seats,
                               .seat = seat,
                               .exports = conf->anonymous_exports};
    of.address = bf_rate_of(conf->anonymous_rate, conf->anonymous_burst);
    of.anonymous = bf_rate_of(conf->anonymous_total_rate, conf->anonymous_total_burst);
    if (rates)
        of.who_all = bf_rates_who(rates, "anonymous", sizeof "anonymous");
    return of;
}

/* ---- who pays ---- */

/* The first byte tells what it is, so that no text is taken for an address (limits/caller). */
static uint64_t who_is(const struct bf_request *r, char kind, struct bf_str name)
{
    unsigned char bytes[1 + 128];
    size_t n = name.n < sizeof bytes - 1 ? name.n : sizeof bytes - 1;
    bytes[0] = (unsigned char)kind;
    if (n)
        memcpy(bytes + 1, name.p, n);
    return bf_rates_who(r->allowances.rates, bytes, n + 1);
}

/* The allowance of a key with that rate, which those narrowed from it use up as well. */
static struct bf_rule rule_of_key(const struct bf_request *r, struct bf_str jti, int64_t rate)
{
    int64_t burst = (rate * KEY_BURST_S + MINUTE_S - 1) / MINUTE_S;
    return (struct bf_rule){.rate = bf_rate_of(rate, burst), .who = who_is(r, 'j', jti)};
}

static void find_family(struct bf_request *r)
{
    const struct bf_narrowing *n = &r->claims.narrow;
    struct bf_rule *rules = r->allowance.rules;
    if (bf_narrowing_has_own_rate(n))
        rules[BF_ALLOWANCE_KEY] = rule_of_key(r, r->claims.jti, n->rate);
    for (size_t i = 0; i < n->nshares; i++)
        rules[BF_ALLOWANCE_FAMILY + i] = rule_of_key(r, n->shares[i].jti, n->shares[i].rate);
}

/* Whom the rates of the plan are for: the partner with all his keys, or this very key. */
static uint64_t who_has(const struct bf_request *r, char partner, char key)
{
    return r->plan->each_key ? who_is(r, key, r->claims.jti) : who_is(r, partner, r->claims.sub);
}

static void find_partner(struct bf_request *r)
{
    struct bf_allowance *a = &r->allowance;
    r->plan = bf_planbook_find(r->plans, r->arena, r->claims.plan);
    a->payer = who_has(r, 's', 'k');
    a->exports = r->plan->exports;
    a->rules[BF_ALLOWANCE_PLAN] =
        (struct bf_rule){.rate = bf_rate_of(r->plan->rate, r->plan->burst), .who = a->payer};
    find_family(r);
    if (r->route && r->route->flags & BF_ROUTE_PUSH)
        a->rules[BF_ALLOWANCE_PUSH_ROWS] = (struct bf_rule){
            .rate = bf_rate_of(r->plan->push_rows * MINUTE_S, r->plan->push_rows * MINUTE_S),
            .who = who_has(r, 'p', 'q')};
    a->has_quota = r->allowances.quotas && (r->plan->day || r->plan->month);
}

static bool find_address(struct bf_request *r)
{
    unsigned char caller[BF_CALLER_BYTES];
    struct bf_allowance *a = &r->allowance;
    if (bf_caller_read(r->http.remote_addr, caller) != BF_CALLER_ADDRESS)
        return false;
    a->payer = bf_rates_who(r->allowances.rates, caller, sizeof caller);
    a->exports = r->allowances.exports;
    a->rules[BF_ALLOWANCE_ADDRESS] =
        (struct bf_rule){.rate = r->allowances.address, .who = a->payer};
    a->rules[BF_ALLOWANCE_ANONYMOUS] =
        (struct bf_rule){.rate = r->allowances.anonymous, .who = r->allowances.who_all};
    return true;
}

static void find_payer(struct bf_request *r)
{
    struct bf_allowance *a = &r->allowance;
    if (a->known)
        return;
    a->known = true;
    if (!r->allowances.rates ||
        (r->route && r->route->flags & (BF_ROUTE_QUIET | BF_ROUTE_UNCHARGED)))
        return;
    a->counted = r->has_key || find_address(r);
    if (r->has_key)
        find_partner(r);
}

/* ---- refusing ---- */

static bool refuse(struct bf_request *r, enum bf_allowance_rule rule, int64_t cost)
{
    const struct bf_rule *of = &r->allowance.rules[rule];
    int64_t wait_us = of->verdict.wait_us;
    const char *what = rule == BF_ALLOWANCE_PUSH_ROWS ? "rows" : "units";
    char who[160];
    r->allowance.refused = (struct bf_excess){.rule = bf_allowance_rule_name(rule),
                                              .unit = "minute",
                                              .limit = 60LL * SECOND_US / of->rate.interval_us,
                                              .remaining = of->verdict.remaining,
                                              .reset_us = bf_clock_wall_us() + wait_us};
    if (rule == BF_ALLOWANCE_KEY)
        snprintf(who, sizeof who, "This key, with those made of it,");
    else if (rule >= BF_ALLOWANCE_FAMILY && rule < BF_ALLOWANCE_FAMILY_END)
        snprintf(who, sizeof who,
                 "A key that this one was made of, with all that were made of it,");
    else if (r->has_key)
        snprintf(who, sizeof who, "With the plan %.*s %s", BF_STR_ARG(r->plan->id),
                 r->plan->each_key ? "each key" : "a partner");
    else
        snprintf(who, sizeof who, "Without a key, %s",
                 rule == BF_ALLOWANCE_ADDRESS ? "one address" : "all addresses together");
    BF_FAIL_WITH(&r->err, BF_E_RATE,
                 "%s may have %lld %s at once and one more every %g ms; this request costs %lld: "
                 "again in %lld ms.%s",
                 who, (long long)of->rate.burst, what, (double)of->rate.interval_us / 1000,
                 (long long)cost, (long long)((wait_us + 999) / 1000),
                 rule == BF_ALLOWANCE_PUSH_ROWS ? " Nothing was written." : CHEAPER);
    r->err.retry_after_s = (int)bf_clock_seconds_up(wait_us);
    return false;
}

static bool refuse_quota(struct bf_request *r)
{
    const char *window = bf_quota_window_name(r->allowance.quota.by);
    const struct bf_quota_count *count = &r->allowance.quota.of[r->allowance.quota.by];
    int64_t wait_us = count->reset_us - bf_clock_wall_us();
    r->allowance.refused = (struct bf_excess){.rule = window,
                                              .unit = window,
                                              .limit = count->limit,
                                              .remaining = count->remaining,
                                              .reset_us = count->reset_us};
    BF_FAIL_WITH(&r->err, BF_E_QUOTA,
                 "The plan %.*s grants %lld units a %s, of which %lld are left; this request costs "
                 "%lld." CHEAPER,
                 BF_STR_ARG(r->plan->id), (long long)count->limit, window,
                 (long long)count->remaining, (long long)r->allowance.cost);
    r->err.retry_after_s = wait_us > 0 ? (int)bf_clock_seconds_up(wait_us) : 1;
    return false;
}

static bool refuse_export(struct bf_request *r)
{
    int64_t most = r->allowance.exports;
    r->allowance.refused =
        (struct bf_excess){.rule = "exports",
                           .unit = "concurrent",
                           .limit = most,
                           .reset_us = bf_clock_wall_us() + EXPORT_AGAIN_S * SECOND_US};
    BF_FAIL_WITH(&r->err, BF_E_RATE,
                 "%lld export%s at the same time %s all that you may have: wait until one has "
                 "ended. What did not change costs nothing (If-None-Match).",
                 (long long)most, most == 1 ? "" : "s", most == 1 ? "is" : "are");
    r->err.retry_after_s = EXPORT_AGAIN_S;
    return false;
}

/* ---- taking ---- */

bool bf_allowance_look(struct bf_request *r)
{
    find_payer(r);
    for (int rule = 0; r->allowance.counted && rule < BF_ALLOWANCE_RULES; rule++) {
        struct bf_rule *of = &r->allowance.rules[rule];
        if (of->rate.interval_us == 0)
            continue;
        bf_rates_look(r->allowances.rates, of->who, &of->rate, BF_PRICE_LEAST, r->started_us,
                      &of->verdict);
        if (!of->verdict.admitted)
            return refuse(r, (enum bf_allowance_rule)rule, BF_PRICE_LEAST);
        of->verdict.full_us -= of->rate.interval_us; /* nothing was taken yet */
        of->verdict.remaining++;
    }
    return true;
}

/* The pages of one dataset that one caller reads one after the other. */
static uint64_t scanned(const struct bf_request *r)
{
    unsigned char bytes[sizeof r->allowance.payer + BF_DIGEST_BYTES];
    memcpy(bytes, &r->allowance.payer, sizeof r->allowance.payer);
    memcpy(bytes + sizeof r->allowance.payer, r->dataset->digest, BF_DIGEST_BYTES);
    return bf_rates_who(r->allowances.rates, bytes, sizeof bytes);
}

static bool is_scan(struct bf_request *r)
{
    struct bf_rate_verdict verdict;
    if (!bf_price_is_next_page(r))
        return false;
    if (r->http.dry_run)
        bf_rates_look(r->allowances.rates, scanned(r), &scan_rate, 1, r->started_us, &verdict);
    else
        bf_rates_take(r->allowances.rates, scanned(r), &scan_rate, 1, r->started_us, &verdict);
    return !verdict.admitted;
}

static bool take(struct bf_request *r, enum bf_allowance_rule rule, bool again)
{
    struct bf_rates *rates = r->allowances.rates;
    struct bf_rule *of = &r->allowance.rules[rule];
    int64_t cost = r->allowance.cost;
    if (of->rate.interval_us == 0 || rule == BF_ALLOWANCE_PUSH_ROWS)
        return true;
    if (again)
        bf_rates_look(rates, of->who, &of->rate, 0, r->started_us, &of->verdict);
    else if (!bf_rates_take(rates, of->who, &of->rate, cost, r->started_us, &of->verdict))
        return refuse(r, rule, cost);
    of->taken = cost;
    return true;
}

static bool take_quota(struct bf_request *r, uint64_t id)
{
    struct bf_allowance *a = &r->allowance;
    const struct bf_quota_ask ask = {.account = r->claims.sub,
                                     .limits = {r->plan->day, r->plan->month},
                                     .cost = a->cost,
                                     .request = id};
    switch (bf_quota_take_patiently(r->allowances.quotas, &ask, r->conf->quota_wait_ms * 1000,
                                    &a->quota)) {
    case BF_QUOTA_ADMITTED:
        a->quota_taken = true;
        return true;
    case BF_QUOTA_REFUSED:
        return refuse_quota(r);
    case BF_QUOTA_WAIT:
    default:
        BF_FAIL_WITH(&r->err, BF_E_UNAVAILABLE,
                     "Your quota cannot be counted at the moment: please ask again in a second.");
        r->err.retry_after_s = 1;
        return false;
    }
}

static bool take_units(struct bf_request *r, uint64_t id)
{
    bool again = bf_rates_was_charged(r->allowances.rates, id);
    for (int rule = 0; rule < BF_ALLOWANCE_RULES; rule++)
        if (!take(r, (enum bf_allowance_rule)rule, again))
            return false;
    bf_rates_charged(r->allowances.rates, id);
    return !r->allowance.has_quota || take_quota(r, id);
}

static bool take_seat(struct bf_request *r, uint64_t id)
{
    const struct bf_allowances *of = &r->allowances;
    struct bf_allowance *a = &r->allowance;
    if (!of->seats || !a->exports || !r->route || !(r->route->flags & BF_ROUTE_EXPORT) || a->failed)
        return true;
    a->seated = bf_seats_take(of->seats, of->seat, a->payer, id, a->exports);
    return a->seated || refuse_export(r);
}

bool bf_allowance_take(struct bf_request *r)
{
    struct bf_allowance *a = &r->allowance;
    uint64_t id = r->http.id.n ? bf_str_hash(r->http.id) : 0;
    find_payer(r);
    a->cost = bf_price_of(r);
    a->scan = a->counted && is_scan(r);
    a->cost *= a->scan ? BF_PRICE_SCAN : 1;
    if (!a->counted || r->http.dry_run)
        return true;
    a->charged = take_seat(r, id) && take_units(r, id);
    if (!a->charged)
        bf_allowance_give_back(r, 0); /* refused by one rule, paid by none */
    return a->charged;
}

bool bf_allowance_push(struct bf_request *r, int64_t rows)
{
    struct bf_rule *of = &r->allowance.rules[BF_ALLOWANCE_PUSH_ROWS];
    if (!r->allowance.counted || of->rate.interval_us == 0)
        return true;
    if (!bf_rates_take(r->allowances.rates, of->who, &of->rate, rows, r->started_us, &of->verdict))
        return refuse(r, BF_ALLOWANCE_PUSH_ROWS, rows);
    of->taken = rows;
    return true;
}

/* ---- giving back ---- */

static void give_back_rows(struct bf_request *r)
{
    struct bf_rule *of = &r->allowance.rules[BF_ALLOWANCE_PUSH_ROWS];
    if (of->taken)
        bf_rates_give_back(r->allowances.rates, of->who, &of->rate, of->taken, r->started_us);
    of->taken = 0;
}

void bf_allowance_give_back(struct bf_request *r, int64_t keep)
{
    struct bf_allowance *a = &r->allowance;
    if (keep == 0)
        give_back_rows(r);
    for (int rule = 0; rule < BF_ALLOWANCE_PUSH_ROWS; rule++) {
        struct bf_rule *of = &a->rules[rule];
        int64_t back = of->taken - keep;
        if (back <= 0)
            continue;
        bf_rates_give_back(r->allowances.rates, of->who, &of->rate, back, r->started_us);
        of->taken = keep;
        bf_rates_look(r->allowances.rates, of->who, &of->rate, 0, r->started_us, &of->verdict);
    }
    if (a->quota_taken && keep < a->cost) {
        bf_quota_give_back(r->allowances.quotas, &a->quota, a->cost - keep);
        a->quota_taken = false;
    }
    if (a->charged && keep < a->cost)
        a->cost = keep;
}

void bf_allowance_end(struct bf_request *r)
{
    if (r->allowance.charged)
        bf_allowance_give_back(r, bf_price_in_the_end(r, r->allowance.cost));
    if (r->allowance.seated)
        bf_seats_leave(r->allowances.seats, r->allowances.seat);
    r->allowance.seated = false;
}
