/* What a handler may say of itself, and what must fit its manifest. */
#include "plugin/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bf_arena *a;
static struct bf_err err;
static struct bf_plugin_facts facts;

static int setup(void **state)
{
    (void)state;
    a = bf_arena_new(4 << 20);
    bf_err_clear(&err);
    return a ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    bf_arena_free(a);
    return 0;
}

static enum bf_rc row(struct bf_req *r, struct bf_row *cells, void *self)
{
    (void)r, (void)cells, (void)self;
    return BF_OK;
}

static struct bf_handler handler(const struct bf_field *adds, const struct bf_option *options)
{
    return (struct bf_handler){.size = sizeof(struct bf_handler),
                               .major = 1,
                               .name = "heat-map",
                               .version = "1.0",
                               .adds = adds,
                               .options = options,
                               .row = row};
}

static void refuses(const struct bf_handler *h, const char *text)
{
    bf_err_clear(&err);
    assert_false(bf_facts_read(a, h, &facts, &err));
    assert_int_equal(err.code, BF_E_HANDLER);
    if (!strstr(err.message, text))
        fail_msg("\"%s\" does not say \"%s\"", err.message, text);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const bad[] = {NULL,    "",      "Heat", "9heat", "-heat",
                                      "he at", "h\xff", "h/t",  "table", "he.at"};
    char name[600];
    struct bf_handler h = handler(NULL, NULL);
    assert_true(bf_facts_read(a, &h, &facts, &err));
    assert_string_equal(facts.summary.p, "");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        h.name = bad[i];
        refuses(&h, "the handler's name");
    }
    memset(name, 'x', sizeof name);
    name[63] = '\0';
    h.name = name;
    assert_true((bf_err_clear(&err), bf_facts_read(a, &h, &facts, &err)));
    name[63] = 'x';
    name[64] = '\0';
    refuses(&h, "the handler's name is");
    name[64] = 'x';
    name[501] = '\0';
    refuses(&h, "name is longer than 500 bytes");
    h.name = "heat";
    h.version = name;
    refuses(&h, "version is longer");
    h.version = NULL;
    h.summary = "\xc3";
    refuses(&h, "summary is not UTF-8");
}

static void test_added_fields(void **state)
{
    (void)state;
    static const struct {
        struct bf_field field;
        const char *text;
    } bad[] = {
        {{"", BF_INT, NULL, NULL}, "not a field name"},
        {{"Upper", BF_INT, NULL, NULL}, "not a field name"},
        {{"da-sh", BF_INT, NULL, NULL}, "not a field name"},
        {{"x", BF_NULL, NULL, NULL}, "type 0, which no row hook can fill"},
        {{"x", BF_GEO_SHAPE, NULL, NULL}, "type 8"},
        {{"x", BF_JSON, NULL, NULL}, "type 9"},
        {{"x", (enum bf_type)77, NULL, NULL}, "type 77"},
        {{"x", BF_INT, "\xff", NULL}, "label is not UTF-8"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bf_field adds[] = {bad[i].field, {0}};
        struct bf_handler h = handler(adds, NULL);
        refuses(&h, bad[i].text);
    }
    struct bf_field twice[] = {{"x", BF_INT, NULL, NULL}, {"x", BF_TEXT, NULL, NULL}, {0}};
    struct bf_handler h = handler(twice, NULL);
    refuses(&h, "adds \"x\" twice");
    twice[1].name = NULL;
    h.row = NULL;
    refuses(&h, "no row hook to fill them");
    static struct bf_field endless[102];
    static char names[102][16];
    for (int i = 0; i < 102; i++) {
        snprintf(names[i], sizeof names[i], "f%d", i);
        endless[i] = (struct bf_field){names[i], BF_INT, NULL, NULL};
    }
    h = handler(endless, NULL);
    refuses(&h, "more than 100 fields");
    endless[100].name = NULL;
    bf_err_clear(&err);
    assert_true(bf_facts_read(a, &h, &facts, &err));
    assert_int_equal(facts.nadds, 100);
}

static void test_options(void **state)
{
    (void)state;
    static const struct {
        struct bf_option option;
        const char *text;
    } bad[] = {
        {{"", BF_INT, "1", NULL}, "not a key"},
        {{"a-b", BF_INT, "1", NULL}, "not a key"},
        {{"x", BF_DATE, "1", NULL}, "has type 5"},
        {{"x", BF_INT, "1.5", NULL}, "is not a whole number"},
        {{"x", BF_INT, "99999999999999999999", NULL}, "is not a whole number"},
        {{"x", BF_DOUBLE, "nan", NULL}, "is not a number"},
        {{"x", BF_DOUBLE, "1e999", NULL}, "is not a number"},
        {{"x", BF_BOOL, "yes", NULL}, "is not true or false"},
        {{"x", BF_TEXT, "\xff", NULL}, "preset is not UTF-8"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bf_option options[] = {bad[i].option, {0}};
        struct bf_handler h = handler(NULL, options);
        refuses(&h, bad[i].text);
    }
}

/* ---- against a manifest ---- */

static const struct bf_field adds[] = {
    {"felt", BF_DOUBLE, "Felt", "Cel"}, {"word", BF_TEXT, NULL, NULL}, {0}};
static const struct bf_option options[] = {{"radius", BF_DOUBLE, NULL, "metres"},
                                           {"steps", BF_INT, "3", NULL},
                                           {"fast", BF_BOOL, "true", NULL},
                                           {0}};

static struct bf_report report;

static bool fits(const char *name, const char *fields, const char *given)
{
    char json[2000];
    snprintf(json, sizeof json,
             "{\"id\":\"x\",\"title\":{\"fr\":\"T\"},\"publisher\":\"P\","
             "\"licence\":{\"name\":\"L\"},\"key\":[\"id\"],"
             "\"fields\":[{\"name\":\"id\",\"type\":\"int\"}%s],\"handler\":\"%s\","
             "\"options\":{%s}}",
             fields, name, given);
    struct bf_handler h = handler(adds, options);
    bf_report_init(&report, a);
    struct bf_manifest *m = bf_manifest_read(a, bf_str_of(json), "dataset.json", &report);
    if (!m)
        fail_msg("the manifest is wrong: %.*s", BF_STR_ARG(report.mistakes[0].wrong));
    assert_true(bf_facts_read(a, &h, &facts, &err));
    bool ok = bf_facts_match(&facts, m, "dataset.json", &report);
    assert_int_equal(ok, report.n == 0);
    return ok;
}

static void says(const char *pointer, const char *text)
{
    for (size_t i = 0; i < report.n; i++)
        if (bf_str_eq(report.mistakes[i].pointer, bf_str_of(pointer)) &&
            memmem(report.mistakes[i].wrong.p, report.mistakes[i].wrong.n, text, strlen(text)))
            return;
    fail_msg("none of %zu mistakes at %s says \"%s\"", report.n, pointer, text);
}

static void right_is(size_t i, const char *text)
{
    assert_true(i < report.n && bf_str_eq(report.mistakes[i].right, bf_str_of(text)));
}

#define GOOD                                                     \
    ",{\"name\":\"felt\",\"type\":\"double\",\"handler\":true}," \
    "{\"name\":\"word\",\"type\":\"text\",\"handler\":true}"

static void test_a_fit(void **state)
{
    (void)state;
    assert_true(fits("heat-map", GOOD, "\"radius\":12.5"));
    assert_true(fits("heat-map", GOOD, "\"radius\":12,\"steps\":-4,\"fast\":false"));
    assert_true(fits("heat-map", GOOD, "\"radius\":\"1e3\",\"steps\":\"7\""));
}

static void test_misfits(void **state)
{
    (void)state;
    assert_false(fits("other", GOOD, "\"radius\":1"));
    says("/handler", "the manifest names the handler \"other\", the file holds \"heat-map\"");
    assert_false(fits("heat-map", "", "\"radius\":1"));
    assert_int_equal(report.n, 2);
    says("/fields", "adds the field \"felt\", which is not declared");
    says("/fields", "adds the field \"word\", which is not declared");
    right_is(0, "{\"name\": \"felt\", \"type\": \"double\", \"handler\": true}");
    assert_false(fits("heat-map", GOOD ",{\"name\":\"more\",\"type\":\"int\",\"handler\":true}",
                      "\"radius\":1"));
    says("/fields/3/handler", "does not add the field \"more\"");
    assert_false(fits("heat-map",
                      ",{\"name\":\"felt\",\"type\":\"int\",\"handler\":true}"
                      ",{\"name\":\"word\",\"type\":\"text\"}",
                      "\"radius\":1"));
    says("/fields/1/type", "adds \"felt\" as double, not as int");
    says("/fields", "\"word\", which is declared as a field of the table");
}

static void test_misfit_options(void **state)
{
    (void)state;
    assert_false(fits("heat-map", GOOD, ""));
    says("/options", "needs the option \"radius\"");
    right_is(0, "metres");
    assert_false(fits("heat-map", GOOD, "\"radius\":\"wide\",\"steps\":1.5,\"fast\":1,\"x\":1"));
    assert_int_equal(report.n, 4);
    says("/options/radius", "\"wide\" is not a number");
    says("/options/steps", "is not a whole number");
    says("/options/fast", "\"1\" is not true or false");
    says("/options/x", "has no such option");
    right_is(3, "one of radius, steps, fast");
}

static enum bf_rc next(struct bf_req *r, struct bf_row *cells, void *self, void *cursor)
{
    (void)r, (void)cells, (void)self, (void)cursor;
    return BF_END;
}

static void end(void *self, void *cursor)
{
    (void)self, (void)cursor;
}

static bool agrees_on_rows(const struct bf_handler *h, const char *rows)
{
    char json[500];
    snprintf(json, sizeof json,
             "{\"id\":\"x\",\"title\":{\"fr\":\"T\"},\"publisher\":\"P\",%s"
             "\"licence\":{\"name\":\"L\"},\"key\":[\"id\"],"
             "\"fields\":[{\"name\":\"id\",\"type\":\"int\"}],\"handler\":\"heat-map\"}",
             rows);
    bf_report_init(&report, a);
    struct bf_manifest *m = bf_manifest_read(a, bf_str_of(json), "dataset.json", &report);
    assert_non_null(m);
    assert_true(bf_facts_read(a, h, &facts, &err));
    return bf_facts_match(&facts, m, "dataset.json", &report);
}

static void test_where_rows_come_from(void **state)
{
    (void)state;
    struct bf_handler h = handler(NULL, NULL);
    assert_true(agrees_on_rows(&h, ""));
    assert_false(agrees_on_rows(&h, "\"rows\":\"handler\","));
    says("/rows", "gives no rows");
    h.source_close = end;
    refuses(&h, "has no source_next");
    bf_err_clear(&err);
    h.source_next = next;
    assert_true(agrees_on_rows(&h, "\"rows\":\"handler\","));
    assert_false(agrees_on_rows(&h, ""));
    says("/handler", "which the manifest takes from a table");
}

static void test_no_memory(void **state)
{
    (void)state;
    struct bf_handler h = handler(adds, options);
    bool worked = false;
    for (size_t cap = 0; cap < (1 << 16) && !worked; cap += 16) {
        struct bf_arena *small = bf_arena_new(cap);
        bf_err_clear(&err);
        worked = bf_facts_read(small, &h, &facts, &err);
        assert_int_equal(err.code, worked ? BF_E_NONE : BF_E_MEMORY);
        bf_arena_free(small);
    }
    assert_true(worked);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_names),
        T(test_added_fields),
        T(test_options),
        T(test_a_fit),
        T(test_misfits),
        T(test_misfit_options),
        T(test_where_rows_come_from),
        T(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
