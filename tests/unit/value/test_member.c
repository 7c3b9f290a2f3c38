#include "value/member.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void members_are_parted_by_commas(void **state)
{
    (void)state;
    struct bf_buf b;
    bf_buf_init(&b, 1024);
    bf_buf_char(&b, '{');
    bf_member_text(&b, "id", BF_STR("a\"{"));
    bf_member_text(&b, "none", BF_STR(""));
    bf_member_text_or_null(&b, "why", BF_STR(""));
    bf_member_int(&b, "n", INT64_MIN);
    bf_member_instant(&b, "at", 0);
    bf_member_instant_or_null(&b, "ended", 0);
    bf_member(&b, "inner");
    bf_buf_char(&b, '{');
    bf_member_int(&b, "first", 1);
    bf_buf_text(&b, "}}");
    bf_buf_char(&b, '\0');
    assert_string_equal(b.p, "{\"id\":\"a\\\"{\",\"none\":\"\",\"why\":null,"
                             "\"n\":-9223372036854775808,\"at\":\"1970-01-01T00:00:00Z\","
                             "\"ended\":null,\"inner\":{\"first\":1}}");
    bf_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(members_are_parted_by_commas)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
