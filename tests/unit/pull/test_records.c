/* From a body to a list of records and its names. */
#include "pull/records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct bf_arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = bf_arena_new(64 << 20);
    return arena == NULL;
}

static int close_arena(void **state)
{
    (void)state;
    bf_arena_free(arena);
    return 0;
}

/* The names as JSON, or why there are none. */
static const char *find(struct bf_upstream s, const char *body, struct bf_pull_records *out)
{
    static struct bf_err err;
    bf_err_clear(&err);
    if (!bf_pull_records_find(arena, &s, bf_str_of(body), out, &err)) {
        assert_int_equal(err.code, BF_E_BODY);
        return err.message;
    }
    return bf_pull_names_print(arena, &out->names).p;
}

static void test_json(void **state)
{
    struct bf_pull_records r;
    struct bf_upstream s = {.format = BF_UPSTREAM_JSON};
    (void)state;
    assert_string_equal(find(s, " [{\"b\":1,\"a\":[{\"x\":2}]},{\"c\\u00e9\\n\":null}] ", &r),
                        "[\"a\",\"b\",\"cé\\n\"]");
    assert_string_equal(find(s, "[]", &r), "[]");
    s.records = BF_STR("/a/1/b~1~0");
    assert_string_equal(find(s, "{\"a\":[7,{\"b/~\":[{\"n\":1}]}],\"z\":[{\"m\":1}]}", &r),
                        "[\"n\"]");
    assert_int_equal(r.text.n, strlen("[{\"n\":1}]"));
    assert_memory_equal(r.text.p, "[{\"n\":1}]", r.text.n);
}

/* A body that ends early is refused also when the list in it is whole. */
static void test_json_cut(void **state)
{
    static const char whole[] = "{\"a\":{\"list\":[{\"n\":1},{\"n\":\"]}\"}]},\"after\":true}";
    struct bf_pull_records r;
    struct bf_upstream s = {.format = BF_UPSTREAM_JSON, .records = BF_STR("/a/list")};
    char cut[sizeof whole];
    (void)state;
    assert_string_equal(find(s, whole, &r), "[\"n\"]");
    for (size_t n = 0; n + 1 < sizeof whole; n++) {
        memcpy(cut, whole, n);
        cut[n] = '\0';
        assert_ptr_not_equal(strstr(find(s, cut, &r), " "),
                             NULL); /* a sentence, no list of names */
    }
}

static void test_json_refused(void **state)
{
    static const char *const all[] = {"",
                                      "{}",
                                      "null",
                                      "[1]",
                                      "[[]]",
                                      "[{}",
                                      "[{},]",
                                      "[{]}",
                                      "[{\"a\"}]",
                                      "[{\"a\":}]",
                                      "[{}] []",
                                      "<html>",
                                      "[null]",
                                      "[\"a\"]",
                                      "[{\"a\":1,}]",
                                      "[{a:1}]",
                                      "[{\"a\":\"\\ud800\"}]"};
    struct bf_pull_records r;
    struct bf_upstream s = {.format = BF_UPSTREAM_JSON};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_ptr_not_equal(strstr(find(s, all[i], &r), " "), NULL);
}

static void test_lines_and_csv(void **state)
{
    struct bf_pull_records r;
    struct bf_upstream lines = {.format = BF_UPSTREAM_LINES};
    struct bf_upstream csv = {.format = BF_UPSTREAM_CSV};
    (void)state;
    assert_string_equal(find(lines, "{\"a\":1}\r\n\n{\"b\":2}", &r), "[\"a\",\"b\"]");
    assert_ptr_not_equal(strstr(find(lines, "{\"a\":1}\n[", &r), "not JSON"), NULL);
    assert_string_equal(find(csv, "b;\"a\nx\";c\n1;2;3\n", &r), "[\"a\\nx\",\"b\",\"c\"]");
    assert_string_equal(find(csv, "only", &r), "[\"only\"]");
    assert_ptr_not_equal(strstr(find(csv, "", &r), "header"), NULL);
    assert_ptr_not_equal(strstr(find(csv, "\n\n", &r), "header"), NULL);
}

static void test_names_most(void **state)
{
    struct bf_pull_records r;
    struct bf_upstream s = {.format = BF_UPSTREAM_JSON};
    struct bf_buf b;
    (void)state;
    bf_buf_init(&b, 1 << 20);
    bf_buf_text(&b, "[{\"x\":1");
    for (int i = 0; i < BF_PULL_NAMES; i++)
        bf_buf_printf(&b, ",\"n%d\":1", i);
    bf_buf_text(&b, "}]");
    bf_buf_char(&b, '\0');
    assert_string_equal(find(s, b.p, &r), "The records have more than 2000 different names.");
    bf_buf_fini(&b);
}

static bool same(struct bf_upstream s, const char *before, const char *now, struct bf_str *why)
{
    struct bf_pull_names x, y;
    assert_true(bf_pull_names_read(arena, bf_str_of(before), &x));
    assert_true(bf_pull_names_read(arena, bf_str_of(now), &y));
    return bf_pull_names_same(arena, &s, &x, &y, why);
}

static void test_names_same(void **state)
{
    struct bf_str optional[] = {BF_STR("o")};
    struct bf_upstream s = {.optional = optional, .noptional = 1};
    struct bf_str why;
    (void)state;
    assert_true(same(s, "[\"a\",\"b\"]", "[\"a\",\"b\",\"o\"]", &why));
    assert_true(same(s, "[\"a\",\"o\"]", "[\"a\"]", &why));
    assert_false(same(s, "[\"a\",\"b\"]", "[\"a\",\"c\"]", &why));
    assert_string_equal(why.p,
                        "The names of the fields have changed since the last good run. Missing: "
                        "\"b\". New: \"c\".");
    assert_false(
        same(s, "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\"]", "[]", &why));
    assert_non_null(strstr(why.p, "\"h\" and 2 more."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),         cmocka_unit_test(test_json_cut),
        cmocka_unit_test(test_json_refused), cmocka_unit_test(test_lines_and_csv),
        cmocka_unit_test(test_names_most),   cmocka_unit_test(test_names_same),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
