/* api/push/memo: what is found is what was kept, of that script alone, in bounded memory. */
#include "api/push/memo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct bf_str record_of(char out[64], int number)
{
    snprintf(out, 64, "{\"id\":\"%d\",\"n\":1}", number);
    return bf_str_of(out);
}

static void keep(struct bf_memo *m, uint64_t of, int number)
{
    char text[64], name[64];
    snprintf(name, sizeof name, "station %d", number);
    const struct bf_value values[] = {bf_value_text(bf_str_of(name)), bf_value_int(number)};
    struct bf_memo_row row = {.values = values, .repeated = number % 2};
    memset(row.id, number, sizeof row.id);
    bf_memo_keep(m, of, record_of(text, number), &row, 2);
}

static bool knows(struct bf_memo *m, uint64_t of, int number)
{
    char text[64], name[64];
    const struct bf_memo_row *row = bf_memo_find(m, of, record_of(text, number));
    if (!row)
        return false;
    snprintf(name, sizeof name, "station %d", number);
    assert_true(bf_str_eq(row->values[0].text, bf_str_of(name)));
    assert_int_equal(row->values[1].integer, number);
    assert_int_equal(row->repeated, number % 2);
    assert_int_equal(row->id[19], (unsigned char)number);
    return true;
}

static void what_is_kept_is_found(void **state)
{
    (void)state;
    struct bf_memo *m = bf_memo_new(1 << 20);
    assert_false(knows(m, 1, 7));
    for (int i = 0; i < 100; i++)
        keep(m, 1, i);
    for (int i = 0; i < 100; i++)
        assert_true(knows(m, 1, i));
    assert_false(knows(m, 1, 100));
    assert_false(knows(m, 2, 7));
    assert_null(bf_memo_find(m, 1, BF_STR("")));
    bf_memo_keep(m, 2, BF_STR("{}"), &(struct bf_memo_row){.why = BF_STR_INIT("a test")}, 0);
    const struct bf_memo_row *dropped = bf_memo_find(m, 2, BF_STR("{}"));
    assert_non_null(dropped);
    assert_null(dropped->values);
    assert_true(bf_str_eq(dropped->why, BF_STR("a test")));
    bf_memo_free(m);
    bf_memo_free(NULL);
}

/* 50,000 pass through 256 KiB; one of them comes again and again. */
static void what_goes_on_coming_stays(void **state)
{
    (void)state;
    struct bf_memo *m = bf_memo_new(256 << 10);
    size_t found = 0;
    keep(m, 1, 0);
    for (int i = 1; i < 50000; i++) {
        keep(m, 1, i);
        assert_true(knows(m, 1, i));
        assert_true(knows(m, 1, 0));
    }
    for (int i = 1; i < 50000; i++)
        found += knows(m, 1, i);
    assert_in_range(found, 100, 2000);
    bf_memo_free(m);
}

/* Neither what is large pushes everything else out, nor what has no room at all. */
static void what_is_large_is_not_kept(void **state)
{
    (void)state;
    static char large[BF_MEMO_RECORD + 1];
    memset(large, 'x', sizeof large);
    struct bf_str text = {large, sizeof large};
    struct bf_value value = bf_value_text(text);
    struct bf_memo *m = bf_memo_new(1 << 20);
    keep(m, 1, 1);
    for (int i = 0; i < 1000; i++) {
        bf_memo_keep(m, 1, text, &(struct bf_memo_row){.why = BF_STR_INIT("")}, 0);
        bf_memo_keep(m, 1, BF_STR("{}"), &(struct bf_memo_row){.values = &value}, 1);
        bf_memo_keep(m, 1, BF_STR("[]"), &(struct bf_memo_row){.why = text}, 0);
    }
    assert_null(bf_memo_find(m, 1, text));
    assert_null(bf_memo_find(m, 1, BF_STR("{}")));
    assert_null(bf_memo_find(m, 1, BF_STR("[]")));
    assert_true(knows(m, 1, 1));
    bf_memo_free(m);
    m = bf_memo_new(64);
    keep(m, 1, 1);
    assert_false(knows(m, 1, 1));
    bf_memo_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_found),
        cmocka_unit_test(what_goes_on_coming_stays),
        cmocka_unit_test(what_is_large_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
