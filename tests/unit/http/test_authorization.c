#include "http/authorization.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void fields_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        enum bf_authorization is;
        const char *key;
    } cases[] = {
        {"Bearer abc", BF_AUTHORIZATION_KEY, "abc"},
        {"bearer abc", BF_AUTHORIZATION_KEY, "abc"},
        {"BEARER abc", BF_AUTHORIZATION_KEY, "abc"},
        {"Apikey abc", BF_AUTHORIZATION_KEY, "abc"},
        {"ApiKey abc", BF_AUTHORIZATION_KEY, "abc"},
        {"apikey a.b-c_d~e+f/g==", BF_AUTHORIZATION_KEY, "a.b-c_d~e+f/g=="},
        {"Bearer    abc", BF_AUTHORIZATION_KEY, "abc"},
        {" \t Bearer abc \t", BF_AUTHORIZATION_KEY, "abc"},
        {"Bearer !", BF_AUTHORIZATION_KEY, "!"},
        {"", BF_AUTHORIZATION_EMPTY, NULL},
        {"   ", BF_AUTHORIZATION_EMPTY, NULL},
        {"\t", BF_AUTHORIZATION_EMPTY, NULL},
        {"Bearer", BF_AUTHORIZATION_NO_KEY, NULL},
        {"Apikey   ", BF_AUTHORIZATION_NO_KEY, NULL},
        {"Basic abc", BF_AUTHORIZATION_SCHEME, NULL},
        {"abc", BF_AUTHORIZATION_SCHEME, NULL},
        {"Bearerabc", BF_AUTHORIZATION_SCHEME, NULL},
        {"Bearer=abc", BF_AUTHORIZATION_SCHEME, NULL},
        {"Digest username=\"a\", realm=\"b\"", BF_AUTHORIZATION_SCHEME, NULL},
        {"Bearer a b", BF_AUTHORIZATION_WORDS, NULL},
        {"Bearer Bearer abc", BF_AUTHORIZATION_WORDS, NULL},
        {"Bearer a, Bearer b", BF_AUTHORIZATION_WORDS, NULL},
        {"Bearer\tabc", BF_AUTHORIZATION_CHARACTER, NULL},
        {"Bearer a\tb", BF_AUTHORIZATION_CHARACTER, NULL},
        {"Bearer a\r\nX: b", BF_AUTHORIZATION_CHARACTER, NULL},
        {"Bearer a\nb", BF_AUTHORIZATION_CHARACTER, NULL},
        {"Bearer \x7f", BF_AUTHORIZATION_CHARACTER, NULL},
        {"Bearer cl\xc3\xa9", BF_AUTHORIZATION_CHARACTER, NULL},
        {"B\xc3\xa9"
         "arer a",
         BF_AUTHORIZATION_CHARACTER, NULL},
        {"Bearer \xff\xfe", BF_AUTHORIZATION_CHARACTER, NULL},
        {"Bearer\xc2\xa0"
         "abc",
         BF_AUTHORIZATION_CHARACTER, NULL}, /* a blank that is none */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bf_str key = {NULL, 0};
        enum bf_authorization is = bf_authorization_read(bf_str_of(cases[i].field), &key);
        if (is != cases[i].is || !bf_str_eq(key, bf_str_of(cases[i].key)))
            fail_msg("%s: %d", cases[i].field, (int)is);
    }
}

static void none_is_not_empty(void **state)
{
    (void)state;
    struct bf_str key = {NULL, 0};
    assert_int_equal(bf_authorization_read((struct bf_str){NULL, 0}, &key), BF_AUTHORIZATION_NONE);
    assert_int_equal(bf_authorization_read(BF_STR("Bearer a\0b"), &key),
                     BF_AUTHORIZATION_CHARACTER);
    assert_null(key.p);
}

static void parameters_that_carry_keys(void **state)
{
    (void)state;
    assert_true(bf_authorization_parameter(BF_STR("apikey")));
    assert_true(bf_authorization_parameter(BF_STR("pushkey")));
    assert_true(bf_authorization_parameter(BF_STR("access_token")));
    assert_false(bf_authorization_parameter(BF_STR("where")));
    assert_false(bf_authorization_parameter(BF_STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read),
        cmocka_unit_test(none_is_not_empty),
        cmocka_unit_test(parameters_that_carry_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
