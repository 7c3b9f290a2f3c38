/* What may become of a published dataset. */
#include "catalog/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bf_arena *arena;

static const struct bf_manifest *read(const char *key, const char *fields, const char *rest)
{
    struct bf_report report;
    bf_report_init(&report, arena);
    struct bf_str json = bf_arena_printf(arena,
                                         "{\"id\": \"demo\", \"title\": {\"fr\": \"D\"}, "
                                         "\"publisher\": \"M\", \"licence\": {\"name\": \"L\"}, "
                                         "\"key\": [%s], \"fields\": [%s]%s}",
                                         key, fields, rest);
    const struct bf_manifest *m = bf_manifest_read(arena, json, "f", &report);
    if (!m)
        fail_msg("%.*s: %.*s", BF_STR_ARG(report.mistakes[0].pointer),
                 BF_STR_ARG(report.mistakes[0].wrong));
    return m;
}

#define NOM "{\"name\": \"nom\", \"type\": \"text\"}"
#define N "{\"name\": \"n\", \"type\": \"int\"}"
#define GEO "{\"name\": \"geo\", \"type\": \"geo_point_2d\"}"
#define X "{\"name\": \"x\", \"type\": \"double\", \"sql\": \"ST_X(geo)\"}"
#define H "{\"name\": \"h\", \"type\": \"text\", \"handler\": true}"
#define OLD NOM ", " N ", " GEO ", " X ", " H
#define OLD_REST \
    ", \"aliases\": {\"dataset\": [\"old\"], \"fields\": {\"name\": \"nom\", \"lon\": \"x\"}}"

/* The report of a change from OLD, one line per mistake. */
static const char *change(const char *key, const char *fields, const char *rest, size_t *merged)
{
    static char text[4000];
    struct bf_report report;
    struct bf_merge merges[10];
    struct bf_buf out;
    const struct bf_manifest *old = read("\"nom\"", OLD, OLD_REST);
    bf_report_init(&report, arena);
    *merged = bf_change_check(old, read(key, fields, rest), "f", &report, merges);
    bf_buf_init(&out, 1 << 20);
    bf_report_print(&report, &out);
    snprintf(text, sizeof text, "%.*s", (int)out.n, out.n ? out.p : "");
    bf_buf_fini(&out);
    return text;
}

static void allowed(const char *fields, const char *rest, size_t merges)
{
    size_t n;
    assert_string_equal(change("\"nom\"", fields, rest, &n), "");
    assert_int_equal(n, merges);
}

static void refused(const char *key, const char *fields, const char *rest, const char *why)
{
    size_t n;
    assert_string_equal(change(key, fields, rest, &n), why);
}

static void what_is_allowed(void **state)
{
    (void)state;
    allowed(OLD, OLD_REST, 0);
    allowed(OLD ", {\"name\": \"more\", \"type\": \"date\"}", OLD_REST, 0);
    allowed(H ", " X ", " GEO ", " N ", " NOM, OLD_REST, 0);
    allowed(
        "{\"name\": \"nom\", \"type\": \"text\", \"facet\": true, \"label\": {\"fr\": \"L\"}}, " N
        ", " GEO ", " X ", " H,
        OLD_REST, 0);
    /* another expression for the same field; a handler's field that becomes computed */
    allowed(NOM ", " N ", " GEO
                ", {\"name\": \"x\", \"type\": \"double\", \"sql\": \"ST_X(geo)+1\"}, "
                "{\"name\": \"h\", \"type\": \"text\", \"sql\": \"nom\"}",
            OLD_REST, 0);
    /* a computed field that becomes an alias: the aliases of the old one follow */
    allowed(NOM ", " N ", " GEO ", " H
                ", {\"name\": \"lng\", \"type\": \"double\", \"sql\": \"1.5\"}",
            ", \"aliases\": {\"dataset\": [\"old\", \"older\"], \"fields\": {\"name\": \"nom\","
            " \"x\": \"lng\", \"lon\": \"lng\"}}",
            0);
    /* a stored field that becomes an alias is for the store to judge */
    allowed(
        NOM ", {\"name\": \"n2\", \"type\": \"int\"}, " GEO ", " X ", " H,
        ", \"aliases\": {\"dataset\": [\"old\"], \"fields\": {\"name\": \"nom\", \"lon\": \"x\","
        " \"n\": \"n2\"}}",
        1);
}

static void what_is_refused(void **state)
{
    (void)state;
    refused("\"nom\"", OLD, OLD_REST ", \"handler\": \"h\", \"rows\": \"handler\"",
            "f: /rows: the rows were a table's and would now come from a handler; keep it, or "
            "publish the data as another dataset\n");
    refused("\"nom\"", NOM ", " GEO ", " X ", " H, OLD_REST,
            "f: /fields: the field \"n\" was published and is gone; keep it, or make its name an "
            "alias\n");
    refused(
        "\"nom\"", NOM ", {\"name\": \"n\", \"type\": \"double\"}, " GEO ", " X ", " H, OLD_REST,
        "f: /fields/1/type: \"n\" was published as int and cannot become double; keep the type, "
        "and publish another field beside it\n");
    refused("\"nom\"",
            NOM ", {\"name\": \"n\", \"type\": \"int\", \"sql\": \"1\"}, " GEO ", " X ", " H,
            OLD_REST,
            "f: /fields/1/sql: the values of \"n\" were stored and would now be computed; keep the "
            "field, and publish another one beside it\n");
    refused("\"nom\"", NOM ", " N ", " GEO ", {\"name\": \"x\", \"type\": \"double\"}, " H,
            OLD_REST,
            "f: /fields/3/sql: the values of \"x\" were computed and would now be stored; keep the "
            "field, and publish another one beside it\n");
    refused("\"nom\"",
            NOM ", " N ", " GEO ", {\"name\": \"x\", \"type\": \"double\", \"handler\": true}, " H,
            OLD_REST,
            "f: /fields/3/handler: the values of \"x\" were computed and would now be filled by a "
            "handler; keep the field, and publish another one beside it\n");
    refused("\"nom\", \"n\"", OLD, OLD_REST,
            "f: /key: the key was another one, and the ids of all records are made from it; keep "
            "the key, or publish the data as another dataset\n");
    refused("\"n\"", OLD, OLD_REST,
            "f: /key: the key was another one, and the ids of all records are made from it; keep "
            "the key, or publish the data as another dataset\n");
    refused(
        "\"nom\"", OLD, "",
        "f: /aliases/dataset: the alias \"old\" was published and is gone; add it again\n"
        "f: /aliases/fields: the alias \"name\" was published and is gone; let it name the same "
        "field as before\n"
        "f: /aliases/fields: the alias \"lon\" was published and is gone; let it name the same "
        "field as before\n");
    refused(
        "\"nom\"", OLD,
        ", \"aliases\": {\"dataset\": [\"old\"], \"fields\": {\"name\": \"nom\", \"lon\": \"n\"}}",
        "f: /aliases/fields: the alias \"lon\" was published for another field; let it name "
        "the same field as before\n");
    /* a published alias cannot become a field of its own either */
    refused("\"nom\"", OLD ", {\"name\": \"lon\", \"type\": \"double\"}",
            ", \"aliases\": {\"dataset\": [\"old\"], \"fields\": {\"name\": \"nom\"}}",
            "f: /aliases/fields: the alias \"lon\" was published for another field; let it name "
            "the same field as before\n");
}

static int setup(void **state)
{
    (void)state;
    arena = bf_arena_new(16u << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bf_arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_allowed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
