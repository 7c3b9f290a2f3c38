#include "value/instant.h"

#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct bf_buf buf;

static int setup(void **state)
{
    (void)state;
    bf_buf_init(&buf, 4096);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bf_buf_fini(&buf);
    return 0;
}

static const char *text(void)
{
    bf_buf_char(&buf, '\0');
    assert_false(bf_buf_failed(&buf));
    const char *p = buf.p;
    bf_buf_clear(&buf);
    return p;
}

static int64_t us(const char *from)
{
    struct bf_instant r;
    assert_true(bf_instant_read(bf_str_of(from), &r));
    return bf_instant_resolve(&r, bf_zone_utc());
}

static void reads(void **state)
{
    (void)state;
    static const struct {
        const char *text, *same; /* the same in UTC, whole */
        enum bf_precision precision;
        enum bf_offset_mark mark;
    } cases[] = {
        {"2017", "2017-01-01T00:00:00Z", BF_YEAR, BF_OFFSET_NONE},
        {"2017-03", "2017-03-01T00:00:00Z", BF_MONTH, BF_OFFSET_NONE},
        {"2017/03", "2017-03-01T00:00:00Z", BF_MONTH, BF_OFFSET_NONE},
        {"2017-01-31", "2017-01-31T00:00:00Z", BF_DAY, BF_OFFSET_NONE},
        {"2017/01/31", "2017-01-31T00:00:00Z", BF_DAY, BF_OFFSET_NONE},
        {"2016-02-29", "2016-02-29T00:00:00Z", BF_DAY, BF_OFFSET_NONE},
        {"2000-02-29", "2000-02-29T00:00:00Z", BF_DAY, BF_OFFSET_NONE},
        {"2017-01-31T08", "2017-01-31T08:00:00Z", BF_HOUR, BF_OFFSET_NONE},
        {"2017-01-31T08:02", "2017-01-31T08:02:00Z", BF_MINUTE, BF_OFFSET_NONE},
        {"2017/01/31 08:02", "2017-01-31T08:02:00Z", BF_MINUTE, BF_OFFSET_NONE},
        {"2017-01-31T08:02:03", "2017-01-31T08:02:03Z", BF_SECOND, BF_OFFSET_NONE},
        {"2017-01-31T08:02:03Z", "2017-01-31T08:02:03Z", BF_SECOND, BF_OFFSET_Z},
        {"2017-01-31T08:02:03.5Z", "2017-01-31T08:02:03.500000Z", BF_SECOND, BF_OFFSET_Z},
        {"2017-01-31T08:02:03.1234569999", "2017-01-31T08:02:03.123456Z", BF_SECOND,
         BF_OFFSET_NONE},
        {"2017-01-31T08:02:03+02:00", "2017-01-31T06:02:03Z", BF_SECOND, BF_OFFSET_NUMERIC},
        {"2017-01-31T08:02+0200", "2017-01-31T06:02:00Z", BF_MINUTE, BF_OFFSET_NUMERIC},
        {"2017-01-31 08:02:03+00", "2017-01-31T08:02:03Z", BF_SECOND, BF_OFFSET_NUMERIC},
        {"2017-01-31T08:02:03-09:30", "2017-01-31T17:32:03Z", BF_SECOND, BF_OFFSET_NUMERIC},
        {"2017-01-31T08:02:03-00:00", "2017-01-31T08:02:03Z", BF_SECOND, BF_OFFSET_NUMERIC},
        {"2017-01-31T24:00", "2017-02-01T00:00:00Z", BF_MINUTE, BF_OFFSET_NONE},
        {"0001-01-01", "0001-01-01T00:00:00Z", BF_DAY, BF_OFFSET_NONE},
        {"0001", "0001-01-01T00:00:00Z", BF_YEAR, BF_OFFSET_NONE},
        {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z", BF_SECOND, BF_OFFSET_Z},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bf_instant r;
        assert_true(bf_instant_read(bf_str_of(cases[i].text), &r));
        assert_int_equal(r.precision, cases[i].precision);
        assert_int_equal(r.mark, cases[i].mark);
        bf_instant_print_utc_z(&buf, bf_instant_resolve(&r, bf_zone_utc()));
        assert_string_equal(text(), cases[i].same);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "abc",
        "201",
        "20170131",
        "2017-",
        "2017-1",
        "2017-1-31",
        "2017-13",
        "2017-00",
        "2017-01-00",
        "2017-01-32",
        "2026-02-30",
        "2017-02-29",
        "1900-02-29",
        "2017/01-31",
        "2017-01/31",
        "2017-01-31T",
        "2017-01-31 ",
        " 2017-01-31",
        "2017-01-31Z",
        "2017-01T08:02",
        "2017T08:02",
        "2017-01-31T8:02",
        "2017-01-31t08:02",
        "2017-01-31T08:02z",
        "2017-01-31T08:60",
        "2017-01-31T08:02:60",
        "2017-01-31T24:01",
        "2017-01-31T24:00:00.000001",
        "2017-01-31T25:00",
        "2017-01-31T08:02:03.",
        "2017-01-31T08:02:03,5",
        "2017-01-31T08:02:",
        "2017-01-31T08:02:03+",
        "2017-01-31T08:02:03+2",
        "2017-01-31T08:02:03+02:",
        "2017-01-31T08:02:03+02:0",
        "2017-01-31T08:02:03+24:00",
        "2017-01-31T08:02:03+02:60",
        "2017-01-31T08:02:03+02:00 ",
        "2017-01-31T08:02:03Z+02:00",
        "2017-01-31T08:02:03ZZ",
        "0000-01-01",
        "-2017-01-31",
        "10000-01-01",
        "9999-12-31T24:00",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2017-01-31T08:02:03 +02:00",
        "٢٠١٧",
    };
    struct bf_instant r;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(bf_instant_read(bf_str_of(bad[i]), &r));
    assert_false(bf_instant_read((struct bf_str){NULL, 0}, &r));
    assert_false(bf_instant_read((struct bf_str){"2017\0", 5}, &r));
}

static void zone_where_none(void **state)
{
    (void)state;
    const struct bf_zone *paris = bf_zone_find(BF_STR("Europe/Paris"));
    struct bf_instant r;
    assert_true(bf_instant_read(BF_STR("2025-07-01T08:00"), &r));
    assert_int_equal(bf_instant_resolve(&r, paris), us("2025-07-01T06:00Z"));
    assert_true(bf_instant_read(BF_STR("2025-07-01T08:00Z"), &r));
    assert_int_equal(bf_instant_resolve(&r, paris), us("2025-07-01T08:00Z"));
}

static void dates(void **state)
{
    (void)state;
    int32_t d;
    assert_true(bf_date_read(BF_STR("1970-01-01"), &d) && d == 0);
    assert_true(bf_date_read(BF_STR("2000/03/01"), &d) && d == 11017);
    assert_true(bf_date_read(BF_STR("0001-01-01"), &d) && d == BF_DATE_MIN);
    assert_true(bf_date_read(BF_STR("9999-12-31"), &d) && d == BF_DATE_MAX);
    assert_false(bf_date_read(BF_STR("2026-09"), &d));
    assert_false(bf_date_read(BF_STR("2026"), &d));
    assert_false(bf_date_read(BF_STR("2026-09-30T00:00"), &d));
    assert_false(bf_date_read(BF_STR("2026-09-31"), &d));
    bf_date_print(&buf, 11017);
    assert_string_equal(text(), "2000-03-01");
    assert_int_equal(us("0001-01-01"), BF_INSTANT_MIN);
    assert_int_equal(us("9999-12-31T23:59:59.999999"), BF_INSTANT_MAX);
}

/* Day by day over 800 years, and at the ends of the type. */
static void calendar(void **state)
{
    (void)state;
    int y = 1600, m = 1, d = 1;
    int32_t first = bf_date_days(1600, 1, 1);
    assert_int_equal(first, -135140);
    for (int32_t days = first; days < first + 2 * 146097; days++) {
        int year, month, day;
        bf_date_civil(days, &year, &month, &day);
        assert_true(year == y && month == m && day == d);
        assert_int_equal(bf_date_days(y, m, d), days);
        if (++d > bf_date_month_length(y, m)) {
            d = 1;
            y += m == 12;
            m = m % 12 + 1;
        }
    }
    for (int i = 0; i < 2; i++) {
        bf_date_civil(i ? INT32_MAX : INT32_MIN, &y, &m, &d);
        bf_date_print(&buf, i ? INT32_MAX : INT32_MIN);
        assert_string_equal(text(), i ? "5881580-07-11" : "-5877641-06-23");
    }
}

static void prints(void **state)
{
    (void)state;
    static const struct {
        const char *at, *zone, *text;
    } cases[] = {
        {"2026-09-30T08:15Z", "UTC", "2026-09-30T08:15:00+00:00"},
        {"2026-09-30T08:15Z", "Europe/Paris", "2026-09-30T10:15:00+02:00"},
        {"2026-12-31T23:15Z", "Europe/Paris", "2027-01-01T00:15:00+01:00"},
        {"2026-09-30T08:15:00.000001Z", "UTC", "2026-09-30T08:15:00.000001+00:00"},
        {"2026-09-30T08:15:00.12Z", "UTC", "2026-09-30T08:15:00.120000+00:00"},
        {"1969-12-31T23:59:59.999999Z", "UTC", "1969-12-31T23:59:59.999999+00:00"},
        {"2026-09-30T08:15Z", "America/St_Johns", "2026-09-30T05:45:00-02:30"},
        {"2026-09-30T08:15Z", "Asia/Kolkata", "2026-09-30T13:45:00+05:30"},
        {"2025-10-26T00:30Z", "Europe/Paris", "2025-10-26T02:30:00+02:00"},
        {"2025-10-26T01:30Z", "Europe/Paris", "2025-10-26T02:30:00+01:00"},
        {"1900-01-01T00:00Z", "Europe/Paris", "1900-01-01T00:09:00+00:09"},
        {"1900-01-01T00:00Z", "America/St_Johns", "1899-12-31T20:30:00-03:30"},
        {"0001-01-01T00:00Z", "America/New_York", "0000-12-31T19:04:00-04:56"},
        {"9999-12-31T23:59:59Z", "Europe/Paris", "10000-01-01T00:59:59+01:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct bf_zone *z = bf_zone_find(bf_str_of(cases[i].zone));
        assert_non_null(z);
        bf_instant_print(&buf, us(cases[i].at), z);
        assert_string_equal(text(), cases[i].text);
    }
    bf_instant_print(&buf, INT64_MAX, bf_zone_utc());
    assert_string_equal(text(), "294247-01-10T04:00:54.775807+00:00");
    bf_instant_print(&buf, INT64_MIN, bf_zone_utc());
    assert_string_equal(text(), "-290308-12-21T19:59:05.224192+00:00");
}

/* What is printed reads back as the same instant, in any zone. */
static void round_trip(void **state)
{
    (void)state;
    static const char *const zones[] = {"UTC",          "Europe/Paris",    "America/St_Johns",
                                        "Asia/Kolkata", "Africa/Monrovia", "Australia/Lord_Howe"};
    uint64_t seed = 42;
    for (int i = 0; i < 60000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        int64_t at = (int64_t)(seed % 250000000000000000u) - 60000000000000000;
        bf_instant_print(&buf, at, bf_zone_find(bf_str_of(zones[i % 6])));
        struct bf_instant r;
        assert_true(bf_instant_read(bf_buf_view(&buf), &r));
        assert_int_equal(bf_instant_resolve(&r, bf_zone_utc()), at);
        bf_buf_clear(&buf);
    }
}

static void http_dates(void **state)
{
    (void)state;
    bf_instant_print_http(&buf, us("1994-11-06T08:49:37.9Z"));
    assert_string_equal(text(), "Sun, 06 Nov 1994 08:49:37 GMT");
    bf_instant_print_http(&buf, us("1969-12-31T23:59:59.5Z"));
    assert_string_equal(text(), "Wed, 31 Dec 1969 23:59:59 GMT");
    static const char *const same[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                       "Sunday, 06-Nov-94 08:49:37 GMT",
                                       "Sun Nov  6 08:49:37 1994"};
    int64_t at;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_true(bf_instant_read_http(bf_str_of(same[i]), &at));
        assert_int_equal(at, us("1994-11-06T08:49:37Z"));
    }
    assert_true(bf_instant_read_http(BF_STR("Sat Nov 26 08:49:60 1994"), &at));
    assert_int_equal(at, us("1994-11-26T08:50:00Z"));
    static const char *const bad[] = {"",
                                      "Sun, 6 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 08:49:37 UTC",
                                      "Sun, 06 Nov 1994 08:49:37 GMT ",
                                      "Sun, 06 nov 1994 08:49:37 GMT",
                                      "Sun, 31 Feb 1994 08:49:37 GMT",
                                      "Sun, 00 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 24:49:37 GMT",
                                      "Sun, 06 Nov 0000 08:49:37 GMT",
                                      "Xxx, 06 Nov 1994 08:49:37 GMT",
                                      "Sun, 06-Nov-94 08:49:37 GMT",
                                      "Sun Nov  6 08:49:37 94",
                                      "784111777"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(bf_instant_read_http(bf_str_of(bad[i]), &at));
}

/* RFC 9110: two digits are never more than 50 years ahead. */
static void short_years(void **state)
{
    (void)state;
    int64_t day = 86400 * INT64_C(1000000);
    int now, month, of_month, year;
    bf_date_civil((int32_t)(bf_clock_wall_us() / day), &now, &month, &of_month);
    for (int two = 0; two < 100; two++) {
        char from[48];
        int64_t at;
        snprintf(from, sizeof from, "Monday, 06-Nov-%02d 08:49:37 GMT", two);
        assert_true(bf_instant_read_http(bf_str_of(from), &at));
        bf_date_civil((int32_t)((at - day / 2) / day), &year, &month, &of_month);
        assert_int_equal(year % 100, two);
        assert_in_range(year, now - 99, now + 50);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads),  TEST(refuses),    TEST(zone_where_none), TEST(dates),       TEST(calendar),
        TEST(prints), TEST(round_trip), TEST(http_dates),      TEST(short_years),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
