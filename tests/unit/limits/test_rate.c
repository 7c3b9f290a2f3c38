/* limits/rate: the decisions of GCRA, one caller's and those of callers that meet in the table. */
#include "limits/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MS = 1000, SECOND = 1000 * MS, START = 5 * SECOND };

static struct bf_rates *rates;
static struct bf_rate_verdict v;

static int fresh(void **state)
{
    (void)state;
    free(rates);
    rates = aligned_alloc(64, (bf_rates_size() + 63) / 64 * 64);
    memset(rates, 0, bf_rates_size());
    bf_rates_init(rates, (const unsigned char *)"0123456789abcdef", START);
    return 0;
}

static bool take(uint64_t who, const struct bf_rate *rate, int64_t cost, int64_t at)
{
    return bf_rates_take(rates, who, rate, cost, START + at, &v);
}

static void a_burst_then_one_an_interval(void **state)
{
    (void)state;
    struct bf_rate rate = bf_rate_of(600, 5);
    for (int i = 0; i < 5; i++) {
        assert_true(take(7, &rate, 1, 0));
        assert_int_equal(v.remaining, 4 - i);
        assert_int_equal(v.full_us, (i + 1) * 100 * MS);
        assert_int_equal(v.wait_us, 0);
    }
    assert_false(take(7, &rate, 1, 0));
    assert_int_equal(v.wait_us, 100 * MS);
    assert_int_equal(v.remaining, 0);
    assert_false(take(7, &rate, 1, 100 * MS - 1));
    assert_int_equal(v.wait_us, 1);
    assert_true(take(7, &rate, 1, 100 * MS));
    assert_false(take(7, &rate, 1, 100 * MS));
    assert_true(take(7, &rate, 1, 200 * MS));
}

static void a_refusal_takes_nothing(void **state)
{
    (void)state;
    struct bf_rate rate = bf_rate_of(60, 2);
    assert_true(take(7, &rate, 2, 0));
    for (int i = 0; i < 1000; i++)
        assert_false(take(7, &rate, 1, i));
    assert_true(take(7, &rate, 1, SECOND));
}

static void a_cost_is_taken_whole_or_not_at_all(void **state)
{
    (void)state;
    struct bf_rate rate = bf_rate_of(600, 5);
    assert_true(take(7, &rate, 3, 0));
    assert_false(take(7, &rate, 3, 0));
    assert_int_equal(v.remaining, 2);
    assert_int_equal(v.wait_us, 100 * MS);
    assert_true(take(7, &rate, 2, 0));
}

static void more_than_the_burst_waits_for_all_of_it_and_then_pays_it_off(void **state)
{
    (void)state;
    struct bf_rate rate = bf_rate_of(600, 5);
    assert_true(take(7, &rate, 1, 0));
    assert_false(take(7, &rate, 50, 0));
    assert_int_equal(v.wait_us, 100 * MS);
    assert_true(take(7, &rate, 50, 100 * MS));
    assert_int_equal(v.remaining, 0);
    assert_int_equal(v.full_us, 5 * SECOND);
    assert_false(take(7, &rate, 1, 100 * MS));
    assert_int_equal(v.wait_us, 46 * 100 * MS);
    assert_true(take(7, &rate, 1, 4700 * MS));
    assert_false(take(7, &rate, 1, 4700 * MS));
}

static void looking_takes_nothing(void **state)
{
    (void)state;
    struct bf_rate rate = bf_rate_of(600, 5);
    for (int i = 0; i < 100; i++)
        bf_rates_look(rates, 7, &rate, 5, START, &v);
    assert_true(v.admitted);
    bf_rates_look(rates, 7, &rate, 0, START, &v);
    assert_int_equal(v.remaining, 5);
    assert_int_equal(v.full_us, 0);
    assert_true(take(7, &rate, 5, 0));
    bf_rates_look(rates, 7, &rate, 1, START, &v);
    assert_false(v.admitted);
    assert_int_equal(v.wait_us, 100 * MS);
}

static void a_request_that_was_charged_is_known_again(void **state)
{
    (void)state;
    assert_false(bf_rates_was_charged(rates, 0));
    assert_false(bf_rates_was_charged(rates, 12345));
    bf_rates_charged(rates, 12345);
    bf_rates_charged(rates, 0);
    assert_true(bf_rates_was_charged(rates, 12345));
    assert_false(bf_rates_was_charged(rates, 0));
    assert_false(bf_rates_was_charged(rates, 12345 + (1 << 14)));
}

static void callers_do_not_know_each_other(void **state)
{
    (void)state;
    struct bf_rate rate = bf_rate_of(60, 1);
    for (uint64_t n = 0; n < 1000; n++) {
        uint64_t who = bf_rates_who(rates, &n, sizeof n);
        assert_true(take(who, &rate, 1, 0));
        assert_false(take(who, &rate, 1, 0));
    }
}

static void the_seed_tells_who_is_who(void **state)
{
    (void)state;
    uint64_t before = bf_rates_who(rates, "x", 1);
    assert_true(before == bf_rates_who(rates, "x", 1));
    bf_rates_init(rates, (const unsigned char *)"another seed....", START);
    assert_true(before != bf_rates_who(rates, "x", 1));
}

static void what_is_given_back_was_never_taken(void **state)
{
    (void)state;
    struct bf_rate rate = bf_rate_of(600, 5);
    for (int i = 0; i < 100; i++) {
        assert_true(take(7, &rate, 1, 0));
        assert_int_equal(v.remaining, 4);
        bf_rates_give_back(rates, 7, &rate, 1, START);
    }
    /* Too late: the interval had passed by itself. */
    assert_true(take(7, &rate, 1, 0));
    bf_rates_give_back(rates, 7, &rate, 1, START + 100 * MS);
    assert_true(take(7, &rate, 5, 100 * MS));
    assert_false(take(7, &rate, 1, 100 * MS));
}

/* ---- callers of one place */

static const uint64_t FIRST = UINT64_C(1) << 48 | 7;
static const uint64_t SECOND_ONE = UINT64_C(2) << 48 | 7;
static const uint64_t THIRD = UINT64_C(3) << 48 | 7;

static void nobody_is_reset_by_another(void **state)
{
    (void)state;
    struct bf_rate rate = bf_rate_of(60, 2);
    assert_true(take(FIRST, &rate, 2, 0));
    assert_true(take(SECOND_ONE, &rate, 1, 0));
    assert_false(take(FIRST, &rate, 1, 0));
    for (uint64_t tag = 4; tag < 60000; tag++)
        take(tag << 48 | 7, &rate, 1, 1);
    assert_false(take(FIRST, &rate, 1, SECOND - 1));
    assert_true(take(FIRST, &rate, 1, SECOND));
}

static void who_finds_no_place_shares_one_allowance(void **state)
{
    (void)state;
    struct bf_rate rate = bf_rate_of(60, 2);
    assert_true(take(FIRST, &rate, 2, 0));
    assert_true(take(SECOND_ONE, &rate, 1, 0));
    assert_true(take(THIRD, &rate, 1, 0));
    assert_false(take(SECOND_ONE, &rate, 1, 0));
    assert_false(take(THIRD, &rate, 1, 0));
}

static void an_own_place_that_is_free_again_is_begun_anew(void **state)
{
    (void)state;
    struct bf_rate rate = bf_rate_of(60, 3);
    assert_true(take(FIRST, &rate, 1, 0));
    assert_true(take(SECOND_ONE, &rate, 3, 0));
    assert_true(take(SECOND_ONE, &rate, 3, SECOND));
    assert_false(take(SECOND_ONE, &rate, 1, SECOND));
    assert_false(take(FIRST, &rate, 2, SECOND));
}

static void extremes(void **state)
{
    (void)state;
    struct bf_rate fast = bf_rate_of(INT64_MAX, 1);
    assert_int_equal(fast.interval_us, 1);
    assert_int_equal(bf_rate_of(0, 9).interval_us, 0);
    assert_int_equal(bf_rate_of(180, 0).burst, 1);
    struct bf_rate slow = {.interval_us = 86400LL * SECOND, .burst = 400};
    const int64_t late = 5LL * 365 * 86400 * SECOND;
    assert_true(take(7, &slow, 400, late));
    assert_false(take(7, &slow, 1, late));
    assert_int_equal(v.wait_us, slow.interval_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_burst_then_one_an_interval, fresh),
        cmocka_unit_test_setup(a_refusal_takes_nothing, fresh),
        cmocka_unit_test_setup(a_cost_is_taken_whole_or_not_at_all, fresh),
        cmocka_unit_test_setup(more_than_the_burst_waits_for_all_of_it_and_then_pays_it_off, fresh),
        cmocka_unit_test_setup(looking_takes_nothing, fresh),
        cmocka_unit_test_setup(a_request_that_was_charged_is_known_again, fresh),
        cmocka_unit_test_setup(callers_do_not_know_each_other, fresh),
        cmocka_unit_test_setup(the_seed_tells_who_is_who, fresh),
        cmocka_unit_test_setup(what_is_given_back_was_never_taken, fresh),
        cmocka_unit_test_setup(nobody_is_reset_by_another, fresh),
        cmocka_unit_test_setup(who_finds_no_place_shares_one_allowance, fresh),
        cmocka_unit_test_setup(an_own_place_that_is_free_again_is_begun_anew, fresh),
        cmocka_unit_test_setup(extremes, fresh),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(rates);
    return failed;
}
