/* usage/client: of a User-Agent, one of four words. */
#include "usage/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text, *word;
} texts[] = {
    {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "navigateur"},
    {"mozilla/4.0", "navigateur"},
    {"Opera/9.80", "navigateur"},
    {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "robot"},
    {"facebookexternalhit/1.1", "robot"},
    {"My Spider", "robot"},
    {"curl/8.5.0", "bibliotheque"},
    {"python-requests/2.32.3", "bibliotheque"},
    {"Java/17.0.2", "bibliotheque"},
    {"Go-http-client/1.1", "bibliotheque"},
    {"node", "bibliotheque"},
    {"VLilleWidget/1.2 CFNetwork", "autre"},
    {"", "autre"},
    {"b", "autre"},
    {"\xff\xfe\x01", "autre"},
};

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_string_equal(bf_client_name(bf_client_of(bf_str_of(texts[i].text))), texts[i].word);
    assert_int_equal(bf_client_of((struct bf_str){NULL, 0}), BF_CLIENT_OTHER);
}

static void test_long_text(void **state)
{
    (void)state;
    char text[9000];
    memset(text, 'x', sizeof text);
    memcpy(text, "Mozilla/", 8);
    memcpy(text + sizeof text - 3, "bot", 3);
    assert_int_equal(bf_client_of((struct bf_str){text, sizeof text}), BF_CLIENT_BROWSER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words),
                                       cmocka_unit_test(test_long_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
