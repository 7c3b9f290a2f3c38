#include "api/keys/guesses.h"

#include "api/request.h"
#include "core/clock.h"
#include "limits/caller.h"

#include <string.h>

enum { CODE = 32 };

static const struct bf_rate once_an_hour = {.interval_us = INT64_C(3600000000), .burst = 1};

/* 0: nobody is counted. The first byte tells what for, so that an address is no caller of another
 * kind (api/allowance). */
static uint64_t who_asks(const struct bf_request *r, char kind, struct bf_str code)
{
    unsigned char bytes[1 + BF_CALLER_BYTES + CODE] = {(unsigned char)kind};
    size_t n = code.n < CODE ? code.n : CODE;
    if (!r->allowances.rates || bf_caller_read(r->http.remote_addr, bytes + 1) != BF_CALLER_ADDRESS)
        return 0;
    if (n)
        memcpy(bytes + 1 + BF_CALLER_BYTES, code.p, n);
    return bf_rates_who(r->allowances.rates, bytes, 1 + BF_CALLER_BYTES + n);
}

static struct bf_rule rule_of(const struct bf_request *r, char kind, int64_t minute, int64_t burst)
{
    struct bf_str none = {NULL, 0};
    return (struct bf_rule){.rate = bf_rate_of(minute, burst), .who = who_asks(r, kind, none)};
}

static struct bf_rule keys(const struct bf_request *r)
{
    return rule_of(r, 'g', BF_GUESSES_MINUTE, BF_GUESSES);
}

static struct bf_rule codes(const struct bf_request *r)
{
    return rule_of(r, 'e', BF_GUESSES_CODES_MINUTE, BF_GUESSES_CODES);
}

static bool has_left(struct bf_request *r, struct bf_rule *guesses)
{
    if (guesses->who == 0)
        return true;
    bf_rates_look(r->allowances.rates, guesses->who, &guesses->rate, 1, r->started_us,
                  &guesses->verdict);
    return guesses->verdict.admitted;
}

/* What the answer tells of limits is of this one. */
static bool refuse(struct bf_request *r, const struct bf_rule *guesses, int64_t minute,
                   const char *what)
{
    r->allowance.rules[BF_ALLOWANCE_ADDRESS] = *guesses;
    r->allowance.refused =
        (struct bf_excess){.rule = bf_allowance_rule_name(BF_ALLOWANCE_ADDRESS),
                           .unit = "minute",
                           .limit = minute,
                           .reset_us = bf_clock_wall_us() + guesses->verdict.wait_us};
    r->allowance.known = r->allowance.counted = true;
    BF_FAIL_WITH(&r->err, BF_E_RATE,
                 "This address has sent too many %s: %lld may come at once and %lld more a minute.",
                 what, (long long)guesses->rate.burst, (long long)minute);
    r->err.retry_after_s = (int)bf_clock_seconds_up(guesses->verdict.wait_us);
    return false;
}

static void take(struct bf_request *r, const struct bf_rule *guesses)
{
    struct bf_rate_verdict verdict;
    if (guesses->who)
        bf_rates_take(r->allowances.rates, guesses->who, &guesses->rate, 1, r->started_us,
                      &verdict);
}

/* ---- keys ---------------------------------------------------------------------------------- */

bool bf_guesses_allow(struct bf_request *r, struct bf_str token)
{
    struct bf_rule guesses = keys(r);
    return has_left(r, &guesses) || bf_keys_know(r->keys, token) ||
           refuse(r, &guesses, BF_GUESSES_MINUTE, "keys that are not valid");
}

void bf_guesses_count(struct bf_request *r)
{
    struct bf_rule guesses = keys(r);
    take(r, &guesses);
}

/* ---- codes --------------------------------------------------------------------------------- */

/* That a code was right at an address is told by its one request an hour being spent. */
static struct bf_rule right_here(const struct bf_request *r, struct bf_str code)
{
    return (struct bf_rule){.rate = once_an_hour, .who = who_asks(r, 'r', code)};
}

bool bf_guesses_allow_code(struct bf_request *r, struct bf_str code)
{
    struct bf_rule guesses = codes(r), right = right_here(r, code);
    return has_left(r, &guesses) || (code.n && !has_left(r, &right)) ||
           refuse(r, &guesses, BF_GUESSES_CODES_MINUTE, "codes that no event has");
}

void bf_guesses_count_code(struct bf_request *r, struct bf_str code, bool right)
{
    struct bf_rule of = right ? right_here(r, code) : codes(r);
    take(r, &of);
}
