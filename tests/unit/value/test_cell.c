#include "value/cell.h"
#include "value/geometry.h"
#include "value/instant.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
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

static struct bf_cell cell(const char *p, size_t n)
{
    return (struct bf_cell){p, (int32_t)n};
}

#define CELL(bytes) cell(bytes, sizeof(bytes) - 1)

static struct bf_value put_and_read(struct bf_value v)
{
    bf_buf_clear(&buf);
    bf_cell_put(&buf, &v);
    return bf_cell_value((struct bf_cell){buf.p, (int32_t)buf.n}, v.type);
}

/* Bytes as PostgreSQL's send functions make them. */
static void known_bytes(void **state)
{
    (void)state;
    assert_true(bf_cell_value(CELL("\1"), BF_BOOL).boolean);
    assert_false(bf_cell_value(CELL("\0"), BF_BOOL).boolean);
    assert_int_equal(bf_cell_value(CELL("\0\0\0\0\0\0\1\2"), BF_INT).integer, 258);
    assert_int_equal(bf_cell_value(CELL("\377\377\377\377\377\377\377\376"), BF_INT).integer, -2);
    double real = bf_cell_value(CELL("\x40\x09\x1e\xb8\x51\xeb\x85\x1f"), BF_DOUBLE).real;
    assert_true(real >= 3.14 && real <= 3.14);
    assert_int_equal(bf_cell_value(CELL("\0\0\0\0"), BF_DATE).date, 10957);
    assert_int_equal(bf_cell_value(CELL("\377\377\377\377"), BF_DATE).date, 10956);
    assert_int_equal(bf_cell_value(CELL("\0\0\0\0\0\0\0\1"), BF_DATETIME).instant,
                     INT64_C(946684800000001));
    struct bf_value text = bf_cell_value(CELL("h\xc3\xa9"), BF_TEXT);
    assert_true(text.type == BF_TEXT && bf_str_eq(text.text, BF_STR("h\xc3\xa9")));
    assert_int_equal(bf_cell_value(cell("", 0), BF_TEXT).type, BF_TEXT);
    assert_int_equal(bf_cell_value(CELL("{}"), BF_JSON).type, BF_JSON);
}

static void round_trips(void **state)
{
    (void)state;
    static const int64_t ints[] = {0, 1, -1, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof ints / sizeof ints[0]; i++)
        assert_int_equal(
            put_and_read((struct bf_value){.type = BF_INT, .integer = ints[i]}).integer, ints[i]);
    static const int64_t instants[] = {0, 1, -1, BF_INSTANT_MIN, BF_INSTANT_MAX};
    for (size_t i = 0; i < sizeof instants / sizeof instants[0]; i++) {
        struct bf_value v =
            put_and_read((struct bf_value){.type = BF_DATETIME, .instant = instants[i]});
        assert_int_equal(v.type, BF_DATETIME);
        assert_int_equal(v.instant, instants[i]);
    }
    static const int32_t dates[] = {0, -1, BF_DATE_MIN, BF_DATE_MAX};
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        struct bf_value v = put_and_read((struct bf_value){.type = BF_DATE, .date = dates[i]});
        assert_int_equal(v.type, BF_DATE);
        assert_int_equal(v.date, dates[i]);
    }
    double real = put_and_read((struct bf_value){.type = BF_DOUBLE, .real = -1e-300}).real;
    assert_true(real >= -1e-300 && real <= -1e-300);
    assert_true(put_and_read((struct bf_value){.type = BF_BOOL, .boolean = true}).boolean);
    struct bf_value point =
        put_and_read((struct bf_value){.type = BF_GEO_POINT, .point = {3.06, 50.63}});
    assert_int_equal(point.type, BF_GEO_POINT);
    assert_true(point.point.lon >= 3.06 && point.point.lon <= 3.06 && point.point.lat > 50);
    assert_int_equal(put_and_read((struct bf_value){.type = BF_NULL}).type, BF_NULL);
    assert_int_equal(buf.n, 0);
}

static void reads_as_null(void **state)
{
    (void)state;
    static const enum bf_type fixed[] = {BF_BOOL, BF_INT, BF_DOUBLE, BF_DATE, BF_DATETIME};
    char bytes[32] = {0};
    for (size_t t = 0; t < sizeof fixed / sizeof fixed[0]; t++)
        for (int32_t n = -1; n < 20; n++) {
            bool right = n == (fixed[t] == BF_BOOL ? 1 : fixed[t] == BF_DATE ? 4 : 8);
            struct bf_cell c = {bytes, n};
            assert_int_equal(bf_cell_is(c, fixed[t]), right);
            assert_int_equal(bf_cell_value(c, fixed[t]).type, right ? fixed[t] : BF_NULL);
        }
    static const enum bf_type open[] = {BF_TEXT, BF_JSON, BF_GEO_SHAPE, BF_GEO_POINT, BF_NULL};
    for (size_t t = 0; t < sizeof open / sizeof open[0]; t++)
        assert_int_equal(bf_cell_value((struct bf_cell){NULL, -1}, open[t]).type, BF_NULL);
    assert_int_equal(bf_cell_value(CELL("abc"), BF_NULL).type, BF_NULL);
    assert_int_equal(bf_cell_value(CELL("abc"), (enum bf_type)99).type, BF_NULL);
    assert_int_equal(bf_cell_value(CELL("not a geometry"), BF_GEO_POINT).type, BF_NULL);
    assert_true(bf_cell_null((struct bf_cell){NULL, -1}));
    assert_false(bf_cell_null(cell("", 0)));
}

/* PostgreSQL has values that our types do not have. */
static void foreign_values(void **state)
{
    (void)state;
    assert_int_equal(bf_cell_value(CELL("\x7f\xf8\0\0\0\0\0\0"), BF_DOUBLE).type, BF_NULL);
    assert_int_equal(bf_cell_value(CELL("\x7f\xf0\0\0\0\0\0\0"), BF_DOUBLE).type, BF_NULL);
    assert_int_equal(bf_cell_value(CELL("\x7f\xff\xff\xff"), BF_DATE).type, BF_NULL);
    assert_int_equal(bf_cell_value(CELL("\x80\0\0\0"), BF_DATE).type, BF_NULL);
    assert_int_equal(bf_cell_value(CELL("\x7f\xff\xff\xff\xff\xff\xff\xff"), BF_DATETIME).type,
                     BF_NULL);
    assert_int_equal(bf_cell_value(CELL("\x80\0\0\0\0\0\0\0"), BF_DATETIME).type, BF_NULL);
}

static void types(void **state)
{
    (void)state;
    assert_int_equal(bf_type_named(BF_STR("geo_point_2d"))->type, BF_GEO_POINT);
    assert_null(bf_type_named(BF_STR("null")));
    assert_null(bf_type_named(BF_STR("Text")));
    assert_null(bf_type_named(BF_STR("")));
    for (int t = BF_NULL; t <= BF_JSON; t++) {
        const struct bf_type_info *info = bf_type_info((enum bf_type)t);
        assert_int_equal(info->type, t);
        assert_true(info->name && info->column && info->expected);
        if (t != BF_NULL)
            assert_ptr_equal(bf_type_named(bf_str_of(info->name)), info);
    }
    assert_int_equal(bf_type_info((enum bf_type)1000)->type, BF_NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(known_bytes),    TEST(round_trips), TEST(reads_as_null),
        TEST(foreign_values), TEST(types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
