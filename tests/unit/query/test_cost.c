/* query/cost and query/coarser: what is said to a query that costs too much. */
#include "demo.h"

#include "query/coarser.h"
#include "query/cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bf_schema schema;
static struct bf_arena *names, *arena;
static struct bf_err err;
static struct bf_buf out;

static int fresh(void **state)
{
    (void)state;
    bf_arena_reset(arena);
    bf_err_clear(&err);
    bf_buf_clear(&out);
    return 0;
}

static struct bf_query *checked(struct bf_query_text text)
{
    fresh(NULL);
    text.zone = bf_zone_utc();
    struct bf_query *q = bf_query_parse(arena, &text, &err);
    assert_true(q && bf_query_check(q, &schema, &err));
    return q;
}

/* ---- cost ---- */

#define EXPORT "for every record there is, ask for an export."
#define FILTER "filter on a field that has an index (libelle, commune, etat, ouvert, pose); " EXPORT

static const char *said(struct bf_query_text text)
{
    bf_cost_say(checked(text), &out);
    bf_buf_char(&out, '\0');
    assert_false(bf_buf_failed(&out));
    return out.p;
}

static const char *said_where(const char *where)
{
    return said((struct bf_query_text){.where = {bf_str_of(where)}, .wheres = 1});
}

static void conditions_without_an_index(void **state)
{
    static const char *const slow[] = {
        "nbvelosdispo = 1", "libelle != 1",           "libelle is null",
        "not libelle = 1",  "libelle = 1 or max = 2", "nom > 'a'",
        "total > 3",        "nom not like 'gare'",    "disjoint(geo, geom'POINT(3 50)')",
        "extra like 'x'",   "length(nom) = 3",        "libelle not in (1, 2)",
    };
    (void)state;
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++)
        assert_string_equal(said_where(slow[i]),
                            "What costs here: no condition has an index, so every record is looked "
                            "at. Cheaper: " FILTER);
}

static void conditions_with_an_index(void **state)
{
    static const char *const quick[] = {
        "libelle = 1",
        "libelle > 1 and max = 2",
        "libelle = 1 or commune = 'LILLE'",
        "etat in ('A', 'B')",
        "pose in ['2026-01-01' .. '2026-02-01']",
        "'gare'",
        "search('gare lille')",
        "startswith(commune, 'LI')",
        "within_distance(geo, geom'POINT(3 50)', 1km)",
        "in_bbox(geo, 50, 3, 51, 4)",
        "intersects(contour, geom'POINT(3 50)')",
        "mots = 'eau'",
    };
    (void)state;
    for (size_t i = 0; i < sizeof quick / sizeof *quick; i++)
        assert_string_equal(said_where(quick[i]), "Cheaper: " EXPORT);
}

static void every_part_has_its_words(void **state)
{
    (void)state;
    struct bf_str facets[] = {BF_STR_INIT("commune"), BF_STR_INIT("etat"), BF_STR_INIT("ouvert"),
                              BF_STR_INIT("libelle")};
    assert_string_equal(
        said((struct bf_query_text){.facets = facets, .nfacets = 4, .offset = 5000}),
        "What costs here: there is no condition, so every record is looked at; 4 facets are "
        "counted; 5000 records are skipped. Cheaper: filter on a field that has an index (libelle, "
        "commune, etat, ouvert, pose); ask for fewer facets at a time; follow the links to the "
        "next "
        "page instead of an offset; " EXPORT);
    assert_string_equal(
        said((struct bf_query_text){.where = {BF_STR("libelle = 1")},
                                    .wheres = 1,
                                    .select = BF_STR("count(distinct nom) as n"),
                                    .group_by = BF_STR("etat, ouvert")}),
        "What costs here: records are grouped by 2 keys; median, percentile and "
        "count distinct sort all values. Cheaper: group by fewer keys or coarser "
        "ones (year(date), range(number, 100)); ask for avg, min, max or count(*); " EXPORT);
    assert_string_equal(said((struct bf_query_text){.where = {BF_STR("libelle = 1")},
                                                    .wheres = 1,
                                                    .order_by = BF_STR("length(nom)")}),
                        "What costs here: what is found is sorted by something that has no index. "
                        "Cheaper: order by a sortable field, or not at all; " EXPORT);
}

static void a_large_geometry_is_named(void **state)
{
    (void)state;
    struct bf_buf where;
    bf_buf_init(&where, 8192);
    bf_buf_text(&where, "libelle = 1 and (intersects(geo, geom'LINESTRING(0 0");
    for (int i = 1; i < 500; i++)
        bf_buf_printf(&where, ",%d 1", i % 90);
    bf_buf_text(&where, ")') or libelle = 2)");
    struct bf_query_text text = {.where = {bf_buf_view(&where)}, .wheres = 1};
    assert_string_equal(said(text),
                        "What costs here: a geometry of 500 vertices is compared with records. "
                        "Cheaper: simplify it; " EXPORT);
    bf_buf_fini(&where);
}

/* ---- coarser ---- */

static struct bf_cell cell(struct bf_value v)
{
    static char bytes[2][16];
    static int turn;
    struct bf_buf b;
    if (v.type == BF_NULL)
        return (struct bf_cell){NULL, -1};
    turn ^= 1;
    bf_buf_init(&b, sizeof bytes[0]);
    bf_cell_put(&b, &v);
    memcpy(bytes[turn], b.p, b.n);
    struct bf_cell c = {bytes[turn], (int32_t)b.n};
    bf_buf_fini(&b);
    return c;
}

static const char *coarser(const char *key, struct bf_value first, struct bf_value last)
{
    struct bf_sql sql;
    struct bf_query *q = checked((struct bf_query_text){.group_by = bf_str_of(key)});
    assert_true(bf_coarser_sql(q, &sql, &err));
    if (!bf_coarser_say(q, cell(first), cell(last), &out)) {
        assert_int_equal(out.n, 0);
        return NULL;
    }
    bf_buf_char(&out, '\0');
    return out.p;
}

static struct bf_value whole(int64_t v)
{
    return (struct bf_value){.type = BF_INT, .integer = v};
}

static struct bf_value real(double v)
{
    return (struct bf_value){.type = BF_DOUBLE, .real = v};
}

static struct bf_value second(int64_t v)
{
    return (struct bf_value){.type = BF_DATETIME, .instant = v * 1000000};
}

static void numbers_get_a_round_step(void **state)
{
    (void)state;
    assert_string_equal(coarser("range(libelle, 1)", whole(0), whole(20000)),
                        "range(libelle, 2) makes few enough");
    assert_string_equal(coarser("range(libelle, 3)", whole(-50000), whole(50000)),
                        "range(libelle, 30) makes few enough");
    assert_string_equal(coarser("range(taux, 0.25)", real(0), real(79995)),
                        "range(taux, 1.25) makes few enough");
    assert_string_equal(coarser("range(taux, 0.05)", real(0), real(390000)),
                        "range(taux, 1) makes few enough");
    assert_string_equal(coarser("range( taux+1 , 0.001) as r", real(0), real(21000)),
                        "range(taux+1, 0.002) makes few enough");
}

static void numbers_that_no_step_fits(void **state)
{
    (void)state;
    assert_null(coarser("range(taux, 1)", real(-1e300), real(1e300)));
    assert_null(coarser("range(libelle, 9223372036854775807)", whole(0), whole(20001)));
    assert_null(coarser("range(taux, 0.0000000000000000001)", real(0), real(20001)));
    assert_null(coarser("range(libelle, 1)", (struct bf_value){.type = BF_NULL}, whole(1)));
}

static void dates_get_a_unit(void **state)
{
    (void)state;
    assert_string_equal(coarser("range(datemiseajour, 1 ms)", second(0), second(60)),
                        "range(datemiseajour, 1 second) makes few enough");
    assert_string_equal(coarser("range(datemiseajour, 5 minutes)", second(0), second(6000300)),
                        "range(datemiseajour, 1 hour) makes few enough");
    assert_string_equal(coarser("range(datemiseajour, 1 hour)", second(0), second(86400 * 900)),
                        "range(datemiseajour, 1 day) makes few enough");
    assert_string_equal(
        coarser("range(pose, 1 day)", second(-INT64_C(62135596800)), second(INT64_C(253402300799))),
        "range(pose, 1 year) makes few enough");
    assert_null(coarser("range(pose, 1 year)", second(-INT64_C(62135596800)),
                        second(INT64_C(253402300799))));
}

static void only_one_key_of_equal_width(void **state)
{
    static const char *const others[] = {"libelle", "range(libelle, 1, 2, 3)",
                                         "range(libelle, 1), etat", "geo_cluster(geo, 3)"};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct bf_sql sql;
        struct bf_query *q = checked((struct bf_query_text){.group_by = bf_str_of(others[i])});
        assert_false(bf_coarser_sql(q, &sql, &err));
        assert_false(bf_err_is_set(&err));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(conditions_without_an_index, fresh),
        cmocka_unit_test_setup(conditions_with_an_index, fresh),
        cmocka_unit_test_setup(every_part_has_its_words, fresh),
        cmocka_unit_test_setup(a_large_geometry_is_named, fresh),
        cmocka_unit_test_setup(numbers_get_a_round_step, fresh),
        cmocka_unit_test_setup(numbers_that_no_step_fits, fresh),
        cmocka_unit_test_setup(dates_get_a_unit, fresh),
        cmocka_unit_test_setup(only_one_key_of_equal_width, fresh),
    };
    names = bf_arena_new(1u << 20);
    arena = bf_arena_new(16u << 20);
    bf_buf_init(&out, 4096);
    demo_schema(&schema, names);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    bf_buf_fini(&out);
    bf_arena_free(arena);
    bf_arena_free(names);
    return failed;
}
