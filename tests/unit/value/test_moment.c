#include "value/instant.h"
#include "value/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct bf_zone *paris(void)
{
    const struct bf_zone *zone = bf_zone_find(BF_STR("Europe/Paris"));
    assert_non_null(zone);
    return zone;
}

static int64_t us(const char *text)
{
    struct bf_instant r;
    assert_true(bf_instant_read(bf_str_of(text), &r));
    return bf_instant_resolve(&r, bf_zone_utc());
}

static void check(const char *now, const char *said, const char *meant)
{
    int64_t at;
    if (!bf_moment_read(bf_str_of(said), us(now), paris(), &at))
        fail_msg("%s is not understood", said);
    char text[BF_INSTANT_TEXT];
    size_t n = bf_instant_format(text, at, paris());
    if (at != us(meant))
        fail_msg("%s at %s is %.*s, not %s", said, now, (int)n, text, meant);
}

/* 2026-11-26 is a Thursday; Paris is an hour ahead. */
static void what_people_say(void **state)
{
    (void)state;
    static const char now[] = "2026-11-26T10:30:00Z";
    static const char *const cases[][2] = {
        {"2026-11-29T20:00:00+01:00", "2026-11-29T19:00:00Z"},
        {"2026-11-29T20:00Z", "2026-11-29T20:00:00Z"},
        {"2026-11-29T20:00", "2026-11-29T19:00:00Z"},
        {"  2026-11-29 20:00 ", "2026-11-29T19:00:00Z"},
        {"2026-11-29 20", "2026-11-29T19:00:00Z"},
        {"2026-07-14T20:00", "2026-07-14T18:00:00Z"},
        {"today 20:00", "2026-11-26T19:00:00Z"},
        {"today 8:05", "2026-11-26T07:05:00Z"},
        {"aujourd'hui 20h", "2026-11-26T19:00:00Z"},
        {"Aujourd’hui à 20h", "2026-11-26T19:00:00Z"},
        {"tomorrow 18:00", "2026-11-27T17:00:00Z"},
        {"TOMORROW AT 18:00", "2026-11-27T17:00:00Z"},
        {"demain 18h30", "2026-11-27T17:30:00Z"},
        {"demain  à  18H30", "2026-11-27T17:30:00Z"},
        {"monday 0:00", "2026-11-29T23:00:00Z"},
        {"lundi 00:00", "2026-11-29T23:00:00Z"},
        {"mardi 12h", "2026-12-01T11:00:00Z"},
        {"Wednesday 12:00", "2026-12-02T11:00:00Z"},
        {"thursday 23:59", "2026-11-26T22:59:00Z"},
        {"jeudi 11:31", "2026-11-26T10:31:00Z"},
        {"jeudi 11:30", "2026-12-03T10:30:00Z"}, /* that is now */
        {"jeudi 8h", "2026-12-03T07:00:00Z"},
        {"vendredi 8h", "2026-11-27T07:00:00Z"},
        {"samedi 8h", "2026-11-28T07:00:00Z"},
        {"sunday 20:00", "2026-11-29T19:00:00Z"},
        {"Dimanche 20h", "2026-11-29T19:00:00Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check(now, cases[i][0], cases[i][1]);
}

static void days_are_those_of_the_zone(void **state)
{
    (void)state;
    check("2026-11-26T23:30:00Z", "today 8:00", "2026-11-27T07:00:00Z");
    check("2026-11-26T23:30:00Z", "tomorrow 8:00", "2026-11-28T07:00:00Z");
    check("2026-11-26T23:30:00Z", "friday 8:00", "2026-11-27T07:00:00Z");
    /* Summer time ends between, and begins. */
    check("2026-10-24T10:00:00Z", "sunday 20:00", "2026-10-25T19:00:00Z");
    check("2026-03-27T10:00:00Z", "sunday 20:00", "2026-03-29T18:00:00Z");
    check("2026-03-27T10:00:00Z", "sunday 2:30", "2026-03-29T01:30:00Z"); /* there is none */
    check("1969-12-31T10:00:00Z", "thursday 0:00", "1969-12-31T23:00:00Z");
    check("1969-12-28T10:00:00Z", "sunday 20:00", "1969-12-28T19:00:00Z");
}

static void what_is_not_understood(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "20:00",
        "sunday",
        "sunday at",
        "sunday 20",
        "sunday 24:00",
        "sunday 20:60",
        "sunday 20:0",
        "sunday 20:000",
        "sunday 20h0",
        "sunday 20h000",
        "sunday 20:",
        "sunday 20:00 sharp",
        "sunday20:00",
        "next sunday 20:00",
        "sunday 20:00+01:00",
        "sunday -1:00",
        "sunday 120:00",
        "sundays 20:00",
        "yesterday 20:00",
        "dimanche a 20h",
        "2026",
        "2026-11",
        "2026-11-29",
        "2026-02-30T20:00",
        "2026-11-29T25:00",
        "29/11/2026 20:00",
        "1764446400",
        "now",
        "tomorrow\t18:00",
        "sunday 20:00'; DROP TABLE catalog.event; --",
    };
    int64_t at;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (bf_moment_read(bf_str_of(bad[i]), us("2026-11-26T10:30:00Z"), paris(), &at))
            fail_msg("\"%s\" is understood", bad[i]);
    assert_false(bf_moment_read((struct bf_str){NULL, 0}, 0, paris(), &at));
    assert_false(bf_moment_read((struct bf_str){"sunday\0 20:00", 13}, 0, paris(), &at));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_say),
        cmocka_unit_test(days_are_those_of_the_zone),
        cmocka_unit_test(what_is_not_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
