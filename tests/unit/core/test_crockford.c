#include "core/crockford.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void an_id_has_one_text(void **state)
{
    (void)state;
    uint64_t bits;
    assert_true(bf_crockford_read(BF_STR("k3v9m2qa"), &bits));
    assert_false(bf_crockford_read(BF_STR("K3V9M2QA"), &bits));
    assert_false(bf_crockford_read(BF_STR("o3v9m2qa"), &bits));
    assert_false(bf_crockford_read(BF_STR("k3v9-2qa"), &bits));
}

static void what_people_type_is_read_as_they_meant_it(void **state)
{
    (void)state;
    static const char *const same[] = {
        "k3v01m2a",        "K3V01M2A",        "K3V0-1M2A",    "k3vo-lm2a", "K3VO-IM2A",
        "k 3 v o i m 2 a", " k3v0\t1m2a\r\n", "-k3v0--1m2a-", "K3v0 1M2a",
    };
    static const char *const none[] = {
        "",          "-",        "k3v01m2",   "k3v01m2a0", "k3vu1m2a", "K3V0_1M2A",
        "k3v0.1m2a", "k3v01m2*", "k3v0–1m2a", "k3v01m2é",  "k3v01m2'",
    };
    char digits[8];
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        if (!bf_crockford_typed(bf_str_of(same[i]), digits, sizeof digits))
            fail_msg("\"%s\" is not read", same[i]);
        assert_memory_equal(digits, "k3v01m2a", sizeof digits);
    }
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (bf_crockford_typed(bf_str_of(none[i]), digits, sizeof digits))
            fail_msg("\"%s\" is read", none[i]);
    assert_false(bf_crockford_typed((struct bf_str){NULL, 0}, digits, sizeof digits));
    assert_false(bf_crockford_typed((struct bf_str){"k3v0\0001m2a", 9}, digits, sizeof digits));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_has_one_text),
        cmocka_unit_test(what_people_type_is_read_as_they_meant_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
