#include "api/guesses.h"

#include "api/request.h"
#include "core/clock.h"
#include "limits/caller.h"

#include <string.h>

/* 0: nobody is counted. */
static uint64_t who_asks(const struct bf_request *r)
{
    unsigned char bytes[BF_CALLER_BYTES + 1] = {'g'};
    if (!r->allowances.rates || bf_caller_read(r->http.remote_addr, bytes + 1) != BF_CALLER_ADDRESS)
        return 0;
    return bf_rates_who(r->allowances.rates, bytes, sizeof bytes);
}

bool bf_guesses_allow(struct bf_request *r, struct bf_str token)
{
    struct bf_rule *rule = &r->allowance.rules[BF_ALLOWANCE_ADDRESS];
    struct bf_rule guesses = {.rate = bf_rate_of(BF_GUESSES_MINUTE, BF_GUESSES),
                              .who = who_asks(r)};
    if (guesses.who == 0)
        return true;
    bf_rates_look(r->allowances.rates, guesses.who, &guesses.rate, 1, r->started_us,
                  &guesses.verdict);
    if (guesses.verdict.admitted || bf_keys_know(r->keys, token))
        return true;
    /* What the answer tells of limits is of this one. */
    *rule = guesses;
    r->allowance.refused =
        (struct bf_excess){.rule = bf_allowance_rule_name(BF_ALLOWANCE_ADDRESS),
                           .unit = "minute",
                           .limit = BF_GUESSES_MINUTE,
                           .reset_us = bf_clock_wall_us() + guesses.verdict.wait_us};
    r->allowance.known = r->allowance.counted = true;
    BF_FAIL_WITH(&r->err, BF_E_RATE,
                 "This address has sent too many keys that are not valid: %d may come at once and "
                 "%d more a minute.",
                 BF_GUESSES, BF_GUESSES_MINUTE);
    r->err.retry_after_s = (int)bf_clock_seconds_up(guesses.verdict.wait_us);
    return false;
}

void bf_guesses_count(struct bf_request *r)
{
    struct bf_rate rate = bf_rate_of(BF_GUESSES_MINUTE, BF_GUESSES);
    struct bf_rate_verdict verdict;
    uint64_t who = who_asks(r);
    if (who)
        bf_rates_take(r->allowances.rates, who, &rate, 1, r->started_us, &verdict);
}
