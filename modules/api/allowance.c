#include "api/allowance.h"

#include "api/request.h"
#include "core/clock.h"
#include "limits/caller.h"
#include "value/instant.h"

enum { SECOND_US = 1000000 };

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
    return rule == BF_ALLOWANCE_ADDRESS ? "address" : "anonymous";
}

static int64_t up_to_seconds(int64_t us)
{
    return (us + SECOND_US - 1) / SECOND_US;
}

/* ---- taking ---- */

static bool refuse(struct bf_request *r, enum bf_allowance_rule rule)
{
    const struct bf_rate *rate = &r->allowances.rate[rule];
    int64_t wait_us = r->allowance.verdict[rule].wait_us;
    r->allowance.refused_by = rule;
    BF_FAIL_WITH(&r->err, BF_E_RATE,
                 "Without a key, %s may ask for %lld answers at once and for one more every %g ms; "
                 "the next one in %lld ms. What did not change costs nothing (If-None-Match), and "
                 "a whole dataset is one answer (exports).",
                 rule == BF_ALLOWANCE_ADDRESS ? "one address" : "all addresses together",
                 (long long)rate->burst, (double)rate->interval_us / 1000,
                 (long long)((wait_us + 999) / 1000));
    r->err.retry_after_s = (int)up_to_seconds(wait_us);
    return false;
}

static bool take(struct bf_request *r, enum bf_allowance_rule rule)
{
    const struct bf_allowances *of = &r->allowances;
    if (of->rate[rule].interval_us == 0)
        return true;
    if (!bf_rates_take(of->rates, r->allowance.who[rule], &of->rate[rule], 1, r->started_us,
                       &r->allowance.verdict[rule]))
        return refuse(r, rule);
    r->allowance.taken[rule] = true;
    return true;
}

bool bf_allowance_take(struct bf_request *r)
{
    unsigned char caller[BF_CALLER_BYTES];
    if (!r->allowances.rates || r->has_key || (r->route && r->route->flags & BF_ROUTE_QUIET) ||
        bf_caller_read(r->http.remote_addr, caller) != BF_CALLER_ADDRESS)
        return true;
    r->allowance.counted = true;
    r->allowance.who[BF_ALLOWANCE_ADDRESS] =
        bf_rates_who(r->allowances.rates, caller, sizeof caller);
    r->allowance.who[BF_ALLOWANCE_ANONYMOUS] = r->allowances.who_all;
    if (!take(r, BF_ALLOWANCE_ADDRESS))
        return false;
    if (take(r, BF_ALLOWANCE_ANONYMOUS))
        return true;
    bf_allowance_give_back(r); /* refused for what others asked */
    return false;
}

void bf_allowance_give_back(struct bf_request *r)
{
    for (int rule = 0; rule < BF_ALLOWANCE_RULES; rule++) {
        if (!r->allowance.taken[rule])
            continue;
        bf_rates_give_back(r->allowances.rates, r->allowance.who[rule], &r->allowances.rate[rule],
                           1, r->started_us);
        r->allowance.taken[rule] = false;
        r->allowance.verdict[rule].remaining++;
        r->allowance.verdict[rule].full_us -= r->allowances.rate[rule].interval_us;
    }
}

/* ---- answering ---- */

/* As a structured list: one member per rule that is in force. */
static void list(struct bf_request *r, const char *name,
                 void (*print)(struct bf_buf *, const struct bf_rate *,
                               const struct bf_rate_verdict *))
{
    struct bf_buf *head = &r->response.head;
    const char *before = ": ";
    bf_buf_text(head, name);
    for (int rule = 0; rule < BF_ALLOWANCE_RULES; rule++) {
        if (r->allowances.rate[rule].interval_us == 0)
            continue;
        bf_buf_printf(head, "%s\"%s\"", before, name_of((enum bf_allowance_rule)rule));
        print(head, &r->allowances.rate[rule], &r->allowance.verdict[rule]);
        before = ", ";
    }
    bf_buf_text(head, "\r\n");
}

static void policy(struct bf_buf *head, const struct bf_rate *rate, const struct bf_rate_verdict *v)
{
    (void)v;
    bf_buf_text(head, ";q=");
    bf_buf_i64(head, rate->burst);
    bf_buf_text(head, ";w=");
    bf_buf_i64(head, up_to_seconds(rate->burst * rate->interval_us));
}

static void state(struct bf_buf *head, const struct bf_rate *rate, const struct bf_rate_verdict *v)
{
    (void)rate;
    bf_buf_text(head, ";r=");
    bf_buf_i64(head, v->remaining);
    bf_buf_text(head, ";t=");
    bf_buf_i64(head, up_to_seconds(v->full_us));
}

/* The contract's fields (6.2) know one limit, and its end as a text: the address's. */
static void contract(struct bf_request *r)
{
    const struct bf_rate *rate = &r->allowances.rate[BF_ALLOWANCE_ADDRESS];
    const struct bf_rate_verdict *v = &r->allowance.verdict[BF_ALLOWANCE_ADDRESS];
    if (rate->interval_us == 0 || r->response.status != 200)
        return;
    char reset[BF_INSTANT_TEXT];
    int64_t full = up_to_seconds(bf_clock_wall_us() + v->full_us) * SECOND_US;
    size_t n = bf_instant_format(reset, full, bf_zone_utc());
    reset[10] = ' '; /* for the T */
    bf_response_header_f(&r->response, "X-RateLimit-Limit", "%lld", (long long)rate->burst);
    bf_response_header_f(&r->response, "X-RateLimit-Remaining", "%lld", (long long)v->remaining);
    bf_response_header(&r->response, "X-RateLimit-Reset", (struct bf_str){reset, n});
}

void bf_allowance_headers(struct bf_request *r)
{
    if (!r->allowance.counted)
        return;
    list(r, "RateLimit-Policy", policy);
    list(r, "RateLimit", state);
    contract(r);
}

bool bf_allowance_envelope(struct bf_request *r)
{
    if (r->err.code != BF_E_RATE)
        return false;
    enum bf_allowance_rule rule = r->allowance.refused_by;
    struct bf_buf *b = &r->response.body;
    bf_buf_text(b, "{\"errorcode\": 10005, \"reset_time\": \"");
    bf_instant_print_utc_z(b, bf_clock_wall_us() + r->allowance.verdict[rule].wait_us);
    bf_buf_printf(b,
                  "\", \"limit_time_unit\": \"minute\", \"call_limit\": %lld, \"error\": "
                  "\"You have exceeded the requests limit for anonymous users.\", "
                  "\"rule\": \"%s\", \"message\": ",
                  (long long)(60LL * SECOND_US / r->allowances.rate[rule].interval_us),
                  name_of(rule));
    bf_buf_json(b, bf_str_of(r->err.message));
    bf_buf_text(b, "}");
    return true;
}
