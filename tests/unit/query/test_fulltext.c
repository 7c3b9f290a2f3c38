/* Full text: what has no words, where a range of beginnings ends, which conditions the index
 * serves. The SQL of each form is in tests/suites/odsql (text-*). */
#include "query/fulltext.h"

#include "demo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void words_are_counted_before_sql_sees_them(void **state)
{
    static const struct {
        const char *text;
        size_t words;
    } cases[] = {
        {"", 0},
        {" \t\n", 0},
        {"a", 1},
        {"a b", 2},
        {"a-b/c.d", 4},
        {"l'h\xC3\xB4pital", 2},
        {"l\xE2\x80\x99h\xC3\xB4pital", 2},
        {"\xC2\xAB \xE2\x80\xA6 \xC2\xBB", 0},
        {"\xF0\x9F\x9A\xB2", 0},
        {"v\xF0\x9F\x9A\xB2v", 2},
        {"\xC3\xA9", 1},
        {"\xC3\x97", 0},
        {"\xE2\x85\xA3", 1}, /* the numeral IV is a letter */
        {"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(bf_fulltext_words(bf_str_of(cases[i].text)), cases[i].words);
        assert_int_equal(bf_fulltext_wordless(bf_str_of(cases[i].text)), cases[i].words == 0);
    }
}

static void assert_after(struct bf_arena *a, const char *text, const char *end)
{
    struct bf_str found = bf_fulltext_after(a, bf_str_of(text));
    assert_true(bf_str_eq(found, bf_str_of(end)));
    assert_true(found.n == 0 || bf_str_is_utf8(found));
    assert_true(found.n == 0 || bf_str_cmp(bf_str_of(text), found) < 0);
}

static void a_range_of_beginnings_ends_at_the_next_text(void **state)
{
    struct bf_arena *a = bf_arena_new(1 << 16);
    (void)state;
    assert_after(a, "a", "b");
    assert_after(a, "ab", "ac");
    assert_after(a, "a~", "a\x7F");
    assert_after(a, "a\x7F", "a\xC2\x80");
    assert_after(a, "\xDF\xBF", "\xE0\xA0\x80");
    assert_after(a, "\xED\x9F\xBF", "\xEE\x80\x80"); /* surrogates are no characters */
    assert_after(a, "\xEF\xBF\xBF", "\xF0\x90\x80\x80");
    assert_after(a, "a\xF4\x8F\xBF\xBF", "b"); /* nothing comes after U+10FFFF */
    assert_after(a, "a\xF4\x8F\xBF\xBF\xF4\x8F\xBF\xBF", "b");
    assert_after(a, "\xF4\x8F\xBF\xBF", "");
    assert_after(a, "", "");
    bf_arena_free(a);
}

static struct bf_query *checked(struct bf_arena *a, const struct bf_schema *schema,
                                const char *where, struct bf_err *err)
{
    struct bf_query_text text = {.zone = bf_zone_utc(), .limit = 10, .wheres = 1};
    text.where[0] = bf_str_of(where);
    struct bf_query *q = bf_query_parse(a, &text, err);
    return q && bf_query_check(q, schema, err) ? q : NULL;
}

static bool contains(struct bf_str text, const char *part)
{
    struct bf_str s = bf_str_of(part);
    for (size_t i = 0; i + s.n <= text.n; i++)
        if (bf_str_eq((struct bf_str){text.p + i, s.n}, s))
            return true;
    return false;
}

static void only_what_every_row_must_fulfil_orders_the_rows(void **state)
{
    static const struct {
        const char *where;
        bool ranked, index_kept;
    } cases[] = {
        {"'lille'", true, false},
        {"'lille' and max > 3", true, false},
        {"(max > 3 and (nom like 'a' and max < 5))", true, false},
        {"'lille' or max > 3", false, false},
        {"not 'lille'", false, false},
        {"nom not like 'lille'", false, false},
        {"extra like 'lille'", false, false}, /* no index has it */
        {"'...'", false, false},
        {"startswith(nom, 'a')", false, true},
        {"phrase('a')", false, true},
        {"startswith(etat, 'a')", false, false}, /* a range of its own index */
    };
    struct bf_arena *a = bf_arena_new(1 << 20);
    struct bf_schema schema;
    struct bf_err err;
    (void)state;
    demo_schema(&schema, a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bf_sql sql;
        bf_err_clear(&err);
        struct bf_query *q = checked(a, &schema, cases[i].where, &err);
        assert_non_null(q);
        assert_true(bf_query_sql(q, &sql, &err));
        assert_int_equal(contains(sql.order, " IN (SELECT "), cases[i].ranked);
        assert_int_equal(contains(sql.order, "IS NULL"), cases[i].index_kept);
    }
    bf_arena_free(a);
}

/* The parts of an answer that only count use no parameter but those of where. */
static void the_order_has_no_parameter_of_its_own(void **state)
{
    struct bf_arena *a = bf_arena_new(1 << 20);
    struct bf_schema schema;
    struct bf_err err;
    struct bf_sql sql;
    (void)state;
    demo_schema(&schema, a);
    bf_err_clear(&err);
    struct bf_query *q = checked(a, &schema, "'x' and search(nom, 'y z') and max = 3", &err);
    assert_non_null(q);
    assert_true(bf_query_sql(q, &sql, &err));
    assert_true(contains(sql.order, "$2::text::tsquery"));
    assert_true(contains(sql.order, "finds_exactly($3)"));
    assert_int_equal(sql.nparams, 6); /* 1, 1 and 3 for rows and total alike, and the limit */
    bf_arena_free(a);
}

static void memory_that_runs_out_is_an_error(void **state)
{
    struct bf_err err;
    (void)state;
    for (size_t cap = 256; cap < 64 * 1024; cap += 1 + cap / 8) {
        struct bf_arena *names = bf_arena_new(1 << 20);
        struct bf_arena *a = bf_arena_new(cap);
        struct bf_schema schema;
        struct bf_sql sql;
        demo_schema(&schema, names);
        bf_err_clear(&err);
        struct bf_query *q =
            checked(a, &schema, "search('x') and startswith('y') and startswith(etat, 'z')", &err);
        if (!q || !bf_query_sql(q, &sql, &err))
            assert_int_equal(err.code, BF_E_MEMORY);
        bf_arena_free(a);
        bf_arena_free(names);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_counted_before_sql_sees_them),
        cmocka_unit_test(a_range_of_beginnings_ends_at_the_next_text),
        cmocka_unit_test(only_what_every_row_must_fulfil_orders_the_rows),
        cmocka_unit_test(the_order_has_no_parameter_of_its_own),
        cmocka_unit_test(memory_that_runs_out_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
