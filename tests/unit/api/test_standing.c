/* api/keys/standing without a database: what is believed, and for how long. */
#include "api/keys/standing.h"

#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)

static struct bf_conf conf;
static struct bf_access *access_;
static struct bf_standing *standing;
static struct bf_conn *conn;
static struct bf_err err;

static int make(void **state)
{
    (void)state;
    bf_err_clear(&err);
    unsetenv("BEFFROI_CONF");
    if (!bf_conf_load(&conf, NULL, &err))
        return -1;
    snprintf(conf.database, sizeof conf.database, "host=/nowhere-at-all");
    conn = bf_conn_new(&conf, BF_ROLE_READER);
    access_ = bf_access_init(calloc(1, bf_access_size()));
    standing = bf_standing_new(conn, access_);
    return standing ? 0 : -1;
}

static int drop(void **state)
{
    (void)state;
    bf_standing_free(standing);
    bf_conn_free(conn);
    free(access_);
    return 0;
}

/* The table knows one revoked key and one revoked signing key, and was the newest so long ago. */
static void hear(int64_t ago_us)
{
    bf_access_begin(access_);
    bf_access_add(access_, BF_STR("0123456789ab"), 0);
    bf_access_add(access_, BF_STR("20261101-bad0"), 0);
    bf_access_publish(access_, &(struct bf_access_news){1, bf_clock_mono_us() - ago_us});
}

static enum bf_code check(const char *jti, const char *kid)
{
    struct bf_claims claims = {.jti = bf_str_of(jti), .kid = bf_str_of(kid)};
    bf_err_clear(&err);
    bool ok = bf_standing_check(standing, &claims, &err);
    assert_int_equal(ok, err.code == BF_E_NONE);
    return err.code;
}

static void without_any_news_no_key_is_believed(void **state)
{
    (void)state;
    assert_int_equal(check("zzzzzzzzzzzz", "20261101-good"), BF_E_UNAVAILABLE);
    assert_int_equal(err.http, 503);
    assert_true(err.retry_after_s > 0);
}

static void fresh_news_decide(void **state)
{
    (void)state;
    /* Minutes to come: however slow this machine, these are fresh. */
    hear(-600 * SECOND);
    assert_int_equal(check("zzzzzzzzzzzz", "20261101-good"), BF_E_NONE);
    assert_int_equal(check("0123456789ab", "20261101-good"), BF_E_UNAUTHORIZED);
    assert_string_equal(err.message, "The key is not valid.");
    assert_int_equal(check("zzzzzzzzzzzz", "20261101-bad0"), BF_E_UNAUTHORIZED);
}

static void a_database_that_is_away_is_waited_for(void **state)
{
    (void)state;
    hear(2 * SECOND);
    bf_access_still(access_, bf_clock_mono_us() - 2 * SECOND);
    assert_int_equal(check("zzzzzzzzzzzz", "20261101-good"), BF_E_NONE);
    assert_int_equal(check("0123456789ab", "20261101-good"), BF_E_UNAUTHORIZED);
}

static void but_not_for_ever(void **state)
{
    (void)state;
    hear(61 * SECOND);
    assert_int_equal(check("zzzzzzzzzzzz", "20261101-good"), BF_E_UNAVAILABLE);
}

static void a_full_table_does_not_decide_alone(void **state)
{
    (void)state;
    char id[16];
    bf_access_begin(access_);
    for (int i = 0; i <= BF_ACCESS_MOST; i++) {
        snprintf(id, sizeof id, "%012d", i);
        bf_access_add(access_, bf_str_of(id), 0);
    }
    bf_access_publish(access_, &(struct bf_access_news){1, bf_clock_mono_us() + 600 * SECOND});
    assert_int_equal(check("000000000001", "20261101-good"), BF_E_UNAUTHORIZED);
    assert_int_equal(check("zzzzzzzzzzzz", "20261101-good"), BF_E_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_any_news_no_key_is_believed, make, drop),
        cmocka_unit_test_setup_teardown(fresh_news_decide, make, drop),
        cmocka_unit_test_setup_teardown(a_database_that_is_away_is_waited_for, make, drop),
        cmocka_unit_test_setup_teardown(but_not_for_ever, make, drop),
        cmocka_unit_test_setup_teardown(a_full_table_does_not_decide_alone, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
