/*
 * A checked query must never fail in PostgreSQL: queries of tests/generate/odsql.h run against one,
 * and no error of any kind may come back; every cell has the form of its type. And however the
 * first records of an order or of a condition are found (query/first.h, query/decided.h), they are
 * the same.
 *
 * Needs the database that tests/suites/test_generated.py makes; skipped without BEFFROI_TEST_DB.
 * BEFFROI_QUERIES says how many (3,000), BEFFROI_SEED where they begin (1).
 */
#include "../../generate/odsql.h"
#include "demo.h"

#include "store/read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { QUERIES = 3000, BYTES = 400, MANY = 100000 };

static struct bf_conf conf;
static struct bf_conn *conn;
static struct bf_schema schema;
static struct bf_arena *names;

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

static long long setting(const char *name, long long preset)
{
    const char *text = getenv(name);
    return text ? atoll(text) : preset;
}

struct texts {
    char select[GENERATED], where[GENERATED], group[GENERATED], order[GENERATED];
};

static struct bf_str write_clause(struct generate *g, char *out, void (*write)(struct generate *))
{
    g->out = out;
    g->length = 0;
    g->depth = 0;
    out[0] = '\0';
    write(g);
    return bf_str_of(out);
}

/* The query of a seed. */
static void compose(uint64_t seed, struct texts *t, struct bf_query_text *out)
{
    static const char *const zones[] = {"UTC",        "Europe/Paris", "America/New_York",
                                        "CET",        "Asia/Kolkata", "Pacific/Kiritimati",
                                        "Etc/GMT+12", "EST5EDT",      "Antarctica/Troll"};
    uint8_t bytes[BYTES];
    uint64_t x = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    for (int i = 0; i < 8; i++)
        next_random(&x);
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (uint8_t)(next_random(&x) >> 32);
    struct generate g = {.bytes = bytes, .n = BYTES};
    *out = (struct bf_query_text){
        .zone = bf_zone_find(bf_str_of(zones[pick(&g, sizeof zones / sizeof *zones)])),
        .english = pick(&g, 2),
        .limit = pick(&g, 20),
        .offset = pick(&g, 3),
        .now = seed % 3 ? INT64_C(1790000000000000) : 0,
    };
    assert_non_null(out->zone);
    if (pick(&g, 3) == 0)
        out->group_by = write_clause(&g, t->group, generate_group);
    if (pick(&g, 4))
        out->select = write_clause(&g, t->select, generate_select);
    g.grouped = false;
    if (pick(&g, 2)) {
        out->where[0] = write_clause(&g, t->where, generate_where);
        out->wheres = 1;
    }
    g.grouped = out->group_by.n > 0;
    if (pick(&g, 2))
        out->order_by = write_clause(&g, t->order, generate_order);
}

static void explain(uint64_t seed, const struct bf_query_text *t, const struct bf_err *err,
                    const char *what)
{
    print_error("seed %llu: %s\n  group_by=%.*s\n  select=%.*s\n  where=%.*s\n  order_by=%.*s\n  "
                "timezone=%.*s\n  %s %s %s\n",
                (unsigned long long)seed, what, BF_STR_ARG(t->group_by), BF_STR_ARG(t->select),
                BF_STR_ARG(t->where[0]), BF_STR_ARG(t->order_by), BF_STR_ARG(bf_zone_name(t->zone)),
                err->sqlstate, err->message, err->detail);
}

static bool has_form(struct bf_cell c, enum bf_type type)
{
    static const int32_t sizes[] = {
        [BF_BOOL] = 1, [BF_INT] = 8, [BF_DOUBLE] = 8, [BF_DATE] = 4, [BF_DATETIME] = 8};
    size_t n = sizeof sizes / sizeof *sizes;
    return c.n < 0 || (size_t)type >= n || sizes[type] == 0 || sizes[type] == c.n;
}

enum outcome { REFUSED, ANSWERED, FAILED };

static enum outcome run(uint64_t seed, struct bf_arena *a, const struct bf_query_text *t)
{
    struct bf_err err;
    struct bf_sql sql;
    bf_err_clear(&err);
    struct bf_query *q = bf_query_parse(a, t, &err);
    bool ok = q && bf_query_check(q, &schema, &err);
    if (ok && seed / 128 % 2)
        bf_query_expect_few(q);
    else if (ok && seed / 256 % 2)
        bf_query_expect_many(q, MANY);
    if (!ok || !bf_query_sql(q, &sql, &err)) {
        bool known = err.code == BF_E_ODSQL || err.code == BF_E_ODSQL_SYNTAX;
        if (getenv("BEFFROI_REFUSALS"))
            explain(seed, t, &err, "refused");
        return known ? REFUSED : (explain(seed, t, &err, "refused strangely"), FAILED);
    }
    struct bf_read *read = NULL;
    /* With the values and without: folding constants must not fail either. */
    enum bf_plans plans = seed / 64 % 2 ? BF_PLANS_AUTO : BF_PLANS_GENERIC;
    if (bf_conn_ready(conn, &err) && bf_conn_plans(conn, plans, &err))
        read = bf_read_page(conn, a, (struct bf_str){NULL, 0}, &sql, BF_READ_TOTAL, &err);
    while (read && bf_read_next(read, &err))
        for (size_t i = 0; i < sql.noutputs; i++)
            if (!has_form(read->cells[i], sql.outputs[i].type)) {
                explain(seed, t, &err, "a cell has not the form of its type");
                return FAILED;
            }
    if (!bf_err_is_set(&err))
        return ANSWERED;
    explain(seed, t, &err, "failed");
    return FAILED;
}

static void no_checked_query_fails(void **state)
{
    (void)state;
    static struct texts clauses;
    long long counts[3] = {0};
    long long first = setting("BEFFROI_SEED", 1);
    long long n = setting("BEFFROI_QUERIES", QUERIES);
    for (long long seed = first; seed < first + n && counts[FAILED] < 10; seed++) {
        struct bf_query_text t;
        struct bf_arena *a = bf_arena_new(32u << 20);
        compose((uint64_t)seed, &clauses, &t);
        counts[run((uint64_t)seed, a, &t)]++;
        bf_arena_free(a);
    }
    printf("%lld answered, %lld refused, %lld failed\n", counts[ANSWERED], counts[REFUSED],
           counts[FAILED]);
    assert_int_equal(counts[FAILED], 0);
    assert_true(counts[ANSWERED] > n / 3);
}

/* ---- the first records ---------------------------------------------------------------------- */

static const char *const orders[] = {
    "-libelle",
    "-commune, taux",
    "-etat, -pose, nom",
    "-pose",
    "-datemiseajour, libelle desc",
    "-ouvert",
    "distance(geo, geom'POINT(3.06 50.63)')",
    "distance(geo, geom'POINT(3.09 50.63)'), -libelle",
    "distance(geo, geom'POINT(179.9 1)')",
    "distance(geo, geom'POINT(-180 -90)'), commune",
    "distance(geo, geom'POINT(0 90)')",
};

/* Pages that the first part of an order filled (bf_query_expect_full). */
static long long fulls;

static struct bf_read *read_sql(struct bf_arena *a, const struct bf_sql *sql, struct bf_err *err)
{
    if (!bf_conn_ready(conn, err) || !bf_conn_plans(conn, BF_PLANS_AUTO, err))
        return NULL;
    return bf_read_page(conn, a, (struct bf_str){NULL, 0}, sql, BF_READ_TOTAL, err);
}

/* The cells of a page and its total, and whether its rows came without ORDER BY. records 0: of a
 * dataset that is not one of many. */
static bool read_all(struct bf_arena *a, const struct bf_query_text *t, int64_t records,
                     struct bf_buf *out, bool *first)
{
    struct bf_err err;
    struct bf_sql sql;
    bf_err_clear(&err);
    struct bf_query *q = bf_query_parse(a, t, &err);
    bool ok = q && bf_query_check(q, &schema, &err);
    if (ok && records)
        bf_query_expect_many(q, records);
    if (ok && records)
        bf_query_expect_full(q, true);
    if (!ok || !bf_query_sql(q, &sql, &err))
        return false; /* the generated condition was refused */
    *first = sql.order.n == 0;
    struct bf_read *read = read_sql(a, &sql, &err);
    if (read && bf_query_expects_full(q)) {
        bool full = (int64_t)bf_read_rows(read) >= t->limit;
        fulls += full && t->limit > 0;
        bf_query_expect_full(q, false);
        assert_true(bf_query_sql(q, &sql, &err));
        read = full ? read : read_sql(a, &sql, &err);
    }
    while (read && bf_read_next(read, &err)) {
        for (size_t i = 0; i < sql.noutputs; i++) {
            bf_buf_i64(out, read->cells[i].n);
            bf_buf_char(out, ':');
            bf_buf_str(out, bf_cell_text(read->cells[i]));
        }
        bf_buf_char(out, '\n');
    }
    if (read)
        bf_buf_i64(out, read->total);
    if (bf_err_is_set(&err))
        fail_msg("order_by=%.*s where=%.*s: %s %s", BF_STR_ARG(t->order_by),
                 BF_STR_ARG(t->where[0]), err.message, err.detail);
    return true;
}

/* How many of so many pages were read both ways; both are the same. */
static long long compare_pages(long long n)
{
    static struct texts clauses;
    long long compared = 0;
    for (long long seed = 1; seed <= n; seed++) {
        struct bf_query_text t;
        struct bf_buf sorted, found;
        bool first = true, ordered = true;
        struct bf_arena *a = bf_arena_new(32u << 20);
        bf_buf_init(&sorted, 1u << 20);
        bf_buf_init(&found, 1u << 20);
        compose((uint64_t)seed, &clauses, &t);
        t.group_by = t.select = (struct bf_str){NULL, 0};
        t.order_by = bf_str_of(orders[(size_t)seed % (sizeof orders / sizeof *orders)]);
        t.now = INT64_C(1790000000000000);
        if (read_all(a, &t, 0, &sorted, &ordered) && read_all(a, &t, MANY, &found, &first)) {
            compared += first && !ordered && (t.wheres == 0 || sorted.n > 1);
            if (!bf_str_eq(bf_buf_view(&sorted), bf_buf_view(&found)))
                fail_msg("order_by=%.*s where=%.*s limit %d offset %d:\n%.*s\nbecame\n%.*s",
                         BF_STR_ARG(t.order_by), BF_STR_ARG(t.where[0]), (int)t.limit,
                         (int)t.offset, BF_STR_ARG(bf_buf_view(&sorted)),
                         BF_STR_ARG(bf_buf_view(&found)));
        }
        bf_buf_fini(&sorted);
        bf_buf_fini(&found);
        bf_arena_free(a);
    }
    return compared;
}

/* One value or one interval of a field, some of them of no record. */
static const char *const conditions[] = {
    "commune=\"Lille\"",
    "commune:\"b\"",
    "etat=\"y\"",
    "libelle=7",
    "libelle=8",
    "ouvert",
    "ouvert=true",
    "pose=date'1970-01-01'",
    "pose in [date'1582-01-01' .. date'1982-01-01']",
    "libelle>=-1 and libelle<1000",
    "libelle>-1 and libelle<=7 and pose is not null",
    "commune>\"A\" and commune<\"c\"",
    "datemiseajour in [date'1960-01-01' .. date'2030-01-01'[",
    "libelle>10 and libelle<5",
};

/* Few and many, as the number that decides depends on the records that there are said to be. */
static void decided_records_are_the_same(void **state)
{
    (void)state;
    static const int64_t records[] = {1, MANY};
    long long decided = 0;
    for (size_t i = 0; i < 8 * sizeof conditions / sizeof *conditions; i++) {
        struct bf_query_text t = {.zone = bf_zone_utc(),
                                  .where = {bf_str_of(conditions[i / 8])},
                                  .wheres = 1,
                                  .limit = i % 4 < 2 ? 100 : 1,
                                  .offset = i % 4 == 3};
        struct bf_buf plain, found;
        bool first = false, ordered = true;
        struct bf_arena *a = bf_arena_new(32u << 20);
        bf_buf_init(&plain, 1u << 20);
        bf_buf_init(&found, 1u << 20);
        assert_true(read_all(a, &t, 0, &plain, &ordered));
        assert_true(read_all(a, &t, records[i % 8 / 4], &found, &first));
        decided += first && !ordered;
        if (!bf_str_eq(bf_buf_view(&plain), bf_buf_view(&found)))
            fail_msg("where=%.*s limit %d:\n%.*s\nbecame\n%.*s", BF_STR_ARG(t.where[0]),
                     (int)t.limit, BF_STR_ARG(bf_buf_view(&plain)),
                     BF_STR_ARG(bf_buf_view(&found)));
        bf_buf_fini(&plain);
        bf_buf_fini(&found);
        bf_arena_free(a);
    }
    assert_true(decided >= 8 * 10);
}

static void the_first_records_are_the_same(void **state)
{
    (void)state;
    enum { PAGES = 1000 };
    assert_true(compare_pages(PAGES) > PAGES / 4);
    printf("%lld pages were filled by the first part of their order\n", fulls);
    assert_true(fulls > PAGES / 20);
}

static int connect_once(void **state)
{
    (void)state;
    struct bf_err err;
    bf_err_clear(&err);
    if (!bf_conf_load(&conf, NULL, &err))
        return -1;
    snprintf(conf.database, sizeof conf.database, "%s", getenv("BEFFROI_TEST_DB"));
    snprintf(conf.role_reader, sizeof conf.role_reader, "%s", getenv("BEFFROI_TEST_USER"));
    names = bf_arena_new(1u << 20);
    demo_schema(&schema, names);
    conn = bf_conn_new(&conf, BF_ROLE_READER);
    return conn && bf_conn_ready(conn, &err) ? 0 : -1;
}

static int disconnect(void **state)
{
    (void)state;
    bf_conn_free(conn);
    bf_arena_free(names);
    return 0;
}

int main(void)
{
    if (!getenv("BEFFROI_TEST_DB")) {
        printf("skipped: needs BEFFROI_TEST_DB, the database of tests/suites/test_generated.py\n");
        return 0;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_checked_query_fails),
                                       cmocka_unit_test(the_first_records_are_the_same),
                                       cmocka_unit_test(decided_records_are_the_same)};
    return cmocka_run_group_tests(tests, connect_once, disconnect);
}
