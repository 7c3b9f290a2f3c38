#include "auth/narrow.h"

#include "value/geometry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct bf_key_box box = {3, 50, 4, 51};

static struct bf_geometry geometry(struct bf_arena *a, const char *wkt)
{
    struct bf_geometry g;
    const char *why;
    if (!bf_geometry_read(a, bf_str_of(wkt), 100, &g, &why))
        fail_msg("%s: %s", wkt, why);
    return g;
}

static void a_box_holds_what_lies_inside_wholly(void **state)
{
    (void)state;
    static const struct {
        const char *wkt;
        bool held;
    } cases[] = {
        {"POINT (3.5 50.5)", true},
        {"POINT (3 50)", true},
        {"POINT (4 51)", true},
        {"POINT (2.9999999 50.5)", false},
        {"POINT (3.5 51.0000001)", false},
        {"LINESTRING (3 50, 4 51)", true},
        {"LINESTRING (3 50, 5 51)", false},
        {"LINESTRING (2 50, 4 51)", false},
        {"POLYGON ((3 50, 4 50, 4 51, 3 50))", true},
        {"POLYGON ((3 50, 4 50, 4 52, 3 50))", false},
        {"POLYGON ((3 50, 4 50, 4 51, 3 50), (3.2 50.1, 3.3 50.1, 3.3 50.2, 3.2 50.1))", true},
        {"POLYGON ((3 50, 4 50, 4 51, 3 50), (3.2 50.1, 5 50.1, 3.3 50.2, 3.2 50.1))", false},
        {"MULTIPOINT ((3 50), (4 51))", true},
        {"MULTIPOINT ((3 50), (4 52))", false},
        {"MULTILINESTRING ((3 50, 4 51), (3.1 50.1, 3.2 50.2))", true},
        {"MULTILINESTRING ((3 50, 4 51), (3.1 50.1, 3.2 52))", false},
        {"MULTIPOLYGON (((3 50, 4 50, 4 51, 3 50)), ((3 50, 4 50, 4 51, 3 50)))", true},
        {"MULTIPOLYGON (((3 50, 4 50, 4 51, 3 50)), ((3 50, 9 50, 4 51, 3 50)))", false},
        {"GEOMETRYCOLLECTION (POINT (3 50), LINESTRING (3 50, 4 51))", true},
        {"GEOMETRYCOLLECTION (POINT (3 50), GEOMETRYCOLLECTION (POINT (0 0)))", false},
    };
    struct bf_arena *a = bf_arena_new(1u << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (bf_key_box_holds(&box, geometry(a, cases[i].wkt).ewkb) != cases[i].held)
            fail_msg("%s", cases[i].wkt);
    bf_arena_free(a);
}

static void what_cannot_be_read_is_not_held(void **state)
{
    (void)state;
    struct bf_arena *a = bf_arena_new(1u << 20);
    struct bf_str ewkb = geometry(a, "MULTILINESTRING ((3 50, 4 51), (3.1 50.1, 3.2 50.2))").ewkb;
    for (size_t n = 0; n < ewkb.n; n++)
        assert_false(bf_key_box_holds(&box, (struct bf_str){ewkb.p, n}));
    assert_true(bf_key_box_holds(&box, ewkb));
    char *longer = bf_arena_alloc(a, ewkb.n + 1);
    memcpy(longer, ewkb.p, ewkb.n);
    longer[ewkb.n] = 'x';
    assert_false(bf_key_box_holds(&box, (struct bf_str){longer, ewkb.n + 1}));
    /* A count that is larger than the bytes. */
    assert_false(bf_key_box_holds(&box, BF_STR("\1\2\0\0\0\xff\xff\xff\xff")));
    assert_false(bf_key_box_holds(&box, BF_STR("\1\x07\0\0\0\xff\xff\xff\xff")));
    bf_arena_free(a);
}

static void origins_are_those_that_browsers_send(void **state)
{
    (void)state;
    static const char *const good[] = {"https://a", "http://localhost:8080", "https://a-b.c1.fr",
                                       "https://127.0.0.1:1", "http://a:443"};
    static const char *const bad[] = {"",
                                      "https://",
                                      "https://a/",
                                      "HTTPS://a",
                                      "https://A",
                                      "https://a:443",
                                      "http://a:80",
                                      "https://a:",
                                      "https://a:0",
                                      "https://a:65536",
                                      "https://-a",
                                      "https://.a",
                                      "https://a.",
                                      "https://a b",
                                      "//a",
                                      "a",
                                      "https:a",
                                      "https://u@a",
                                      "*",
                                      "null",
                                      "https://é",
                                      "file://",
                                      "https://a:08"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!bf_origin_is_good(bf_str_of(good[i])))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (bf_origin_is_good(bf_str_of(bad[i])))
            fail_msg("%s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_box_holds_what_lies_inside_wholly),
        cmocka_unit_test(what_cannot_be_read_is_not_held),
        cmocka_unit_test(origins_are_those_that_browsers_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
