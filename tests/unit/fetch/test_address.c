/* Which addresses belong to everybody, and the networks that settings name. */
#include "fetch/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct sockaddr_storage read_address(const char *text)
{
    struct sockaddr_storage s = {.ss_family = AF_INET};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&s;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&s;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
        return s;
    s.ss_family = AF_INET6;
    assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
    return s;
}

static bool is_public(const char *text)
{
    struct sockaddr_storage s = read_address(text);
    return bf_address_public((const struct sockaddr *)&s);
}

static bool is_within(const char *text, const char *networks)
{
    struct sockaddr_storage s = read_address(text);
    return bf_address_within((const struct sockaddr *)&s, bf_str_of(networks));
}

static void test_public(void **state)
{
    static const char *const all[] = {
        "1.1.1.1",      "8.8.8.8",         "9.255.255.255", "11.0.0.0",        "100.63.255.255",
        "100.128.0.0",  "126.255.255.255", "128.0.0.0",     "172.15.255.255",  "172.32.0.0",
        "192.0.1.0",    "192.167.255.255", "192.169.0.0",   "223.255.255.255", "2001:200::1",
        "2606:4700::1", "::ffff:1.1.1.1",  "3ffe::1"};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (!is_public(all[i]))
            fail_msg("%s is everybody's", all[i]);
}

static void test_private(void **state)
{
    static const char *const all[] = {"0.0.0.0",
                                      "0.255.255.255",
                                      "10.0.0.0",
                                      "10.255.255.255",
                                      "100.64.0.0",
                                      "100.127.255.255",
                                      "127.0.0.1",
                                      "127.255.255.255",
                                      "169.254.169.254",
                                      "172.16.0.0",
                                      "172.31.255.255",
                                      "192.0.0.1",
                                      "192.0.2.1",
                                      "192.88.99.1",
                                      "192.168.0.1",
                                      "198.18.0.1",
                                      "198.19.255.255",
                                      "198.51.100.1",
                                      "203.0.113.1",
                                      "224.0.0.1",
                                      "239.1.1.1",
                                      "240.0.0.1",
                                      "255.255.255.255",
                                      "::",
                                      "::1",
                                      "::ffff:127.0.0.1",
                                      "::ffff:10.1.2.3",
                                      "::127.0.0.1",
                                      "64:ff9b::7f00:1",
                                      "100::1",
                                      "2001::1",
                                      "2001:db8::1",
                                      "2002:7f00:1::",
                                      "3fff::1",
                                      "fc00::1",
                                      "fd12::1",
                                      "fe80::1",
                                      "fec0::1",
                                      "ff02::1"};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (is_public(all[i]))
            fail_msg("%s is not everybody's", all[i]);
}

static void test_other_family(void **state)
{
    struct sockaddr s = {.sa_family = AF_UNIX};
    (void)state;
    assert_false(bf_address_public(&s));
    assert_false(bf_address_within(&s, BF_STR("0.0.0.0/0 ::/0")));
}

static void test_networks(void **state)
{
    (void)state;
    assert_true(is_within("10.1.2.3", "10.1.0.0/16"));
    assert_false(is_within("10.2.2.3", "10.1.0.0/16"));
    assert_true(is_within("127.0.0.1", "  fd00::/8   127.0.0.1 "));
    assert_false(is_within("127.0.0.2", "fd00::/8 127.0.0.1"));
    assert_true(is_within("fd01::1", "fd00::/8"));
    assert_true(is_within("::ffff:10.1.2.3", "10.0.0.0/7"));
    assert_false(is_within("::1", "0.0.0.0/0"));
    assert_true(is_within("9.9.9.9", "0.0.0.0/0"));
    assert_false(is_within("9.9.9.9", ""));
}

static void test_no_networks(void **state)
{
    static const char *const all[] = {
        "x",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0",
        "::/129",
        "10.0.0.0/8x",
        "1.1.1.1,2.2.2.2",
        "/8",
        "10.0.0.0/0008",
        "1111111111111111111111111111111111111111111111111111111111111111111111"};
    struct bf_err err;
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        bf_err_clear(&err);
        if (bf_networks_check(bf_str_of(all[i]), &err))
            fail_msg("%s is no network", all[i]);
        assert_int_equal(err.code, BF_E_PARAMETER);
    }
    bf_err_clear(&err);
    assert_true(bf_networks_check(BF_STR(" 10.0.0.0/8  ::1 fd00::/8 "), &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public),       cmocka_unit_test(test_private),
        cmocka_unit_test(test_other_family), cmocka_unit_test(test_networks),
        cmocka_unit_test(test_no_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
