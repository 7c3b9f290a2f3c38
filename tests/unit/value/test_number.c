#include "value/number.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *print(double v)
{
    static char text[BF_NUMBER_MAX];
    size_t n = bf_number_format(text, v);
    assert_in_range(n, 1, 24);
    text[n] = '\0';
    return text;
}

/* What Python's repr gives. */
static void prints_as_python(void **state)
{
    (void)state;
    static const struct {
        double v;
        const char *text;
    } cases[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1, "1.0"},
        {-3, "-3.0"},
        {10, "10.0"},
        {0.1, "0.1"},
        {3.06, "3.06"},
        {50.6292, "50.6292"},
        {3.0611111111113, "3.0611111111113"},
        {-179.999999999999, "-179.999999999999"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {2.0 / 3, "0.6666666666666666"},
        {9.999999999999999, "9.999999999999998"},
        {0.0999999999999999, "0.0999999999999999"},
        {1e-4, "0.0001"},
        {9.9999e-5, "9.9999e-05"},
        {1e-5, "1e-05"},
        {1e-7, "1e-07"},
        {1.5e-7, "1.5e-07"},
        {123456789012345, "123456789012345.0"},
        {1e15, "1000000000000000.0"},
        {999999999999999.9, "999999999999999.9"},
        {9007199254740993.0, "9007199254740992.0"},
        {9999999999999998, "9999999999999998.0"},
        {1e16, "1e+16"},
        {1e22, "1e+22"},
        {1e23, "1e+23"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {5e-324, "5e-324"},
        {-1.5e-310, "-1.5e-310"},
        {1e100, "1e+100"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(print(cases[i].v), cases[i].text);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed += 0x9E3779B97F4A7C15u; /* splitmix64 */
    uint64_t z = *seed;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Numbers with few decimals have a way of their own: printf rounds to what they are made of. */
static void prints_few_decimals(void **state)
{
    (void)state;
    uint64_t seed = 7;
    char wanted[40];
    for (int i = 0; i < 300000; i++) {
        static const double tens[] = {1, 10, 100, 1000, 1e4, 1e5, 1e6};
        uint64_t m = next_random(&seed) >> (20 + next_random(&seed) % 44);
        int places = (int)(next_random(&seed) % 7);
        double v = (double)m / tens[places];
        if (m >= 100000000000000 || v >= 1e10 || (m && v < 1e-4))
            continue;
        snprintf(wanted, sizeof wanted, "%.*f", places ? places : 1, v);
        for (size_t n = strlen(wanted); wanted[n - 1] == '0' && wanted[n - 2] != '.'; n--)
            wanted[n - 1] = '\0';
        assert_string_equal(print(v), wanted);
    }
    assert_string_equal(print(999999999.999999), "999999999.999999");
    assert_string_equal(print(1000000000.000001), "1000000000.000001");
    assert_string_equal(print(0.999999), "0.999999");
    assert_string_equal(print(0.9999999), "0.9999999");
    assert_string_equal(print(0.000101), "0.000101");
}

static void prints_ints(void **state)
{
    (void)state;
    uint64_t seed = 3;
    char text[BF_NUMBER_MAX], wanted[BF_NUMBER_MAX];
    for (int i = 0; i < 20000; i++) {
        int64_t v = i < 2000 ? i - 1000 : (int64_t)next_random(&seed) >> (i % 64);
        v = i == 2000 ? INT64_MIN : i == 2001 ? INT64_MAX : v;
        size_t n = bf_number_format_int(text, v);
        assert_int_equal(snprintf(wanted, sizeof wanted, "%lld", (long long)v), n);
        assert_memory_equal(text, wanted, n);
    }
}

static void prints_no_nan(void **state)
{
    (void)state;
    assert_string_equal(print((double)NAN), "null");
    assert_string_equal(print(-(double)INFINITY), "null");
}

static void read_back(double v)
{
    const char *text = print(v);
    double strict;
    assert_true(bf_number_real(bf_str_of(text), &strict));
    double libc = strtod(text, NULL);
    assert_memory_equal(&strict, &v, sizeof v);
    assert_memory_equal(&libc, &v, sizeof v);
}

static void random_doubles_read_back(void **state)
{
    (void)state;
    uint64_t seed = 20251124;
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = next_random(&seed);
        double v;
        memcpy(&v, &bits, sizeof v);
        if (isfinite(v))
            read_back(v);
    }
}

/* Decimals of k places must print as they were written: no digit more. */
static void decimals_print_as_written(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int i = 0; i < 100000; i++) {
        int places = i % 13;
        char text[40];
        double v = (double)(next_random(&seed) % 360000) / 1000 - 180;
        int n = snprintf(text, sizeof text, "%.*f", places, v);
        while (places && text[n - 1] == '0' && text[n - 2] != '.')
            text[--n] = '\0';
        if (!places)
            memcpy(text + n, ".0", 3);
        v = strtod(text, NULL);
        assert_string_equal(print(v), text);
        read_back(v);
    }
}

static void reads_ints(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t v;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"007", 7},
                {"-42", -42},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "1e3",
                                      "0x10",
                                      "--1",
                                      "1-",
                                      "٣",
                                      "1,0",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999999999999999999999999999"};
    int64_t v;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(bf_number_int(bf_str_of(good[i].text), &v));
        assert_true(v == good[i].v);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(bf_number_int(bf_str_of(bad[i]), &v));
    assert_false(bf_number_int((struct bf_str){NULL, 0}, &v));
    assert_false(bf_number_int((struct bf_str){"1\0", 2}, &v));
}

static void reads_reals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double v;
    } good[] = {
        {"0", 0},
        {"-0.0", -0.0},
        {"3", 3},
        {"0003.50", 3.5},
        {"1e3", 1000},
        {"1E+3", 1000},
        {"25e-1", 2.5},
        {"9007199254740993", 9007199254740993.0},
        {"0.1", 0.1},
        {"1e22", 1e22},
        {"1e23", 1e23},
        {"1e-400", 0},
        {"0e99999999999999999999", 0},
        {"123456789012345678901234567890", 123456789012345678901234567890.0},
        {"1.7976931348623157e308", 1.7976931348623157e308},
        {"179769313486231580793728971405301e276", 1.7976931348623157e308},
    };
    static const char *const bad[] = {"",      "-",      ".5",    "5.",  "+5",    "1e",  "1e+",
                                      "nan",   "inf",    "0x1p3", "1_0", " 1",    "1 ",  "1.2.3",
                                      "1e400", "-1e400", "1,5",   "--1", "1e5.0", "1.e5"};
    double v;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(bf_number_real(bf_str_of(good[i].text), &v));
        assert_memory_equal(&v, &good[i].v, sizeof v);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(bf_number_real(bf_str_of(bad[i]), &v));
}

static void long_reals(void **state)
{
    (void)state;
    char text[BF_NUMBER_TEXT + 1];
    memset(text, '1', sizeof text);
    double v;
    assert_false(bf_number_real((struct bf_str){text, sizeof text}, &v));    /* too long */
    assert_false(bf_number_real((struct bf_str){text, BF_NUMBER_TEXT}, &v)); /* infinite */
    memset(text, '0', sizeof text);
    text[1] = '.';
    text[BF_NUMBER_TEXT - 1] = '7';
    assert_true(bf_number_real((struct bf_str){text, BF_NUMBER_TEXT}, &v));
    assert_true(v >= 0 && v <= 0);
}

static void prints_into_buffer(void **state)
{
    (void)state;
    struct bf_buf b;
    bf_buf_init(&b, BF_NUMBER_MAX + 8);
    bf_number_print(&b, 2.5);
    assert_true(bf_str_eq(bf_buf_view(&b), BF_STR("2.5")));
    bf_buf_str(&b, BF_STR("0123456789"));
    bf_number_print(&b, 2.5); /* not the room that the longest number needs */
    assert_true(bf_buf_failed(&b));
    bf_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_as_python),
        cmocka_unit_test(prints_few_decimals),
        cmocka_unit_test(prints_ints),
        cmocka_unit_test(prints_no_nan),
        cmocka_unit_test(random_doubles_read_back),
        cmocka_unit_test(decimals_print_as_written),
        cmocka_unit_test(reads_ints),
        cmocka_unit_test(reads_reals),
        cmocka_unit_test(long_reals),
        cmocka_unit_test(prints_into_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
