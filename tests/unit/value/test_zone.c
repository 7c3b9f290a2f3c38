#include "value/instant.h"
#include "value/tzif.h"
#include "value/tzrule.h"
#include "value/zone.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct bf_zone *zone(const char *name)
{
    const struct bf_zone *z = bf_zone_find(bf_str_of(name));
    assert_non_null(z);
    return z;
}

static int64_t us(const char *text)
{
    struct bf_instant r;
    assert_true(bf_instant_read(bf_str_of(text), &r));
    return bf_instant_resolve(&r, bf_zone_utc());
}

static void names(void **state)
{
    (void)state;
    static const char *const good[] = {"UTC",
                                       "Etc/UTC",
                                       "GMT",
                                       "Europe/Paris",
                                       "Etc/GMT+5",
                                       "EST5EDT",
                                       "Asia/Kolkata",
                                       "America/Argentina/Buenos_Aires",
                                       "America/Port-au-Prince"};
    static const char *const bad[] = {
        "",
        "Europe",
        "Europe/",
        "Europe/Lille",
        "europe/paris",
        "/etc/passwd",
        "../../../etc/localtime",
        "Europe/../Europe/Paris",
        "./UTC",
        "posix/Europe/Paris",
        "right/Europe/Paris",
        "localtime",
        "posixrules",
        "tzdata.zi",
        "zone1970.tab",
        "leapseconds",
        "Europe/Paris ",
        ":Europe/Paris",
        "CET-1CEST",
        "+02:00",
        "Europe%2FParis",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(bf_str_eq(bf_zone_name(zone(good[i])), bf_str_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_null(bf_zone_find(bf_str_of(bad[i])));
    assert_null(bf_zone_find((struct bf_str){"Europe/Paris\0x", 14}));
    assert_ptr_equal(zone("UTC"), bf_zone_utc());
    assert_ptr_equal(zone("Europe/Paris"), zone("Europe/Paris"));
}

static void offsets(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *at;
        int32_t offset;
    } cases[] = {
        {"UTC", "2025-07-01T00:00Z", 0},
        {"Europe/Paris", "1900-01-01T00:00Z", 561},
        {"Europe/Paris", "1942-01-01T00:00Z", 7200},
        {"Europe/Paris", "2025-03-30T00:59:59Z", 3600},
        {"Europe/Paris", "2025-03-30T01:00:00Z", 7200},
        {"Europe/Paris", "2025-10-26T00:59:59.999999Z", 7200},
        {"Europe/Paris", "2025-10-26T01:00:00Z", 3600},
        {"Europe/Paris", "2100-07-01T00:00Z", 7200},
        {"Europe/Paris", "2100-03-28T00:59:59Z", 3600},
        {"Europe/Paris", "2100-03-28T01:00:00Z", 7200},
        {"Europe/Paris", "9999-07-01T00:00Z", 7200},
        {"Europe/Paris", "9999-12-31T00:00Z", 3600},
        {"Europe/Paris", "0001-01-01T00:00Z", 561},
        {"America/St_Johns", "2025-01-15T00:00Z", -12600},
        {"America/St_Johns", "2025-07-15T00:00Z", -9000},
        {"America/St_Johns", "1900-01-01T00:00Z", -12652},
        {"Asia/Kolkata", "2025-07-15T00:00Z", 19800},
        {"Asia/Kolkata", "2100-01-15T00:00Z", 19800},
        {"Africa/Casablanca", "2025-02-15T00:00Z", 3600},
        {"Africa/Casablanca", "2025-03-10T00:00Z", 0}, /* Ramadan */
        {"Africa/Casablanca", "2025-04-10T00:00Z", 3600},
        {"Africa/Casablanca", "2100-04-10T00:00Z", 3600},
        {"Australia/Sydney", "2100-01-15T00:00Z", 39600}, /* summer over the new year */
        {"Australia/Sydney", "2100-07-15T00:00Z", 36000},
        {"Europe/Dublin", "2100-01-15T00:00Z", 0},
        {"Europe/Dublin", "2100-07-15T00:00Z", 3600},
        {"Pacific/Kiritimati", "2025-07-15T00:00Z", 50400},
        {"Etc/GMT+5", "2025-07-15T00:00Z", -18000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(bf_zone_offset(zone(cases[i].zone), us(cases[i].at)), cases[i].offset);
}

static void happens_twice(void **state)
{
    static const struct {
        const char *zone, *wall;
        bool twice;
    } cases[] = {
        {"UTC", "2025-10-26T02:30", false},
        {"Europe/Paris", "2025-10-26T01:59:59", false},
        {"Europe/Paris", "2025-10-26T02:00", true},
        {"Europe/Paris", "2025-10-26T02:59:59.999999", true},
        {"Europe/Paris", "2025-10-26T03:00", false},
        {"Europe/Paris", "2025-03-30T02:30", false}, /* it does not exist */
        {"Europe/Paris", "2025-07-14T02:30", false},
        {"Europe/Paris", "2100-10-31T02:30", true},
        {"Australia/Lord_Howe", "2025-04-06T01:29", false}, /* by half an hour */
        {"Australia/Lord_Howe", "2025-04-06T01:30", true},
        {"Australia/Lord_Howe", "2025-04-06T02:00", false},
        {"America/Sao_Paulo", "2025-02-16T23:30", false}, /* no more summer time */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (bf_zone_repeats(zone(cases[i].zone), us(cases[i].wall)) != cases[i].twice)
            fail_msg("%s in %s", cases[i].wall, cases[i].zone);
}

static void wall_clock(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *wall, *at;
    } cases[] = {
        {"UTC", "2025-10-26T02:30", "2025-10-26T02:30Z"},
        {"Europe/Paris", "2025-10-26T01:59:59", "2025-10-25T23:59:59Z"},
        {"Europe/Paris", "2025-10-26T02:00", "2025-10-26T00:00Z"}, /* the first of two */
        {"Europe/Paris", "2025-10-26T02:30", "2025-10-26T00:30Z"},
        {"Europe/Paris", "2025-10-26T02:59:59.999999", "2025-10-26T00:59:59.999999Z"},
        {"Europe/Paris", "2025-10-26T03:00", "2025-10-26T02:00Z"},
        {"Europe/Paris", "2025-03-30T01:59:59", "2025-03-30T00:59:59Z"},
        {"Europe/Paris", "2025-03-30T02:00", "2025-03-30T01:00Z"}, /* does not exist */
        {"Europe/Paris", "2025-03-30T02:30", "2025-03-30T01:30Z"},
        {"Europe/Paris", "2025-03-30T03:00", "2025-03-30T01:00Z"},
        {"Europe/Paris", "2100-10-31T02:30", "2100-10-31T00:30Z"},
        {"Europe/Paris", "2438-07-01T12:00", "2438-07-01T10:00Z"}, /* beyond the table */
        {"Europe/Paris", "9998-07-01T12:00", "9998-07-01T10:00Z"},
        {"America/St_Johns", "2025-11-02T01:30", "2025-11-02T04:00Z"},
        {"Africa/Casablanca", "2025-02-23T02:30", "2025-02-23T01:30Z"},
        {"Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00Z"}, /* a day that never was */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(bf_zone_instant(zone(cases[i].zone), us(cases[i].wall)), us(cases[i].at));
}

/* The span that is kept belongs to one zone: asking two in turn never mixes them. */
static void zones_in_turn(void **state)
{
    (void)state;
    const struct bf_zone *paris = zone("Europe/Paris"), *kolkata = zone("Asia/Kolkata");
    int64_t at = us("2025-10-26T00:00Z");
    for (int i = -5; i < 5; i++) {
        assert_int_equal(bf_zone_offset(paris, at + i * INT64_C(1800000000)), i < 2 ? 7200 : 3600);
        assert_int_equal(bf_zone_offset(kolkata, at + i * INT64_C(1800000000)), 19800);
        assert_int_equal(bf_zone_offset(bf_zone_utc(), at), 0);
    }
}

static void environment_plays_no_part(void **state)
{
    (void)state;
    setenv("TZ", "America/New_York", 1);
    assert_int_equal(bf_zone_offset(zone("Europe/Paris"), us("2025-07-01T00:00Z")), 7200);
    assert_int_equal(bf_zone_offset(bf_zone_utc(), us("2025-07-01T00:00Z")), 0);
    unsetenv("TZ");
}

/* More zones than are kept: the one that is asked all the time stays, the others come back. */
static void many_zones(void **state)
{
    (void)state;
    const struct bf_zone *paris = zone("Europe/Paris");
    char name[32];
    for (int round = 0; round < 3; round++)
        for (int i = -14; i <= 12; i++) {
            snprintf(name, sizeof name, "Etc/GMT%+d", i);
            if (i)
                assert_int_equal(bf_zone_offset(zone(name), 0), -i * 3600);
        }
    static const char *const europe[] = {
        "Amsterdam", "Andorra",  "Athens", "Belgrade",  "Berlin",   "Brussels", "Bucharest",
        "Budapest",  "Chisinau", "Dublin", "Gibraltar", "Helsinki", "Istanbul", "Kaliningrad",
        "Kyiv",      "Lisbon",   "London", "Madrid",    "Malta",    "Minsk",    "Monaco",
        "Moscow",    "Oslo",     "Prague", "Riga",      "Rome",     "Samara",   "Sofia",
        "Stockholm", "Tallinn",  "Tirane", "Vaduz",     "Vatican",  "Vienna",   "Vilnius",
        "Volgograd", "Warsaw",   "Zagreb", "Zurich",    "Skopje",   "Sarajevo", "San_Marino"};
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < sizeof europe / sizeof europe[0]; i++) {
            snprintf(name, sizeof name, "Europe/%s", europe[i]);
            bf_zone_offset(zone(name), us("2025-07-01T00:00Z"));
            assert_ptr_equal(zone("Europe/Paris"), paris);
        }
    assert_int_equal(bf_zone_offset(zone("Etc/GMT+5"), us("2025-07-01T00:00Z")), -18000);
    assert_int_equal(bf_zone_offset(zone("Europe/Berlin"), us("2025-07-01T00:00Z")), 7200);
}

static void rules(void **state)
{
    (void)state;
    static const char *const good[] = {"UTC0",
                                       "CET-1CEST,M3.5.0,M10.5.0/3",
                                       "<+0330>-3:30",
                                       "IST-1GMT0,M10.5.0,M3.5.0/1",
                                       "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
                                       "EST5EDT,0/0,J365/25",
                                       "AAA-24:59:59BBB-167:00:00"};
    static const char *const bad[] = {"",
                                      "CE-1",
                                      "CET",
                                      "CET-25",
                                      "CET-1CEST",
                                      "CET-1CEST,M3.5.0",
                                      "CET-1CEST,M13.5.0,M10.5.0",
                                      "CET-1CEST,M3.0.0,M10.5.0",
                                      "CET-1CEST,M3.5.7,M10.5.0",
                                      "CET-1CEST,M3.5.0,M10.5.0/168",
                                      "CET-1CEST,J0,J10",
                                      "CET-1CEST,366,10",
                                      "CET-1CEST,M3.5.0,M10.5.0x",
                                      "<CET-1",
                                      "CET-1:60",
                                      "CET-99999999999999999999"};
    struct bf_tzrule r;
    for (size_t i = 0; i + 1 < sizeof good / sizeof good[0]; i++)
        assert_true(bf_tzrule_read(bf_str_of(good[i]), &r));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(bf_tzrule_read(bf_str_of(bad[i]), &r));
}

static void rule_days(void **state)
{
    (void)state;
    struct bf_tzday last_sunday = {BF_TZDAY_WEEK, 2, 5, 0, 0};
    struct bf_tzday julian = {BF_TZDAY_JULIAN, 0, 0, 60, 0};
    struct bf_tzday zero = {BF_TZDAY_ZERO, 0, 0, 59, 0};
    assert_int_equal(bf_tzrule_change(&last_sunday, 2024, 0), us("2024-02-25") / 1000000);
    assert_int_equal(bf_tzrule_change(&last_sunday, 2032, 0), us("2032-02-29") / 1000000);
    assert_int_equal(bf_tzrule_change(&julian, 2024, 0), us("2024-03-01") / 1000000);
    assert_int_equal(bf_tzrule_change(&julian, 2023, 0), us("2023-03-01") / 1000000);
    assert_int_equal(bf_tzrule_change(&zero, 2024, 0), us("2024-02-29") / 1000000);
    assert_int_equal(bf_tzrule_change(&zero, 2023, 3600), us("2023-02-28T23:00") / 1000000);
}

static size_t read_file(const char *path, char *out, size_t room)
{
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t n = read(fd, out, room);
    close(fd);
    assert_true(n > 0);
    return (size_t)n;
}

/* Every prefix of a file, and files with one byte changed, are read or refused without harm. */
static void damaged_files(void **state)
{
    (void)state;
    static char bytes[65536];
    size_t n = read_file("/usr/share/zoneinfo/Europe/Paris", bytes, sizeof bytes);
    struct bf_tzif t;
    assert_true(bf_tzif_read((struct bf_str){bytes, n}, &t));
    assert_true(t.cyclic);
    for (size_t i = 1; i < t.n; i++)
        assert_true(t.changes[i - 1].at < t.changes[i].at);
    bf_tzif_fini(&t);
    for (size_t cut = 0; cut < n; cut++) {
        char *copy = malloc(cut + 1);
        memcpy(copy, bytes, cut);
        assert_false(bf_tzif_read((struct bf_str){copy, cut}, &t));
        free(copy);
    }
    for (size_t at = 0; at < n; at++)
        for (int flip = 1; flip < 256; flip *= 16) {
            bytes[at] = (char)(bytes[at] ^ flip);
            if (bf_tzif_read((struct bf_str){bytes, n}, &t))
                bf_tzif_fini(&t);
            bytes[at] = (char)(bytes[at] ^ flip);
        }
}

/* Summer time all the year round (RFC 9636 section 3.3.1) is one offset without changes. */
static void summer_for_ever(void **state)
{
    (void)state;
    char bytes[300];
    static const char head[44] = "TZif2",
                      type[6] = {(char)0xFF, (char)0xFF, (char)0xD5, (char)0xD0};
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        memcpy(bytes + n, head, 44);
        bytes[n + 39] = 1; /* types */
        bytes[n + 43] = 4; /* characters */
        memcpy(bytes + n + 44, type, 6);
        memcpy(bytes + n + 50, "XXX", 4);
        n += 54;
    }
    static const char rule[] = "\nXXX3EDT4,0/0,J365/23\n";
    memcpy(bytes + n, rule, sizeof rule);
    n += sizeof rule - 1;
    struct bf_tzif t;
    assert_true(bf_tzif_read((struct bf_str){bytes, n}, &t));
    for (size_t i = 2; i + 1 < t.n; i++)
        assert_int_equal(t.changes[i].offset, -14400);
    bf_tzif_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),           cmocka_unit_test(offsets),
        cmocka_unit_test(wall_clock),      cmocka_unit_test(happens_twice),
        cmocka_unit_test(zones_in_turn),   cmocka_unit_test(environment_plays_no_part),
        cmocka_unit_test(many_zones),      cmocka_unit_test(rules),
        cmocka_unit_test(rule_days),       cmocka_unit_test(damaged_files),
        cmocka_unit_test(summer_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
