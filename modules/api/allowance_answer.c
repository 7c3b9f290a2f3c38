#include "api/allowance.h"

#include "api/request.h"
#include "core/clock.h"
#include "value/instant.h"

enum { SECOND_US = 1000000 };

const char *bf_allowance_rule_name(enum bf_allowance_rule rule)
{
    _Static_assert(BF_KEY_SHARES == 4, "each has a name");
    static const char *const names[] = {
        [BF_ALLOWANCE_ADDRESS] = "address",     [BF_ALLOWANCE_ANONYMOUS] = "anonymous",
        [BF_ALLOWANCE_PLAN] = "plan",           [BF_ALLOWANCE_KEY] = "key",
        [BF_ALLOWANCE_FAMILY] = "family",       [BF_ALLOWANCE_FAMILY + 1] = "family-2",
        [BF_ALLOWANCE_FAMILY + 2] = "family-3", [BF_ALLOWANCE_FAMILY + 3] = "family-4",
        [BF_ALLOWANCE_PUSH_ROWS] = "push-rows"};
    return names[rule];
}

/* ---- every rule that is in force, as a list ---- */

struct item {
    const char *name, *unit; /* unit NULL: requests, as the draft has it without a word */
    int64_t quota, window_s; /* window 0: not told */
    int64_t remaining, reset_s;
    int64_t reset_us; /* since 1970 */
};

enum { ITEMS = BF_ALLOWANCE_RULES + BF_QUOTA_WINDOWS + 1 };

static struct item of_rate(const char *name, const struct bf_rule *rule, int64_t now)
{
    int64_t span = rule->rate.burst * rule->rate.interval_us;
    return (struct item){.name = name,
                         .quota = rule->rate.burst,
                         .window_s = bf_clock_seconds_up(span),
                         .remaining = rule->verdict.remaining,
                         .reset_s = bf_clock_seconds_up(rule->verdict.full_us),
                         .reset_us = now + rule->verdict.full_us};
}

static struct item of_quota(enum bf_quota_window window, const struct bf_quota_count *c,
                            int64_t now)
{
    enum { DAY_S = 86400, MONTH_DAYS = 30 };
    return (struct item){.name = bf_quota_window_name(window),
                         .quota = c->limit,
                         .window_s = window == BF_QUOTA_DAY ? DAY_S : MONTH_DAYS * DAY_S,
                         .remaining = c->remaining,
                         .reset_s = bf_clock_seconds_up(c->reset_us - now),
                         .reset_us = c->reset_us};
}

static size_t list_quotas(const struct bf_request *r, int64_t now, struct item *out)
{
    size_t n = 0;
    for (int w = 0; r->allowance.has_quota && w < BF_QUOTA_WINDOWS; w++)
        if (r->allowance.quota.of[w].limit && r->allowance.quota.of[w].reset_us)
            out[n++] = of_quota((enum bf_quota_window)w, &r->allowance.quota.of[w], now);
    return n;
}

/* The quotas last. */
static size_t list_all(const struct bf_request *r, int64_t now, struct item out[ITEMS],
                       size_t *rates)
{
    const struct bf_allowance *a = &r->allowance;
    size_t n = 0;
    for (int rule = 0; rule < BF_ALLOWANCE_RULES; rule++)
        if (a->rules[rule].rate.interval_us)
            out[n++] =
                of_rate(bf_allowance_rule_name((enum bf_allowance_rule)rule), &a->rules[rule], now);
    *rates = n;
    return n + list_quotas(r, now, out + n);
}

/* ---- fields ---- */

/* One member of a structured list (RFC 9651) with two parameters of one letter. */
static void print_member(struct bf_buf *head, const char *name, const char *first, int64_t a,
                         const char *second, int64_t b)
{
    bf_buf_char(head, '"');
    bf_buf_text(head, name);
    bf_buf_text(head, first);
    bf_buf_i64(head, a);
    bf_buf_text(head, second);
    bf_buf_i64(head, b);
}

static void print_lists(struct bf_request *r, const struct item *items, size_t n)
{
    struct bf_buf *head = &r->response.head;
    bf_buf_text(head, "RateLimit-Policy");
    for (size_t i = 0; i < n; i++) {
        bf_buf_text(head, i ? ", " : ": ");
        print_member(head, items[i].name, "\";q=", items[i].quota, ";w=", items[i].window_s);
    }
    bf_buf_text(head, "\r\nRateLimit");
    for (size_t i = 0; i < n; i++) {
        bf_buf_text(head, i ? ", " : ": ");
        print_member(head, items[i].name, "\";r=", items[i].remaining, ";t=", items[i].reset_s);
    }
    bf_buf_text(head, "\r\n");
}

/* The contract's fields (6.2) know one limit, and its end as a text. */
static void print_contract(struct bf_request *r, const struct item *item)
{
    struct bf_buf *head = &r->response.head;
    char reset[BF_INSTANT_TEXT];
    size_t n =
        bf_instant_format(reset, bf_clock_seconds_up(item->reset_us) * SECOND_US, bf_zone_utc());
    reset[10] = ' '; /* for the T */
    bf_buf_text(head, "X-RateLimit-Limit: ");
    bf_buf_i64(head, item->quota);
    bf_buf_text(head, "\r\nX-RateLimit-Remaining: ");
    bf_buf_i64(head, item->remaining);
    bf_buf_text(head, "\r\nX-RateLimit-Reset: ");
    bf_buf_str(head, (struct bf_str){reset, n});
    bf_buf_text(head, "\r\n");
}

/* The one of which least is left. */
static const struct item *tightest(const struct item *items, size_t n)
{
    const struct item *found = items;
    for (size_t i = 1; i < n; i++)
        if (items[i].remaining < found->remaining)
            found = &items[i];
    return found;
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
    struct item items[ITEMS];
    size_t rates = 0;
    if (a->cost && (a->counted || r->http.dry_run)) {
        bf_buf_text(&r->response.head, "X-Beffroi-Cost: ");
        bf_buf_i64(&r->response.head, a->cost);
        bf_buf_text(&r->response.head, "\r\n");
    }
    if (!a->counted)
        return;
    size_t n = list_all(r, bf_clock_wall_us(), items, &rates);
    if (n == 0)
        return;
    print_lists(r, items, n);
    if (r->response.status == 200)
        print_contract(r, n > rates ? tightest(items + rates, n - rates) : tightest(items, n));
    if (a->scan)
        link_to_export(r);
}

/* ---- refusals ---- */

static bool is_refusal(const struct bf_request *r)
{
    return r->err.code == BF_E_RATE || r->err.code == BF_E_QUOTA;
}

/* The instant with the offset of the zone in which days end. */
static void print_local(const struct bf_request *r, struct bf_buf *b, int64_t instant)
{
    bf_instant_print(b, instant, bf_planbook_zone(r->plans));
}

bool bf_allowance_envelope(struct bf_request *r)
{
    const struct bf_excess *f = &r->allowance.refused;
    struct bf_buf *b = &r->response.body;
    if (!is_refusal(r))
        return false;
    bf_buf_printf(b, "{\"errorcode\": %d, \"reset_time\": \"", r->has_key ? 10002 : 10005);
    bf_instant_print_utc_z(b, f->reset_us);
    bf_buf_printf(b,
                  "\", \"limit_time_unit\": \"%s\", \"call_limit\": %lld, \"error\": \"%s\", "
                  "\"rule\": \"%s\", \"remaining\": %lld, \"reset\": \"",
                  f->unit, (long long)f->limit,
                  r->has_key ? "Too many requests on the domain. Please contact the domain "
                               "administrator."
                             : "You have exceeded the requests limit for anonymous users.",
                  f->rule, (long long)f->remaining);
    print_local(r, b, f->reset_us);
    bf_buf_text(b, "\", \"message\": ");
    bf_buf_json(b, bf_str_of(r->err.message));
    bf_buf_text(b, "}");
    return true;
}

void bf_allowance_problem(const struct bf_request *r, struct bf_buf *out)
{
    const struct bf_excess *f = &r->allowance.refused;
    if (!is_refusal(r))
        return;
    bf_buf_printf(out,
                  ",\"violated-policies\":[\"%s\"],\"limit\":%lld,\"remaining\":%lld,\"reset\":\"",
                  f->rule, (long long)f->limit, (long long)f->remaining);
    print_local(r, out, f->reset_us);
    bf_buf_char(out, '"');
}
