/* limits/caller: which addresses are one caller. */
#include "limits/caller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool same(const char *one, const char *other)
{
    unsigned char a[BF_CALLER_BYTES], b[BF_CALLER_BYTES];
    assert_int_equal(bf_caller_read(bf_str_of(one), a), BF_CALLER_ADDRESS);
    assert_int_equal(bf_caller_read(bf_str_of(other), b), BF_CALLER_ADDRESS);
    return memcmp(a, b, sizeof a) == 0;
}

static void one_caller(void **state)
{
    (void)state;
    assert_true(same("192.0.2.1", "192.0.2.1"));
    assert_true(same("192.0.2.1", "::ffff:192.0.2.1"));
    assert_true(same("2001:db8:1:2::1", "2001:DB8:1:2:ffff:ffff:ffff:ffff"));
}

static void two_callers(void **state)
{
    (void)state;
    assert_false(same("192.0.2.1", "192.0.2.2"));
    assert_false(same("2001:db8:1:2::1", "2001:db8:1:3::1"));
    assert_false(same("4.4.4.4", "0404:0404::1"));
}

static void neither(void **state)
{
    (void)state;
    static const char *const self[] = {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"};
    static const char *const none[] = {"",           "unix:",     "localhost", "1.2.3",
                                       "1.2.3.4:80", "1.2.3.400", "::1%lo",    "fe80::1%eth0"};
    unsigned char out[BF_CALLER_BYTES];
    for (size_t i = 0; i < sizeof self / sizeof *self; i++)
        assert_int_equal(bf_caller_read(bf_str_of(self[i]), out), BF_CALLER_SELF);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(bf_caller_read(bf_str_of(none[i]), out), BF_CALLER_NONE);
    assert_int_equal(bf_caller_read((struct bf_str){"1.2.3.4\0x", 9}, out), BF_CALLER_ADDRESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_caller),
        cmocka_unit_test(two_callers),
        cmocka_unit_test(neither),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
