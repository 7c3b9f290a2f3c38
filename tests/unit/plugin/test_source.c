/* A source bound to a dataset: the rows handler of tests/handlers, and hooks of the test's own. */
#include "fixture.h"

#include "plugin/host.h"
#include "plugin/source.h"
#include "value/geometry.h"

#define FIELDS                                                                                 \
    "\"title\":{\"fr\":\"T\"},\"publisher\":\"P\",\"licence\":{\"name\":\"L\"},"               \
    "\"key\":[\"id\"],\"fields\":[{\"name\":\"id\",\"type\":\"int\"},"                         \
    "{\"name\":\"nom\",\"type\":\"text\"},{\"name\":\"x\",\"type\":\"double\"},"               \
    "{\"name\":\"ouvert\",\"type\":\"boolean\"},{\"name\":\"jour\",\"type\":\"date\"},"        \
    "{\"name\":\"vu\",\"type\":\"datetime\"},{\"name\":\"geo\",\"type\":\"geo_point_2d\"},"    \
    "{\"name\":\"forme\",\"type\":\"geo_shape\"},{\"name\":\"libre\",\"type\":\"json_blob\"}," \
    "{\"name\":\"double_n\",\"type\":\"int\",\"sql\":\"id * 2\"}]"
#define HEAD                                                                                 \
    "id:int\tnom:text\tx:double\touvert:boolean\tjour:date\tvu:datetime\tgeo:geo_point_2d\t" \
    "forme:geo_shape\tlibre:json_blob\n"

enum { ID, NOM, X, OUVERT, JOUR, VU, GEO, FORME, LIBRE, COMPUTED, ALL };

static struct fixture f;
static char file[64];

static int setup(void **state)
{
    (void)state;
    fixture_init(&f);
    snprintf(file, sizeof file, "%s.rows", f.dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_fini(&f);
    unlink(file);
    return 0;
}

static void bind(const char *rows)
{
    char json[2000];
    FILE *out = fopen(file, "we");
    assert_non_null(out);
    assert_true(fputs(rows, out) >= 0);
    fclose(out);
    snprintf(json, sizeof json,
             "{\"id\":\"x\"," FIELDS
             ",\"handler\":\"rows\",\"rows\":\"handler\",\"options\":{\"file\":\"%s\","
             "\"versioned\":true}}",
             file);
    fixture_bind(&f, "tests/handlers/rows.so", json);
}

static const struct bf_value *values;

static enum bf_given_row next(void)
{
    return bf_binding_source_next(f.binding, &f.hook, &values);
}

static void test_every_type(void **state)
{
    (void)state;
    struct bf_source_told told;
    bind(HEAD "7\tGare\t1.25\ttrue\t20000\t1234567890123456\t3.06 50.63\tPOINT (3 50)\t[1, {}]\n"
              "# no row\n"
              "8\n");
    assert_true(fixture_ask(&f, "*"));
    assert_null(bf_binding_out(f.binding));
    assert_true(bf_binding_source_open(f.binding, &f.hook, -1, &told));
    assert_true(told.version.n > 0 && told.dated && told.instant > 0);
    assert_int_equal(next(), BF_GIVEN_ROW);
    assert_int_equal(values[ID].integer, 7);
    assert_true(bf_str_eq(values[NOM].text, BF_STR("Gare")));
    assert_true(values[X].real > 1.2 && values[X].real < 1.3);
    assert_true(values[OUVERT].boolean);
    assert_int_equal(values[JOUR].date, 20000);
    assert_int_equal(values[VU].instant, 1234567890123456);
    assert_true(values[GEO].point.lon > 3.05 && values[GEO].point.lat > 50.62);
    assert_int_equal(values[FORME].type, BF_GEO_SHAPE);
    assert_true(bf_str_eq(values[LIBRE].text, BF_STR("[1, {}]")));
    assert_int_equal(values[COMPUTED].type, BF_NULL);
    assert_int_equal(next(), BF_GIVEN_ROW);
    assert_int_equal(values[ID].integer, 8);
    for (int i = NOM; i < ALL; i++)
        assert_int_equal(values[i].type, BF_NULL);
    assert_int_equal(next(), BF_GIVEN_END);
    assert_true(bf_binding_finish(f.binding, &f.hook));
}

/* Opened, and left before its end: closed once all the same (leaks are the sanitizer's to see). */
static void test_a_request_that_ends_early(void **state)
{
    (void)state;
    struct bf_source_told told;
    bind(HEAD "1\n2\n");
    for (int i = 0; i < 3; i++) {
        assert_true(fixture_ask(&f, "id"));
        assert_true(bf_binding_source_open(f.binding, &f.hook, -1, &told));
        if (i)
            assert_int_equal(next(), BF_GIVEN_ROW);
        assert_true(bf_binding_finish(f.binding, &f.hook));
    }
    bf_plugins_free(f.plugins);
    bind("#fail-open\n");
    assert_true(fixture_ask(&f, "id"));
    assert_false(bf_binding_source_open(f.binding, &f.hook, -1, &told));
    assert_int_equal(f.err.http, 503);
    assert_true(bf_binding_finish(f.binding, &f.hook));
    bf_plugins_free(f.plugins);
    bind("#fail\n" HEAD "1\n");
    assert_true(fixture_ask(&f, "id"));
    assert_true(bf_binding_source_open(f.binding, &f.hook, -1, &told));
    assert_int_equal(next(), BF_GIVEN_FAIL);
    assert_string_equal(f.err.message, "the upstream is away");
    assert_true(bf_binding_finish(f.binding, &f.hook));
}

/* Each of these is refused, and none of it is told to the client. */
static void test_misuse(void **state)
{
    (void)state;
    struct bf_source_told told;
    const struct bf_api *bf = bf_host_api();
    struct bf_req req = {.hook = &f.hook};
    struct bf_source s;
    int64_t n;
    double box[4];
    bind(HEAD "1\t\t\t\t\t\t\tPOINT (3\n2\t\t\t\t\t\t\t\t{\n");
    struct capture c = capture_begin();
    assert_true(fixture_ask(&f, "*"));
    assert_true(bf_binding_source_open(f.binding, &f.hook, -1, &told));
    assert_int_equal(next(), BF_GIVEN_ROW);
    assert_int_equal(values[FORME].type, BF_NULL);
    assert_int_equal(next(), BF_GIVEN_ROW);
    assert_int_equal(values[LIBRE].type, BF_NULL);
    assert_int_equal(next(), BF_GIVEN_END);

    assert_true(bf_source_init(&s, &f.hook, &f.entry.manifest->schema, 5));
    assert_int_equal(bf->source_values(&s, ID), -1); /* no hook is running */
    assert_int_equal(bf->source_limit(&s), -1);
    assert_null(bf->source_alloc(&s, 1));
    req.source = &s;
    bf_host_enter(BF_HOOK_SOURCE, NULL, &req);
    assert_int_equal(bf->source_limit(&s), 5);
    assert_int_equal(bf->source_values(&s, -1), -1);
    assert_int_equal(bf->source_values(&s, 4711), -1);
    assert_false(bf->source_int(&s, ID, 0, &n));
    assert_false(bf->source_least(&s, ID, &n));
    assert_false(bf->source_box(&s, GEO, box));
    assert_int_equal(bf->source_version(&s, "", 0), BF_FAIL);
    assert_int_equal(bf->source_version(&s, NULL, 3), BF_FAIL);
    assert_int_equal(bf->source_version(&s, "x", 201), BF_FAIL);
    assert_int_equal(bf->source_instant(&s, bf->source_now(&s) + 1), BF_FAIL);
    assert_int_equal(bf->source_instant(&s, INT64_MIN), BF_FAIL);
    assert_int_equal(bf->source_instant(&s, bf->source_now(&s)), BF_OK);
    assert_null(bf->source_alloc(&s, SIZE_MAX));
    s.opening = false;
    assert_int_equal(bf->source_version(&s, "x", 1), BF_FAIL);
    bf_host_leave();
    capture_end(c);
}

static void test_what_conditions_leave(void **state)
{
    (void)state;
    static const struct {
        const char *where;
        bool listed;
        size_t n;
        bool from, to;
        int64_t least, most;
    } cases[] = {
        {"", false, 0, false, false, 0, 0},
        {"id = 3", true, 1, false, false, 0, 0},
        {"id = 3 and id = 4", true, 0, false, false, 0, 0},
        {"id in (3, 4, 3) and id in (4, 5)", true, 1, false, false, 0, 0},
        {"id in (3, 4) or id = 5", false, 0, false, false, 0, 0},
        {"not id = 3", false, 0, false, false, 0, 0},
        {"id not in (3, 4)", false, 0, false, false, 0, 0},
        {"id > 3 and id >= 2 and id < 9 and id < 12", false, 0, true, true, 3, 9},
        {"id > 9223372036854775807", false, 0, true, false, INT64_MAX, 0},
        {"id in ]-5 .. 7]", false, 0, true, true, -5, 7},
        {"id + 1 = 3", false, 0, false, false, 0, 0},
        {"id = 3 and nom = \"a\" and not x > 3", true, 1, false, false, 0, 0},
        {"id = 1.5", true, 0, false, false, 0, 0},
        {"id > 1.5", false, 0, true, false, 1, 0},
    };
    bind(HEAD);
    const struct bf_schema *schema = &f.entry.manifest->schema;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bf_query_text text = {.zone = bf_zone_utc(), .limit = 10, .wheres = 1};
        struct bf_wants w;
        text.where[0] = bf_str_of(cases[i].where);
        struct bf_query *q = bf_query_parse(f.request, &text, &f.err);
        if (!q || !bf_query_check(q, schema, &f.err))
            fail_msg("%s: %s", cases[i].where, f.err.message);
        assert_true(bf_query_wants(q, &schema->columns[ID], &w));
        if (w.listed != cases[i].listed || w.n != cases[i].n || w.from != cases[i].from ||
            w.to != cases[i].to || (w.to && w.most != cases[i].most))
            fail_msg("%s: listed %d (%zu), from %d, to %d", cases[i].where, w.listed, w.n, w.from,
                     w.to);
        if (w.from && w.least != cases[i].least && w.least - 1 != cases[i].least)
            fail_msg("%s: from %lld", cases[i].where, (long long)w.least);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_every_type),
        T(test_a_request_that_ends_early),
        T(test_misuse),
        T(test_what_conditions_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
