#include "api/allowance.h"

#include "api/price.h"
#include "api/request.h"
#include "core/clock.h"
#include "limits/caller.h"
#include "value/instant.h"

#include <string.h>

enum { SECOND_US = 1000000, SCAN_PAGE_US = 30 * SECOND_US };

static const struct bf_rate scan_rate = {.interval_us = SCAN_PAGE_US, .burst = BF_SCAN_PAGES};

struct bf_allowances bf_allowances_of(const struct bf_conf *conf, struct bf_rates *rates)
{
    struct bf_allowances of = {.rates = rates};
    of.rate[BF_ALLOWANCE_ADDRESS] = bf_rate_of(conf->anonymous_rate, conf->anonymous_burst);
    of.rate[BF_ALLOWANCE_ANONYMOUS] =
        bf_rate_of(conf->anonymous_total_rate, conf->anonymous_total_burst);
    if (rates)
        of.who_all = bf_rates_who(rates, "anonymous", sizeof "anonymous");
    return of;
}

static const char *name_of(enum bf_allowance_rule rule)
{
    static const char *const names[] = {
        [BF_ALLOWANCE_ADDRESS] = "address", [BF_ALLOWANCE_ANONYMOUS] = "anonymous"};
    return names[rule];
}

static int64_t up_to_seconds(int64_t us)
{
    return (us + SECOND_US - 1) / SECOND_US;
}

/* ---- who pays ---- */

static void put_rule(struct bf_request *r, enum bf_allowance_rule rule, uint64_t who)
{
    r->allowance.rules[rule] = (struct bf_rule){.rate = r->allowances.rate[rule], .who = who};
}

static void find_payer(struct bf_request *r)
{
    unsigned char caller[BF_CALLER_BYTES];
    struct bf_allowance *a = &r->allowance;
    if (a->known)
        return;
    a->known = true;
    if (!r->allowances.rates || r->has_key || (r->route && r->route->flags & BF_ROUTE_QUIET) ||
        bf_caller_read(r->http.remote_addr, caller) != BF_CALLER_ADDRESS)
        return;
    a->counted = true;
    a->payer = bf_rates_who(r->allowances.rates, caller, sizeof caller);
    put_rule(r, BF_ALLOWANCE_ADDRESS, a->payer);
    put_rule(r, BF_ALLOWANCE_ANONYMOUS, r->allowances.who_all);
}

/* ---- taking ---- */

static bool refuse(struct bf_request *r, enum bf_allowance_rule rule, int64_t cost)
{
    const struct bf_rate *rate = &r->allowance.rules[rule].rate;
    int64_t wait_us = r->allowance.rules[rule].verdict.wait_us;
    r->allowance.refused_by = rule;
    BF_FAIL_WITH(&r->err, BF_E_RATE,
                 "Without a key, %s may ask for %lld units at once and for one more every %g ms; "
                 "this request costs %lld: again in %lld ms. What did not change costs nothing "
                 "(If-None-Match), and a whole dataset is one answer (exports), cheaper than its "
                 "pages.",
                 rule == BF_ALLOWANCE_ADDRESS ? "one address" : "all addresses together",
                 (long long)rate->burst, (double)rate->interval_us / 1000, (long long)cost,
                 (long long)((wait_us + 999) / 1000));
    r->err.retry_after_s = (int)up_to_seconds(wait_us);
    return false;
}

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
    if (of->rate.interval_us == 0)
        return true;
    if (again)
        bf_rates_look(rates, of->who, &of->rate, 0, r->started_us, &of->verdict);
    else if (!bf_rates_take(rates, of->who, &of->rate, cost, r->started_us, &of->verdict))
        return refuse(r, rule, cost);
    of->taken = cost;
    return true;
}

static bool take_all(struct bf_request *r)
{
    uint64_t id = r->http.id.n ? bf_str_hash(r->http.id) : 0;
    bool again = bf_rates_was_charged(r->allowances.rates, id);
    for (int rule = 0; rule < BF_ALLOWANCE_RULES; rule++)
        if (!take(r, (enum bf_allowance_rule)rule, again)) {
            bf_allowance_give_back(r, 0); /* refused for what others asked, perhaps */
            return false;
        }
    bf_rates_charged(r->allowances.rates, id);
    return true;
}

bool bf_allowance_take(struct bf_request *r)
{
    struct bf_allowance *a = &r->allowance;
    find_payer(r);
    a->cost = bf_price_of(r);
    a->scan = a->counted && is_scan(r);
    a->cost *= a->scan ? BF_PRICE_SCAN : 1;
    if (!a->counted || r->http.dry_run)
        return true;
    a->charged = take_all(r);
    return a->charged;
}

void bf_allowance_give_back(struct bf_request *r, int64_t keep)
{
    for (int rule = 0; rule < BF_ALLOWANCE_RULES; rule++) {
        struct bf_rule *of = &r->allowance.rules[rule];
        int64_t back = of->taken - keep;
        if (back <= 0)
            continue;
        bf_rates_give_back(r->allowances.rates, of->who, &of->rate, back, r->started_us);
        of->taken = keep;
        bf_rates_look(r->allowances.rates, of->who, &of->rate, 0, r->started_us, &of->verdict);
    }
    if (keep < r->allowance.cost && r->allowance.charged)
        r->allowance.cost = keep;
}

/* ---- answering ---- */

/* As a structured list: one member per rule that is in force. */
static void list(struct bf_request *r, const char *name,
                 void (*print)(struct bf_buf *, const struct bf_rule *))
{
    struct bf_buf *head = &r->response.head;
    const char *before = ": ";
    bf_buf_text(head, name);
    for (int rule = 0; rule < BF_ALLOWANCE_RULES; rule++) {
        const struct bf_rule *of = &r->allowance.rules[rule];
        if (of->rate.interval_us == 0)
            continue;
        bf_buf_printf(head, "%s\"%s\"", before, name_of((enum bf_allowance_rule)rule));
        print(head, of);
        before = ", ";
    }
    bf_buf_text(head, "\r\n");
}

static void policy(struct bf_buf *head, const struct bf_rule *rule)
{
    bf_buf_text(head, ";q=");
    bf_buf_i64(head, rule->rate.burst);
    bf_buf_text(head, ";w=");
    bf_buf_i64(head, up_to_seconds(rule->rate.burst * rule->rate.interval_us));
}

static void state(struct bf_buf *head, const struct bf_rule *rule)
{
    bf_buf_text(head, ";r=");
    bf_buf_i64(head, rule->verdict.remaining);
    bf_buf_text(head, ";t=");
    bf_buf_i64(head, up_to_seconds(rule->verdict.full_us));
}

/* The rule of which least is left; NULL: none is in force. */
static const struct bf_rule *tightest(const struct bf_request *r)
{
    const struct bf_rule *found = NULL;
    for (int rule = 0; rule < BF_ALLOWANCE_RULES; rule++) {
        const struct bf_rule *of = &r->allowance.rules[rule];
        if (of->rate.interval_us && (!found || of->verdict.remaining < found->verdict.remaining))
            found = of;
    }
    return found;
}

/* The contract's fields (6.2) know one limit, and its end as a text. */
static void contract(struct bf_request *r, const struct bf_rule *rule)
{
    char reset[BF_INSTANT_TEXT];
    int64_t full = up_to_seconds(bf_clock_wall_us() + rule->verdict.full_us) * SECOND_US;
    size_t n = bf_instant_format(reset, full, bf_zone_utc());
    reset[10] = ' '; /* for the T */
    bf_response_header_f(&r->response, "X-RateLimit-Limit", "%lld", (long long)rule->rate.burst);
    bf_response_header_f(&r->response, "X-RateLimit-Remaining", "%lld",
                         (long long)rule->verdict.remaining);
    bf_response_header(&r->response, "X-RateLimit-Reset", (struct bf_str){reset, n});
}

static void link_to_export(struct bf_request *r)
{
    bf_response_header_f(&r->response, "Link",
                         "<%s/api/explore/v2.1/catalog/datasets/%.*s/exports/jsonl>; "
                         "rel=\"alternate\"; type=\"application/jsonl\"; title=\"export\"",
                         r->conf->base_url, BF_STR_ARG(r->dataset->manifest->id));
}

void bf_allowance_headers(struct bf_request *r)
{
    const struct bf_allowance *a = &r->allowance;
    if (a->cost && (a->counted || r->http.dry_run))
        bf_response_header_f(&r->response, "X-Beffroi-Cost", "%lld", (long long)a->cost);
    const struct bf_rule *rule = a->counted ? tightest(r) : NULL;
    if (!rule)
        return;
    list(r, "RateLimit-Policy", policy);
    list(r, "RateLimit", state);
    if (r->response.status == 200)
        contract(r, rule);
    if (a->scan)
        link_to_export(r);
}

bool bf_allowance_envelope(struct bf_request *r)
{
    if (r->err.code != BF_E_RATE)
        return false;
    const struct bf_rule *rule = &r->allowance.rules[r->allowance.refused_by];
    struct bf_buf *b = &r->response.body;
    bf_buf_text(b, "{\"errorcode\": 10005, \"reset_time\": \"");
    bf_instant_print_utc_z(b, bf_clock_wall_us() + rule->verdict.wait_us);
    bf_buf_printf(b,
                  "\", \"limit_time_unit\": \"minute\", \"call_limit\": %lld, \"error\": "
                  "\"You have exceeded the requests limit for anonymous users.\", "
                  "\"rule\": \"%s\", \"remaining\": %lld, \"message\": ",
                  (long long)(60LL * SECOND_US / rule->rate.interval_us),
                  name_of(r->allowance.refused_by), (long long)rule->verdict.remaining);
    bf_buf_json(b, bf_str_of(r->err.message));
    bf_buf_text(b, "}");
    return true;
}

void bf_allowance_problem(const struct bf_request *r, struct bf_buf *out)
{
    if (r->err.code == BF_E_RATE)
        bf_buf_printf(out, ",\"violated-policies\":[\"%s\"]", name_of(r->allowance.refused_by));
}
