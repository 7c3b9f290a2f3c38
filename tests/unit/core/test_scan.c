/* core/scan against the plain way: every byte at every place of texts of every length. */
#include "core/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { LONGEST = 40 };

static bool wanted_json(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

static bool wanted_csv(unsigned char c)
{
    return c == ';' || c == '"' || c == '\r' || c == '\n';
}

static void each_byte_everywhere(void **state)
{
    (void)state;
    const struct bf_scan csv = bf_scan_for(';', '"', '\r', '\n');
    for (size_t n = 1; n <= LONGEST; n++) {
        for (size_t at = 0; at < n; at++) {
            for (int c = 1; c < 256; c++) {
                char text[LONGEST]; /* no byte behind the text: a sanitizer sees an overrun */
                char *start = text + LONGEST - n;
                memset(start, 0x7F, n);
                start[at] = (char)c;
                struct bf_str s = {start, n};
                assert_int_equal(bf_scan_json(s), wanted_json((unsigned char)c));
                assert_int_equal(bf_scan_finds(&csv, s), wanted_csv((unsigned char)c));
            }
        }
    }
}

/* Neighbours of what is looked for, which a borrow could mistake for it. */
static void neighbours(void **state)
{
    (void)state;
    static const struct bf_str clean = BF_STR_INIT("!#[]^ !#[]!#[] \x7F\xC2\x80\xC3\xBF!#[]");
    const struct bf_scan csv = bf_scan_for(';', '"', '\r', '\n');
    for (size_t from = 0; from < clean.n; from++)
        assert_false(bf_scan_json((struct bf_str){clean.p + from, clean.n - from}));
    assert_false(bf_scan_finds(&csv, BF_STR(":<!#\x0B\x0C\x0E\x09:<!#\x0B\x0C\x0E\x09:")));
    assert_false(bf_scan_json((struct bf_str){NULL, 0}));
    assert_false(bf_scan_finds(&csv, (struct bf_str){NULL, 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_byte_everywhere),
                                       cmocka_unit_test(neighbours)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
