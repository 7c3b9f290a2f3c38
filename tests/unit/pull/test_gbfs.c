/* Feeds of shared vehicles in the words of all versions, and what publishers make of them. */
#include "pull/gbfs_run.h"

#include "catalog/gbfs_feeds.h"
#include "core/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bf_arena *arena;
static struct bf_err err;

/* What lies under http://x/<feed>. */
static struct {
    const char *feed, *text;
} feeds[2];

static int open_arena(void **state)
{
    (void)state;
    arena = bf_arena_new(64 << 20);
    memset(feeds, 0, sizeof feeds);
    return arena == NULL;
}

static int close_arena(void **state)
{
    (void)state;
    bf_arena_free(arena);
    return 0;
}

static bool get(void *self, struct bf_str url, struct bf_str *text, struct bf_err *e)
{
    (void)self;
    for (size_t i = 0; i < 2; i++)
        if (feeds[i].feed && bf_str_ends(url, bf_str_of(feeds[i].feed))) {
            *text = bf_arena_dup(arena, bf_str_of(feeds[i].text));
            return true;
        }
    return BF_FAIL_WITH(e, BF_E_UNAVAILABLE, "The server answered 404.");
}

static bool take(void *self, const char *p, size_t n, struct bf_err *e)
{
    (void)e;
    bf_buf_bytes(self, p, n);
    return true;
}

/* The lines, or why there are none. */
static const char *read_with(struct bf_gbfs *g, const char *discovery)
{
    struct bf_buf b;
    bf_buf_init(&b, 64 << 20);
    bf_err_clear(&err);
    g->get = get;
    g->take = take;
    g->self = &b;
    if (!g->language.n)
        g->language = BF_STR("fr");
    bool ok = bf_pull_gbfs(g, bf_arena_dup(arena, bf_str_of(discovery)), &err);
    const char *out = ok ? bf_arena_dup(arena, bf_buf_view(&b)).p : err.message;
    bf_buf_fini(&b);
    return out;
}

#define V3                                                                                  \
    "{\"version\":\"3.0\",\"data\":{\"feeds\":[{\"name\":\"station_information\",\"url\":"  \
    "\"http://x/info\"},{\"name\":\"station_status\",\"url\":\"http://x/status\"},"         \
    "{\"name\":\"vehicle_status\",\"url\":\"http://x/vehicles\"},{\"name\":\"own\","        \
    "\"url\":\"http://x/own\"},{\"name\":\"system_information\",\"url\":\"http://x/sys\"}," \
    "{\"name\":\"geofencing_zones\",\"url\":\"http://x/zones\"}]}}"
#define FEED(list, records) "{\"last_updated\":1,\"data\":{\"" list "\":[" records "]}}"

static const char *read_feed(const char *feed, const char *path, const char *text)
{
    struct bf_gbfs g = {.feed = bf_str_of(feed), .geometry = BF_STR("zone")};
    feeds[0].feed = path;
    feeds[0].text = text;
    return read_with(&g, V3);
}

static const char *info(const char *text)
{
    return read_feed("station_information", "info", text);
}

static void test_discovery(void **state)
{
    static const char two[] =
        "\xEF\xBB\xBF {\"last_updated\":1,\"ttl\":0,\"data\":{\"en\":{\"feeds\":[{\"name\":"
        "\"system_regions\",\"url\":\"http://x/en\"}]},\"fr-CA\":{\"feeds\":[{\"name\":"
        "\"system_regions\",\"url\":\"http://x/fr\"}]}}} ";
    struct bf_gbfs g = {.feed = BF_STR("system_regions")};
    (void)state;
    feeds[0].feed = "fr";
    feeds[0].text = FEED("regions", "{\"region_id\":\"a\"}");
    feeds[1].feed = "en";
    feeds[1].text = FEED("regions", "{\"region_id\":\"b\"}");
    assert_string_equal(read_with(&g, two), "{\"region_id\":\"a\"}\n");
    g.language = BF_STR("en");
    assert_string_equal(read_with(&g, two), "{\"region_id\":\"b\"}\n");
    g.language = BF_STR("nl"); /* nobody offers it: the first */
    assert_string_equal(read_with(&g, two), "{\"region_id\":\"b\"}\n");
    g.feed = BF_STR("station_status");
    assert_string_equal(read_with(&g, two),
                        "The system offers no feed station_status; it offers system_regions.");
    assert_true(g.missing);
    assert_string_equal(read_with(&g, "{\"data\":{\"feeds\":[]}}"),
                        "The system offers no feed station_status; it offers nothing.");
}

static void test_no_discovery(void **state)
{
    static const char none[] = "The body is no discovery file of GBFS: it has neither data.feeds "
                               "nor a language with feeds.";
    static const struct {
        const char *text, *why;
    } all[] = {
        {"{}", none},
        {"{\"data\":[]}", none},
        {"{\"data\":{}}", none},
        {"{\"data\":{\"fr\":{}}}", none},
        {"{\"data\":{\"fr\":[]}}", none},
        {"{\"data\":{\"feeds\":{}}}", none},
        {"[]", "The discovery file is not JSON: an object is expected, at byte 0."},
        {"{\"data\":{\"feeds\":[1,null,{\"name\":1,\"url\":[]}]}}",
         "The system offers no feed station_information; it offers nothing."},
        {"{\"data\":{\"feeds\":[{\"name\":\"station_information\"}]}}",
         "The address of station_information in the discovery file is no link."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct bf_gbfs g = {.feed = BF_STR("station_information")};
        assert_string_equal(read_with(&g, all[i].text), all[i].why);
    }
    for (size_t n = 0; n + 1 < sizeof V3; n++) { /* cut off anywhere it is none */
        struct bf_gbfs g = {.feed = BF_STR("station_information")};
        char cut[sizeof V3];
        memcpy(cut, V3, n);
        cut[n] = '\0';
        assert_null(strstr(read_with(&g, cut), "404"));
    }
}

static const char *address(const char *own, const char *url)
{
    struct bf_gbfs g = {.feed = BF_STR("station_information"), .url = bf_str_of(own)};
    return read_with(&g, bf_arena_printf(arena,
                                         "{\"data\":{\"feeds\":[{\"name\":\"station_information\","
                                         "\"url\":\"%s\"}]}}",
                                         url)
                             .p);
}

static void test_addresses(void **state)
{
    static const char no_link[] =
        "The address of station_information in the discovery file is no link.";
    (void)state;
    assert_string_equal(address("https://y/", "http://x/info"),
                        "The address of station_information leads from HTTPS to HTTP.");
    assert_string_equal(address("http://y/", "https://x/info"),
                        "station_information: The server answered 404.");
    assert_string_equal(address("http://y/", "info.json"), no_link);
    assert_string_equal(address("http://y/", "file:///etc/passwd"), no_link);
    assert_string_equal(address("http://y/", "http://x/a b"), no_link);
    assert_string_equal(address("http://y/", "http://x/\\u00e9"), no_link);
    assert_string_equal(address("http://y/", "http://x/\\r\\nHost: z"), no_link);
}

static void test_vocabulary(void **state)
{
    (void)state;
    assert_string_equal(
        info(FEED(
            "stations",
            "{\"station_id\":\"1\",\"name\":[{\"text\":\"Station\",\"language\":\"en\"},"
            "{\"language\":\"fr\",\"text\":\"Gar\\u00e9\\n\"}],\n\"short_name\":[{\"text\":"
            "\"S\",\"language\":\"nl\"}],\"lat\":50.5,\"a\":[\n1],\"b\":[{\"text\":\"x\"}],"
            "\"c\":[],\"d\":[{\"text\":\"x\",\"language\":\"fr\",\"n\":1}],\"e\":{\"f\":[]}}")),
        "{\"station_id\":\"1\",\"name\":\"Garé\\n\",\"short_name\":\"S\",\"lat\":50.5,\"a\":[ 1],"
        "\"b\":[{\"text\":\"x\"}],\"c\":[],\"d\":[{\"text\":\"x\",\"language\":\"fr\",\"n\":1}],"
        "\"e\":{\"f\":[]}}\n");
    assert_string_equal(
        read_feed("station_status", "status",
                  FEED("stations",
                       "{\"station_id\":\"1\",\"is_installed\":1,\"is_renting\":0,"
                       "\"is_returning\":true,\"last_reported\":1751437263},"
                       "{\"station_id\":\"2\",\"is_installed\":2,\"last_reported\":"
                       "\"2025-07-02T08:21:03+02:00\"},{\"last_reported\":-1},"
                       "{\"last_reported\":1e99},{\"last_reported\":9223372036854775807}")),
        "{\"station_id\":\"1\",\"is_installed\":true,\"is_renting\":false,\"is_returning\":true,"
        "\"last_reported\":\"2025-07-02T06:21:03Z\"}\n{\"station_id\":\"2\",\"is_installed\":2,"
        "\"last_reported\":\"2025-07-02T08:21:03+02:00\"}\n{\"last_reported\":-1}\n"
        "{\"last_reported\":1e99}\n{\"last_reported\":9223372036854775807}\n");
    assert_string_equal(read_feed("system_information", "sys",
                                  "{\"data\":{\"system_id\":\"x\",\"name\":[{\"text\":\"V\","
                                  "\"language\":\"fr\"}]}}"),
                        "{\"system_id\":\"x\",\"name\":\"V\"}\n");
    assert_string_equal(
        read_feed("geofencing_zones", "zones",
                  "{\"data\":{\"geofencing_zones\":{\"type\":\"FeatureCollection\",\"features\":["
                  "{\"type\":\"Feature\",\"properties\":{\"name\":[{\"text\":\"Z\",\"language\":"
                  "\"fr\"}],\"start\":0},\"geometry\":{\"type\":\"MultiPolygon\",\n\"coordinates\":"
                  "[]}},{\"geometry\":null}]},\"global_rules\":[]}}"),
        "{\"name\":\"Z\",\"start\":\"1970-01-01T00:00:00Z\",\"zone\":{\"type\":\"MultiPolygon\", "
        "\"coordinates\":[]}}\n{\"zone\":null}\n");
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } all[] = {
        {"", "station_information is not JSON: an object is expected, at byte 0."},
        {"{\"data\":{\"stations\":[]}",
         "station_information is not JSON: a comma or } is expected, at byte 23."},
        {"{}", "station_information: it has no object \"data\"."},
        {"{\"data\":[]}", "station_information: it has no object \"data\"."},
        {"{\"data\":{}}", "station_information: its data have no list \"stations\"."},
        {"{\"data\":{\"stations\":{}}}",
         "station_information: its data have no list \"stations\"."},
        {FEED("stations", "{},7"), "station_information: the element 2 of its list is no object."},
        {FEED("stations", "{\"a\":tru}"), NULL},
        {"{\"ttl\":-1,\"data\":{\"stations\":[]}}",
         "station_information: ttl is no whole number of seconds."},
        {"{\"ttl\":\"60\",\"data\":{\"stations\":[]}}",
         "station_information: ttl is no whole number of seconds."},
        {"{\"last_updated\":\"yesterday\",\"data\":{\"stations\":[]}}",
         "station_information: last_updated is neither seconds since 1970 nor an instant of RFC "
         "3339."},
        {"{\"last_updated\":1e12,\"data\":{\"stations\":[]}}",
         "station_information: last_updated is neither seconds since 1970 nor an instant of RFC "
         "3339."},
        {"{\"last_updated\":\"2026-01-01T00:00:00\",\"data\":{\"stations\":[]}}",
         "station_information: last_updated is neither seconds since 1970 nor an instant of RFC "
         "3339."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const char *said = info(all[i].text);
        if (all[i].why)
            assert_string_equal(said, all[i].why);
        assert_int_equal(err.code, BF_E_BODY);
        assert_ptr_equal(strstr(said, "station_information"), said);
    }
}

static const char *join(struct bf_gbfs *g, const char *information, const char *status)
{
    *g = (struct bf_gbfs){.feed = BF_STR("station_information"), .join = BF_STR("station_status")};
    feeds[0].feed = "info";
    feeds[0].text = information;
    feeds[1].feed = "status";
    feeds[1].text = status;
    return read_with(g, V3);
}

static void test_join(void **state)
{
    struct bf_gbfs g;
    char note[BF_GBFS_NOTE];
    (void)state;
    assert_string_equal(
        join(&g,
             "{\"ttl\":3600,\"last_updated\":5,\"data\":{\"stations\":[{\"station_id\":\"a\","
             "\"name\":"
             "\"A\",\"capacity\":3},{\"station_id\":\"b\",\"name\":\"B\"},{\"name\":\"\\u0063\","
             "\"station_id\":\"\\u0063\"}]}}",
             "{\"ttl\":60,\"last_updated\":\"2025-07-02T06:21:03Z\",\"data\":{\"stations\":["
             "{\"station_id\":\"c\",\"num\":1},{\"num\":2,\"capacity\":9,\"station_id\":\"a\"},"
             "{\"station_id\":\"z\",\"num\":4}]}}"),
        "{\"station_id\":\"a\",\"name\":\"A\",\"capacity\":3,\"num\":2}\n"
        "{\"station_id\":\"b\",\"name\":\"B\"}\n"
        "{\"name\":\"c\",\"station_id\":\"c\",\"num\":1}\n"
        "{\"station_id\":\"z\",\"num\":4}\n");
    assert_int_equal(g.met, 2);
    assert_int_equal(g.alone, 1);
    assert_int_equal(g.strangers, 1);
    assert_int_equal(g.ttl_s, 60);
    assert_true(g.renewed_us == INT64_C(1751437263000000)); /* of the live one */
    assert_false(bf_gbfs_is_torn(&g));
    bf_gbfs_note(&g, note);
    assert_string_equal(note, "1 stations of station_information are not in station_status. 1 "
                              "stations of station_status are not in station_information.");
    assert_true(bf_gbfs_alive_us(&g, 1000000) == INT64_C(1751437323000000));
    assert_true(bf_gbfs_alive_us(&g, 90000000) == INT64_C(1751437353000000));
    g.renewed_us = 0;
    assert_int_equal(bf_gbfs_alive_us(&g, 1000000), 0);
}

static void test_torn(void **state)
{
    struct bf_gbfs g;
    char note[BF_GBFS_NOTE];
    (void)state;
    join(&g, FEED("stations", "{\"station_id\":\"a\"},{\"station_id\":\"b\"}"),
         FEED("stations", "{\"station_id\":\"b\"},{\"station_id\":\"c\"},{\"station_id\":\"d\"}"));
    assert_true(bf_gbfs_is_torn(&g));
    join(&g, FEED("stations", "{\"station_id\":\"a\"},{\"station_id\":\"b\"}"),
         FEED("stations", "{\"station_id\":\"b\"}"));
    assert_false(bf_gbfs_is_torn(&g));
    assert_string_equal(join(&g, FEED("stations", ""), FEED("stations", "")), "");
    assert_false(bf_gbfs_is_torn(&g));
    bf_gbfs_note(&g, note);
    assert_string_equal(note, "");
}

static void test_join_refused(void **state)
{
    struct bf_gbfs g;
    const char *good = FEED("stations", "{\"station_id\":\"a\"}");
    (void)state;
    assert_string_equal(join(&g, good, FEED("stations", "{\"station_id\":\"a\"},{\"num\":1}")),
                        "station_status: the element 2 of its list has no station_id.");
    assert_string_equal(
        join(&g, good, FEED("stations", "{\"station_id\":7},{\"station_id\":\"7\"}")),
        "station_status: the element 2 of its list has the station_id of one before it.");
    assert_string_equal(
        join(&g, FEED("stations", "{\"station_id\":\"a\"},{\"station_id\":\"a\"}"), good),
        "station_information: the element 2 of its list has the station_id of one before it.");
    assert_string_equal(join(&g, FEED("stations", "{\"station_id\":null}"), good),
                        "station_information: the element 1 of its list has no station_id.");
    assert_string_equal(join(&g, good, FEED("stations", "[]")),
                        "station_status: the element 1 of its list is no object.");
    assert_string_equal(join(&g, good, "{"),
                        "station_status is not JSON: a name in quotes is expected, at byte 1.");
}

static void test_ttl_most(void **state)
{
    struct bf_gbfs g = {.feed = BF_STR("station_information")};
    (void)state;
    feeds[0].feed = "info";
    feeds[0].text = "{\"ttl\":99999999,\"data\":{\"stations\":[]}}";
    assert_string_equal(read_with(&g, V3), "");
    assert_int_equal(g.ttl_s, BF_GBFS_TTL_MOST);
    feeds[0].text = "{\"data\":{\"stations\":[]}}";
    assert_string_equal(read_with(&g, V3), "");
    assert_int_equal(g.ttl_s, 0);
}

/* Each byte of both feeds spoilt: read, or refused with a word. */
static void test_spoilt(void **state)
{
    static const char text[] = FEED("stations", "{\"station_id\":\"a\",\"name\":[{\"text\":\"x\","
                                                "\"language\":\"fr\"}],\"last_reported\":1}");
    struct bf_gbfs g;
    (void)state;
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        char spoilt[sizeof text];
        memcpy(spoilt, text, sizeof text);
        spoilt[i] = (char)(spoilt[i] ^ 0x11);
        join(&g, spoilt, text);
        join(&g, text, spoilt);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_discovery, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_no_discovery, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_addresses, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_vocabulary, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_join, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_torn, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_join_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_ttl_most, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_spoilt, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
