/* value/json_text: what is JSON and what is not. */
#include "value/json_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void json_is_taken(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        " [ ] ",
        "null",
        "true",
        "false",
        "0",
        "-0.5e+10",
        "12E3",
        "\"\"",
        "\"\\u00e9\\n\\\\\\/\"",
        "{\"a\": [1, {\"b\": null}], \"c\": \"é\"}",
        "\t\r\n1\n",
        "[[],{},\"x\"]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!bf_json_text_valid(bf_str_of(texts[i])))
            fail_msg("%s is JSON", texts[i]);
}

static void the_rest_is_not(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\"}",
        "{\"a\":}",
        "{a: 1}",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "nul",
        "nulll",
        "NaN",
        "[1 2]",
        "\"",
        "\"\\x\"",
        "\"\n\"",
        "\"\\u12\"",
        "1 2",
        "{}x",
        "[1}",
        "'a'",
        "{\"a\":1,}",
        "\xc2\xa0"
        "1",
        "-",
        "tru",
        "\"\\",
        "{\"a\" 1}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (bf_json_text_valid(bf_str_of(texts[i])))
            fail_msg("%s is no JSON", texts[i]);
    assert_false(bf_json_text_valid((struct bf_str){"\"a\0\"", 4}));
}

static void nesting_has_an_end(void **state)
{
    (void)state;
    static char text[2000];
    memset(text, '[', 1000);
    memset(text + 1000, ']', 1000);
    assert_true(bf_json_text_valid((struct bf_str){text + 936, 128}));
    assert_false(bf_json_text_valid((struct bf_str){text + 935, 130}));
    assert_false(bf_json_text_valid((struct bf_str){text, 2000}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_taken),
        cmocka_unit_test(the_rest_is_not),
        cmocka_unit_test(nesting_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
