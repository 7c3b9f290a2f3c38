/* query: what cannot be said by a case folder: normal forms, hooks, limits, memory that runs out,
 * the box around a circle. */
#include "demo.h"

#include "query/function.h"
#include "query/place.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bf_schema schema;
static struct bf_arena *names, *arena;
static struct bf_err err;
static struct bf_query_text text;

static int fresh(void **state)
{
    (void)state;
    bf_arena_reset(arena);
    bf_err_clear(&err);
    text = (struct bf_query_text){.zone = bf_zone_utc(), .limit = 10};
    return 0;
}

static struct bf_query *checked(void)
{
    struct bf_query *q = bf_query_parse(arena, &text, &err);
    return q && bf_query_check(q, &schema, &err) ? q : NULL;
}

static struct bf_query *checked_where(struct bf_str where)
{
    fresh(NULL);
    text.where[0] = where;
    text.wheres = 1;
    return checked();
}

static struct bf_str normal(const struct bf_query *q, struct bf_buf *b)
{
    assert_non_null(q);
    bf_buf_init(b, 1u << 20);
    bf_query_print(q, b);
    assert_false(bf_buf_failed(b));
    return bf_buf_view(b);
}

static bool same(const char *one, const char *other)
{
    struct bf_buf a;
    struct bf_buf b;
    struct bf_str x = normal(checked_where(bf_str_of(one)), &a);
    struct bf_str y = normal(checked_where(bf_str_of(other)), &b);
    bool equal = bf_str_eq(x, y);
    bf_buf_fini(&a);
    bf_buf_fini(&b);
    return equal;
}

static void one_meaning_prints_the_same(void **state)
{
    (void)state;
    assert_true(same("nom='x' and libelle=1", " `nom` : \"x\"   AND (libelle = 1.0)"));
    assert_true(same("libelle in [1..3]", "libelle : [1 TO 3]"));
    assert_true(same("libelle in (1,2)", "libelle IN ( '1' , 2.0 )"));
    assert_true(same("nbvelosdispo>3", "3 < nb_velos_dispo"));
    assert_true(same("pose > '2026'", "pose > date'2026-01-01'"));
    assert_true(same("datemiseajour > '2026'", "datemiseajour > '2026-01-01T01:00:00+01:00'"));
    assert_true(same("within_distance(geo, geom'POINT(3 50)', 1km)",
                     "distance(geo,geom'{\"type\":\"Point\",\"coordinates\":[3,50]}',1000 M)"));
    assert_true(same("nom='\\u00e9'", "nom='é'"));
}

static void two_meanings_print_differently(void **state)
{
    (void)state;
    static const char *const all[] = {
        "nom='x'",
        "nom='X'",
        "nom=' x'",
        "nom!='x'",
        "not nom='x'",
        "nom='x\\''",
        "nom in ('x')",
        "nom in ('x','y')",
        "nom in (\"x','y\")",
        "nom='x' or libelle=1",
        "nom='x' and libelle=1",
        "nom='x' and (libelle=1 or libelle=2)",
        "nom='x' and libelle=1 or libelle=2",
        "commune='x'",
        "nom is null",
        "nom is not null",
        "libelle=1",
        "libelle=10",
        "libelle>1",
        "libelle>=1",
        "taux=1",
        "taux=1.0000000000000002",
        "datemiseajour>'2026-01-01'",
        "datemiseajour>'2026-01-01T00:00:00.000001'",
        "pose>'2026-01-01'",
        "ouvert",
        "ouvert=true",
        "in_bbox(geo,1,2,3,4)",
        "in_bbox(contour,1,2,3,4)",
        "within_distance(geo,geom'POINT(1 2)',3)",
        "within_distance(geo,geom'POINT(2 1)',3)",
        "true",
        "1=2",
    };
    enum { ALL = sizeof all / sizeof all[0] };
    for (size_t i = 0; i < ALL; i++)
        for (size_t j = 0; j < i; j++)
            if (same(all[i], all[j]))
                fail_msg("%s and %s print the same", all[i], all[j]);
}

static void window_zone_keys_and_record_are_part_of_the_normal_form(void **state)
{
    (void)state;
    struct bf_query_text texts[8];
    struct bf_buf b[8];
    fresh(NULL);
    for (size_t i = 0; i < 8; i++)
        texts[i] = text;
    texts[1].limit = 11;
    texts[2].offset = 1;
    texts[3].zone = bf_zone_find(BF_STR("Europe/Paris"));
    texts[4].record_id = BF_STR("00112233445566778899aabbccddeeff00112233");
    texts[5].select = BF_STR("nom");
    texts[6].select = BF_STR("nom as n");
    texts[7].order_by = BF_STR("nom");
    for (size_t i = 0; i < 8; i++) {
        text = texts[i];
        normal(checked(), &b[i]);
        for (size_t j = 0; j < i; j++)
            assert_false(bf_str_eq(bf_buf_view(&b[i]), bf_buf_view(&b[j])));
    }
    for (size_t i = 0; i < 8; i++)
        bf_buf_fini(&b[i]);
}

/* ---- hooks */

static void uses_means_the_client_alone(void **state)
{
    (void)state;
    text.select = BF_STR("nom");
    text.where[0] = BF_STR("libelle=1");
    text.wheres = 1;
    text.refine[0] = BF_STR("etat:A");
    text.refines = 1;
    text.order_by = BF_STR("max");
    struct bf_query *q = bf_query_parse(arena, &text, &err);
    struct bf_str value = BF_STR("x");
    assert_true(bf_query_and(q, BF_STR("commune=?"), &value, 1, &err));
    assert_true(bf_query_check(q, &schema, &err));
    static const char *const used[] = {"nom", "libelle", "etat", "max"};
    for (size_t i = 0; i < 4; i++)
        assert_true(bf_query_uses(q, demo_column(&schema, used[i])));
    assert_false(bf_query_uses(q, demo_column(&schema, "commune")));
    assert_false(bf_query_uses(q, demo_column(&schema, "geo")));
    fresh(NULL);
    q = checked();
    assert_true(bf_query_uses(q, demo_column(&schema, "geo")));
    assert_false(bf_query_uses(q, demo_column(&schema, "recordid")));
}

static void a_condition_after_check_is_checked_by_a_second_check(void **state)
{
    (void)state;
    struct bf_sql sql;
    struct bf_query *q = checked_where(BF_STR("libelle in [1..2] and not ouvert"));
    char volatile_text[] = "nom = ?";
    char volatile_value[] = "it's";
    struct bf_str value = bf_str_of(volatile_value);
    assert_true(bf_query_and(q, bf_str_of(volatile_text), &value, 1, &err));
    memset(volatile_text, '!', sizeof volatile_text - 1);
    memset(volatile_value, '!', sizeof volatile_value - 1);
    assert_true(bf_query_check(q, &schema, &err));
    assert_true(bf_query_check(q, &schema, &err));
    assert_true(bf_query_sql(q, &sql, &err));
    assert_true(bf_str_ends(sql.where, BF_STR(" AND t.\"nom\" = $3::text")));
    assert_true(bf_str_eq(sql.params[2].text, BF_STR("it's")));
    assert_true(bf_query_and(q, BF_STR("nope = 1"), NULL, 0, &err));
    assert_false(bf_query_check(q, &schema, &err));
    assert_string_equal(err.message, "ODSQL query is malformed: Unknown field: nope. Clause(s) "
                                     "containing the error(s): where.");
}

static void a_question_mark_in_a_text_is_no_placeholder(void **state)
{
    (void)state;
    struct bf_sql sql;
    struct bf_query *q = checked();
    struct bf_str value = BF_STR("' or true --");
    assert_true(bf_query_and(q, BF_STR("nom = 'why?' or etat = ?"), &value, 1, &err));
    assert_true(bf_query_check(q, &schema, &err));
    assert_true(bf_query_sql(q, &sql, &err));
    assert_true(bf_str_eq(sql.params[0].text, BF_STR("why?")));
    assert_true(bf_str_eq(sql.params[1].text, value));
}

static void carried_columns_come_after_the_outputs(void **state)
{
    (void)state;
    struct bf_sql sql;
    text.select = BF_STR("nom,max");
    struct bf_query *q = checked();
    assert_int_equal(bf_query_place(q, demo_column(&schema, "geo")), -1);
    assert_true(bf_query_carry(q, demo_column(&schema, "geo"), &err));
    assert_true(bf_query_carry(q, demo_column(&schema, "max"), &err));
    assert_true(bf_query_carry(q, demo_column(&schema, "taux"), &err));
    assert_true(bf_query_carry(q, demo_column(&schema, "geo"), &err));
    assert_int_equal(bf_query_place(q, demo_column(&schema, "max")), 1);
    assert_int_equal(bf_query_place(q, demo_column(&schema, "geo")), 2);
    assert_int_equal(bf_query_place(q, demo_column(&schema, "taux")), 3);
    assert_true(bf_query_sql(q, &sql, &err));
    assert_int_equal(sql.ncolumns, 4);
    assert_int_equal(sql.noutputs, 2);
    assert_int_equal(bf_query_limit(q), 10);
}

/* The WHERE of the condition on a dataset of few records. */
static void assert_where_of_few(const char *condition, const char *sql_text)
{
    struct bf_sql sql;
    struct bf_query *q = checked_where(bf_str_of(condition));
    assert_non_null(q);
    bf_query_expect_few(q);
    assert_true(bf_query_sql(q, &sql, &err));
    if (!bf_str_eq(sql.where, bf_str_of(sql_text)))
        fail_msg("%s\nbecame   %.*s\nand not  %s", condition, BF_STR_ARG(sql.where), sql_text);
}

static void few_records_are_read_in_their_order(void **state)
{
    (void)state;
    assert_where_of_few("etat = 'a' and max > 3",
                        " WHERE t.\"etat\" = $1::text AND (t.\"max\" > $2::bigint) IS TRUE");
    assert_where_of_few("(max > 3 and etat = 'a') and (max < 9 or etat = 'b')",
                        " WHERE (t.\"max\" > $1::bigint) IS TRUE AND t.\"etat\" = $2::text AND "
                        "((t.\"max\" < $3::bigint OR t.\"etat\" = $4::text)) IS TRUE");
    assert_where_of_few("not etat in ('a', 'b') or max is null",
                        " WHERE (((t.\"etat\" IN ($1::text, $2::text)) IS NOT TRUE OR "
                        "t.\"max\" IS NULL)) IS TRUE");
}

/* What is dear to test is left to its index. */
static void few_records_keep_the_indexes_of_what_is_dear(void **state)
{
    (void)state;
    static const char *const dear[] = {
        "etat = 'a' and search('b')",
        "search('b')",
        "in_bbox(geo, 1, 2, 3, 4)",
        "max > 3 or within_distance(geo, geom'POINT(3 50)', 1km)",
        "total > 3",
        "mots = 'x'",
        "year(datemiseajour) = 2025",
        "max in (1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17)",
    };
    for (size_t i = 0; i < sizeof dear / sizeof *dear; i++) {
        struct bf_sql sql;
        struct bf_query *q = checked_where(bf_str_of(dear[i]));
        assert_non_null(q);
        bf_query_expect_few(q);
        assert_true(bf_query_sql(q, &sql, &err));
        if (memmem(sql.where.p, sql.where.n, ") IS TRUE", 9))
            fail_msg("%s became %.*s", dear[i], BF_STR_ARG(sql.where));
    }
}

/* ---- limits */

static struct bf_str repeated(char first, char c, size_t n)
{
    char *p = bf_arena_alloc(names, n);
    memset(p, c, n);
    p[0] = first;
    return (struct bf_str){p, n};
}

static void the_longest_clause_is_quoted_whole(void **state)
{
    (void)state;
    assert_null(checked_where(repeated('=', 'x', 8192)));
    assert_int_equal(err.code, BF_E_ODSQL_SYNTAX);
    assert_null(strstr(err.message, "[cut]"));
    assert_null(checked_where(repeated('\'', 'x', 8192)));
    assert_null(strstr(err.message, "[cut]"));
    assert_null(checked_where(repeated('x', 'x', 8192)));
    assert_int_equal(err.code, BF_E_ODSQL);
    assert_null(strstr(err.message, "[cut]"));
    assert_null(checked_where(repeated('x', 'x', 8193)));
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    static const struct bf_str bad[] = {
        BF_STR_INIT("nom='\xff'"),   BF_STR_INIT("nom='\xc3'"), BF_STR_INIT("nom='a\0b'"),
        BF_STR_INIT("\xed\xa0\x80"), BF_STR_INIT("\0"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_null(checked_where(bad[i]));
        assert_int_equal(err.code, BF_E_ODSQL);
        fresh(NULL);
        text.refine[0] = bad[i];
        text.refines = 1;
        assert_null(checked());
    }
}

static void what_is_not_supported_is_refused_by_name(void **state)
{
    (void)state;
    const struct bf_function *f;
    for (size_t i = 0; (f = bf_function_at(i)); i++) {
        char clause[64];
        char message[160];
        if (bf_function_supported(f))
            continue;
        snprintf(clause, sizeof clause, "%s(nom)", f->name);
        snprintf(message, sizeof message,
                 "ODSQL query is malformed: %s() is not supported yet. Clause(s) containing the "
                 "error(s): where.",
                 f->name);
        assert_null(checked_where(bf_str_of(clause)));
        assert_string_equal(err.message, message);
        fresh(NULL);
        text.select = bf_str_of(clause);
        assert_null(checked());
        assert_non_null(strstr(err.message, "() is not supported yet. Clause"));
    }
}

static void the_table_of_functions_is_whole(void **state)
{
    (void)state;
    const struct bf_function *f;
    for (size_t i = 0; (f = bf_function_at(i)); i++) {
        size_t n = strlen(f->name);
        assert_ptr_equal(bf_function_find(bf_str_of(f->name)), f);
        assert_true(f->clauses && f->usage && f->doc);
        assert_true(strncmp(f->usage, f->name, n) == 0 && f->usage[n] == '(');
        assert_true(f->kind != BF_PREDICATE || f->clauses == BF_IN_WHERE);
        assert_true(f->kind != BF_AGGREGATE || !(f->clauses & (BF_IN_WHERE | BF_IN_GROUP)));
    }
    assert_null(bf_function_find(BF_STR("")));
}

/* ---- memory */

static bool everything(struct bf_arena *a)
{
    struct bf_sql sql;
    struct bf_str values[] = {BF_STR("a"), BF_STR("POINT(3 50)")};
    struct bf_query *q = bf_query_parse(a, &text, &err);
    return q && bf_query_and(q, BF_STR("nom=? and within_distance(geo,?,1km)"), values, 2, &err) &&
           bf_query_check(q, &schema, &err) &&
           bf_query_carry(q, demo_column(&schema, "taux"), &err) && bf_query_sql(q, &sql, &err);
}

static void run_out(void)
{
    bool done = false;
    for (size_t cap = 0; !done; cap += 16) {
        struct bf_arena *a = bf_arena_new(cap);
        bf_err_clear(&err);
        done = everything(a);
        if (!done && err.code != BF_E_MEMORY)
            fail_msg("with %zu bytes: %s", cap, err.message);
        assert_true(cap < 200000);
        bf_arena_free(a);
    }
}

static void memory_that_runs_out_anywhere_is_an_error(void **state)
{
    (void)state;
    text.select = BF_STR("nom as `\\`n`,commune,max,libelle,etat,extra,ouvert,pose,total");
    text.where[0] = BF_STR("nom='\\u00e9' and (max in (1,2,3) or not taux in [0.5..1]) and nom=-1 "
                           "and in_bbox(geo,1,2,3,4) and ouvert and pose>'2026' and etat is null");
    text.wheres = 1;
    text.order_by = BF_STR("-max,nom");
    text.refine[0] = BF_STR("commune:'a\\'b'");
    text.refine[1] = BF_STR("commune:b");
    text.refine[2] = BF_STR("datemiseajour:2026");
    text.refines = 3;
    text.exclude[0] = BF_STR("etat:c");
    text.excludes = 1;
    run_out();
    fresh(NULL);
    text.select = BF_STR("date_format(pose,'EEEE \\'x\\' dd'),avg(taux)/count(*),ifnull(nom,'x'),"
                         "now(days=1),lower(commune),etat as e,percentile(max,5),-sum(taux)");
    text.group_by = BF_STR("etat,date_format(pose,'EEEE \\'x\\' dd'),lower(commune),nom,"
                           "range(max,*,5,10,*) as r,range(pose,2 days),range(taux,0.5),"
                           "geo_cluster(geo,5)");
    text.order_by = BF_STR("-avg(taux),count(distinct nom),r,etat");
    text.where[0] = BF_STR("length(nom)*2>max and year(pose)=2026 and pose<datemiseajour");
    text.wheres = 1;
    run_out();
}

/* ---- geometry */

static double unit(void)
{
    static uint64_t x = 88172645463325252u; /* xorshift64: the same points in every run */
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return (double)(x >> 11) / 9007199254740992.0;
}

/* The point at `angle` radians from p in direction `bearing`. */
static struct bf_point destination(struct bf_point p, double angle, double bearing)
{
    double lat = p.lat * M_PI / 180;
    double s = sin(lat) * cos(angle) + cos(lat) * sin(angle) * cos(bearing);
    double y = sin(bearing) * sin(angle) * cos(lat);
    double lon = p.lon + atan2(y, cos(angle) - sin(lat) * s) * 180 / M_PI;
    lon -= 360 * floor((lon + 180) / 360);
    return (struct bf_point){lon, asin(fmax(-1, fmin(1, s))) * 180 / M_PI};
}

static void the_box_holds_the_circle(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct bf_point p = {unit() * 360 - 180, unit() * 180 - 90};
        double metres = pow(10, unit() * 9 - 1);
        struct bf_box box = bf_place_around(p, metres);
        assert_true(box.west >= -180 && box.east <= 180 && box.south >= -90 && box.north <= 90);
        for (int k = 0; k < 8; k++) {
            double angle = fmin(metres / 6371008.7714150598, M_PI) * (k % 4 ? 1 : unit());
            struct bf_point d = destination(p, angle, unit() * 2 * M_PI);
            if (d.lon < box.west || d.lon > box.east || d.lat < box.south || d.lat > box.north)
                fail_msg("%.9f %.9f lies outside %g m around %.9f %.9f", d.lon, d.lat, metres,
                         p.lon, p.lat);
        }
    }
}

static void the_box_is_tight_at_lille_and_whole_where_it_would_wrap(void **state)
{
    (void)state;
    struct bf_box b = bf_place_around((struct bf_point){3.06, 50.63}, 1000);
    assert_true(b.north - b.south < 0.01800 && b.east - b.west < 0.02840);
    b = bf_place_around((struct bf_point){0, 90}, 1);
    assert_true(b.west == -180 && b.east == 180 && b.north == 90 && b.south > 89.999);
    b = bf_place_around((struct bf_point){180, 0}, 1);
    assert_true(b.west == -180 && b.east == 180 && b.north < 0.0001);
    b = bf_place_around((struct bf_point){0, 0}, 1e300);
    assert_true(b.west == -180 && b.south == -90 && b.east == 180 && b.north == 90);
}

int main(void)
{
    names = bf_arena_new(1u << 20);
    arena = bf_arena_new(8u << 20);
    demo_schema(&schema, names);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_meaning_prints_the_same, fresh),
        cmocka_unit_test_setup(two_meanings_print_differently, fresh),
        cmocka_unit_test_setup(window_zone_keys_and_record_are_part_of_the_normal_form, fresh),
        cmocka_unit_test_setup(uses_means_the_client_alone, fresh),
        cmocka_unit_test_setup(a_condition_after_check_is_checked_by_a_second_check, fresh),
        cmocka_unit_test_setup(a_question_mark_in_a_text_is_no_placeholder, fresh),
        cmocka_unit_test_setup(carried_columns_come_after_the_outputs, fresh),
        cmocka_unit_test_setup(few_records_are_read_in_their_order, fresh),
        cmocka_unit_test_setup(few_records_keep_the_indexes_of_what_is_dear, fresh),
        cmocka_unit_test_setup(the_longest_clause_is_quoted_whole, fresh),
        cmocka_unit_test_setup(bytes_that_are_no_text_are_refused, fresh),
        cmocka_unit_test_setup(what_is_not_supported_is_refused_by_name, fresh),
        cmocka_unit_test_setup(the_table_of_functions_is_whole, fresh),
        cmocka_unit_test_setup(memory_that_runs_out_anywhere_is_an_error, fresh),
        cmocka_unit_test_setup(the_box_holds_the_circle, fresh),
        cmocka_unit_test_setup(the_box_is_tight_at_lille_and_whole_where_it_would_wrap, fresh),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    bf_arena_free(arena);
    bf_arena_free(names);
    return failed;
}
