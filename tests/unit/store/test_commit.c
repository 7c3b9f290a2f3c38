/*
 * Needs a PostgreSQL with PostGIS that it may fill: BEFFROI_TEST_DB is a conninfo without user
 * whose database is empty, reached as BEFFROI_TEST_USER (a superuser). Skipped without it.
 */
#include "core/clock.h"
#include "store/catalog.h"
#include "store/commit.h"
#include "store/migrate.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char manifest_json[] =
    "{\"id\":\"parkings\",\"title\":{\"fr\":\"Parkings\"},\"publisher\":\"MEL\",\"licence\":{"
    "\"name\":\"Licence Ouverte\"},\"key\":[\"id\"],\"fields\":["
    "{\"name\":\"id\",\"type\":\"text\"},"
    "{\"name\":\"dispo\",\"type\":\"int\"},"
    "{\"name\":\"rate\",\"type\":\"double\"},"
    "{\"name\":\"open\",\"type\":\"boolean\"},"
    "{\"name\":\"day\",\"type\":\"date\"},"
    "{\"name\":\"datemaj\",\"type\":\"datetime\",\"z_is_local\":\"Europe/Paris\"},"
    "{\"name\":\"place\",\"type\":\"geo_point_2d\"},"
    "{\"name\":\"shape\",\"type\":\"geo_shape\"},"
    "{\"name\":\"more\",\"type\":\"json_blob\"}]}";

enum { FIELDS = 9 };

static struct bf_conf conf;
static struct bf_arena *life, *arena;
static struct bf_conn *conn;
static struct bf_err err;
static struct bf_entry entry;
static struct bf_buf scratch;
static struct bf_digest *digest;

static long long number(const char *sql)
{
    PGresult *res = PQexec(bf_conn_pg(conn), sql);
    if (PQresultStatus(res) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQresultErrorMessage(res));
    long long n = PQntuples(res) ? atoll(PQgetvalue(res, 0, 0)) : -1;
    PQclear(res);
    return n;
}

static void must(bool ok)
{
    if (!ok)
        fail_msg("%s (%s) at %s:%d", err.message, err.detail, err.file, err.line);
}

static void apply_manifest(void)
{
    struct bf_report report;
    bf_report_init(&report, life);
    struct bf_manifest *m =
        bf_manifest_read(life, (struct bf_str){manifest_json, sizeof manifest_json - 1},
                         "parkings/dataset.json", &report);
    struct bf_buf done;
    bf_buf_init(&done, 1u << 20);
    bf_report_print(&report, &done);
    if (!m)
        fail_msg("%.*s", BF_STR_ARG(bf_buf_view(&done)));
    struct bf_apply what = {.manifest = m,
                            .json = (struct bf_str){manifest_json, sizeof manifest_json - 1},
                            .path = "parkings/dataset.json"};
    enum bf_applied applied = bf_catalog_apply(conn, &conf, &what, &report, &done, &err);
    must(!bf_err_is_set(&err));
    assert_int_equal(applied, BF_APPLIED_CREATED);
    bf_buf_fini(&done);
    entry.manifest = m;
    m->number = (int)number("SELECT number FROM catalog.dataset WHERE id = 'parkings'");
}

static int setup(void **state)
{
    (void)state;
    bf_err_clear(&err);
    must(bf_conf_load(&conf, NULL, &err));
    snprintf(conf.database, sizeof conf.database, "%s", getenv("BEFFROI_TEST_DB"));
    const char *user = getenv("BEFFROI_TEST_USER");
    snprintf(conf.role_owner, sizeof conf.role_owner, "%s", user ? user : "postgres");
    snprintf(conf.role_writer, sizeof conf.role_writer, "%s", conf.role_owner);
    snprintf(conf.role_reader, sizeof conf.role_reader, "%s", conf.role_owner);
    snprintf(conf.role_accountant, sizeof conf.role_accountant, "%s", conf.role_owner);
    snprintf(conf.sql_dir, sizeof conf.sql_dir, "sql");
    life = bf_arena_new(64u << 20);
    arena = bf_arena_new(64u << 20);
    digest = bf_digest_new();
    bf_buf_init(&scratch, 1u << 20);
    conn = bf_conn_new(&conf, BF_ROLE_WRITER);
    must(bf_conn_ready(conn, &err));
    number("SELECT 1 FROM (SELECT set_config('search_path', 'public', false)) q");
    bf_conn_run(conn,
                "DROP SCHEMA IF EXISTS data CASCADE; DROP SCHEMA IF EXISTS past CASCADE;"
                "DROP SCHEMA IF EXISTS catalog CASCADE;"
                "DROP TABLE IF EXISTS public.beffroi_migration;"
                "CREATE EXTENSION IF NOT EXISTS postgis",
                &err);
    struct bf_buf done;
    bf_buf_init(&done, 1u << 20);
    must(bf_migrate(conn, &conf, &done, &err));
    bf_buf_fini(&done);
    apply_manifest();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bf_conn_free(conn);
    bf_buf_fini(&scratch);
    bf_digest_free(digest);
    bf_arena_free(arena);
    bf_arena_free(life);
    return 0;
}

static void begin(void)
{
    bf_arena_reset(arena);
    bf_err_clear(&err);
}

static void row_values(struct bf_value v[FIELDS], const char *id, int64_t dispo)
{
    static const char blob[] = "{\"a\":1}";
    memset(v, 0, FIELDS * sizeof *v);
    v[0] = (struct bf_value){.type = BF_TEXT, .text = bf_str_of(id)};
    v[1] = (struct bf_value){.type = BF_INT, .integer = dispo};
    v[2] = (struct bf_value){.type = BF_DOUBLE, .real = 0.1};
    v[3] = (struct bf_value){.type = BF_BOOL, .boolean = true};
    v[4] = (struct bf_value){.type = BF_DATE, .date = 20000};
    v[5] = (struct bf_value){.type = BF_DATETIME, .instant = INT64_C(1795000000123456)};
    v[6] = (struct bf_value){.type = BF_GEO_POINT, .point = {3.06, 50.63}};
    v[8] = (struct bf_value){.type = BF_JSON, .text = {blob, sizeof blob - 1}};
}

static void add_values(struct bf_batch *b, const struct bf_value *v)
{
    unsigned char id[BF_RECORD_ID];
    bf_record_id(entry.manifest, v, &scratch, digest, id);
    must(bf_batch_row(b, id, v, &err));
}

static void add(struct bf_batch *b, const char *id, int64_t dispo)
{
    struct bf_value v[FIELDS];
    row_values(v, id, dispo);
    add_values(b, v);
}

static void print_answer(void *self, const struct bf_commit_result *r, struct bf_buf *out)
{
    bf_buf_printf(out, "%s %lld +%lld", (const char *)self, (long long)r->commit,
                  (long long)r->added);
}

static char said[] = "commit";
static const struct bf_batch_push push = {
    .sub = {"test", 4}, .source = {1, 2, 3}, .print = print_answer, .self = said};

static struct bf_batch *open_batch(enum bf_batch_mode mode)
{
    struct bf_batch *b = bf_batch_open(conn, arena, &entry, mode, &err);
    must(b != NULL);
    return b;
}

static struct bf_commit_result commit(struct bf_batch *b)
{
    struct bf_commit_result r;
    must(bf_batch_commit(b, &push, &r, &err));
    return r;
}

static void expect(struct bf_commit_result r, int64_t added, int64_t changed, int64_t removed,
                   int64_t unchanged)
{
    assert_int_equal(r.added, added);
    assert_int_equal(r.changed, changed);
    assert_int_equal(r.removed, removed);
    assert_int_equal(r.unchanged, unchanged);
    assert_int_equal(r.records, number("SELECT count(*) FROM data.parkings"));
    assert_int_equal(r.commit, number("SELECT commit FROM catalog.state"));
}

/* ---- tests: each goes on where the one before stopped ---- */

static void first_rows_are_added(void **state)
{
    (void)state;
    begin();
    int64_t before = number("SELECT commit FROM catalog.clock");
    struct bf_batch *b = open_batch(BF_BATCH_UPSERT);
    add(b, "B", 1);
    add(b, "A", 2);
    add(b, "C", 3);
    struct bf_commit_result r = commit(b);
    expect(r, 3, 0, 0, 0);
    assert_int_equal(r.commit, before + 1);
    assert_true(r.pushed >= r.instant);
    assert_int_equal(number("SELECT count(*) FROM data.parkings WHERE rate = 0.1 AND open AND "
                            "day = '2024-10-04' AND datemaj = '2026-11-18T11:06:40.123456Z' AND "
                            "ST_AsText(place) = 'POINT(3.06 50.63)' AND ST_SRID(place) = 4326 AND "
                            "shape IS NULL AND more = '{\"a\":1}'"),
                     3);
    /* in the order of the batch */
    assert_int_equal(number("SELECT (string_agg(id, '' ORDER BY _seq) = 'BAC')::int"
                            " FROM data.parkings"),
                     1);
    assert_int_equal(number("SELECT count(*) FROM past.parkings"), 0);
}

static void same_rows_make_no_commit(void **state)
{
    (void)state;
    begin();
    int64_t clock = number("SELECT commit FROM catalog.clock");
    int64_t pushed = number("SELECT extract(epoch FROM pushed) * 1000000 FROM catalog.state");
    struct bf_batch *b = open_batch(BF_BATCH_SNAPSHOT);
    add(b, "C", 3);
    add(b, "B", 1);
    add(b, "A", 2);
    struct bf_commit_result r = commit(b);
    expect(r, 0, 0, 0, 3);
    assert_int_equal(number("SELECT commit FROM catalog.clock"), clock);
    assert_true(r.pushed > pushed);
    assert_int_equal(r.commit, clock);
}

static void changes_keep_the_old_version(void **state)
{
    (void)state;
    begin();
    struct bf_batch *b = open_batch(BF_BATCH_UPSERT);
    add(b, "A", 20);
    add(b, "D", 4);
    add(b, "B", 1);
    struct bf_commit_result r = commit(b);
    expect(r, 1, 1, 0, 1);
    char sql[300];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM past.parkings p JOIN data.parkings d USING (_id, _seq) WHERE "
             "p.id = 'A' AND p.dispo = 2 AND d.dispo = 20 AND p._from = %lld AND p._to = %lld AND "
             "d._commit = %lld",
             (long long)r.commit - 1, (long long)r.commit, (long long)r.commit);
    assert_int_equal(number(sql), 1);
    assert_int_equal(number("SELECT count(*) FROM past.parkings"), 1);
}

static void snapshots_remove_what_is_absent(void **state)
{
    (void)state;
    begin();
    struct bf_batch *b = open_batch(BF_BATCH_SNAPSHOT);
    add(b, "A", 21);
    add(b, "E", 5);
    add(b, "B", 1);
    expect(commit(b), 1, 1, 2, 1); /* C and D are gone */
    assert_int_equal(number("SELECT count(*) FROM past.parkings WHERE id IN ('C', 'D')"), 2);
    assert_int_equal(number("SELECT removed FROM catalog.commit ORDER BY number DESC LIMIT 1"), 2);
}

static void deletes_take_ids(void **state)
{
    (void)state;
    begin();
    struct bf_batch *b = open_batch(BF_BATCH_DELETE);
    add(b, "A", 0);
    add(b, "nobody", 0);
    expect(commit(b), 0, 0, 1, 1);
    begin();
    b = open_batch(BF_BATCH_DELETE);
    add(b, "nobody", 0);
    expect(commit(b), 0, 0, 0, 1);
    begin();
    b = open_batch(BF_BATCH_DELETE);
    expect(commit(b), 0, 0, 0, 0);
}

/* What was deleted and comes back is a new row at the end of the order. */
static void rows_come_back(void **state)
{
    (void)state;
    begin();
    struct bf_batch *b = open_batch(BF_BATCH_UPSERT);
    add(b, "A", 21);
    expect(commit(b), 1, 0, 0, 0);
    assert_int_equal(
        number("SELECT (max(_seq) = max(_seq) FILTER (WHERE id = 'A'))::int FROM data.parkings"),
        1);
}

/* Each field alone makes a difference, to another value and to and from null. */
static void every_field_is_compared(void **state)
{
    (void)state;
    struct bf_value v[FIELDS], w[FIELDS];
    row_values(v, "cmp", 1);
    static const char line[] = "\1\2\0\0\x20\xe6\x10\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                               "\0\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\xf0\x3f";
    v[7] = (struct bf_value){.type = BF_GEO_SHAPE, .text = {line, sizeof line - 1}};
    const struct bf_value others[FIELDS] = {
        [1] = {.type = BF_INT, .integer = INT64_MIN},
        [2] = {.type = BF_DOUBLE, .real = 0.1 + 1e-17 + 1e-16},
        [3] = {.type = BF_BOOL, .boolean = false},
        [4] = {.type = BF_DATE, .date = -719162},
        [5] = {.type = BF_DATETIME, .instant = INT64_C(1795000000123457)},
        [6] = {.type = BF_GEO_POINT, .point = {3.06, 50.63000000000001}},
        [8] = {.type = BF_JSON, .text = BF_STR("{\"a\":1 }")},
    };
    begin();
    struct bf_batch *b = open_batch(BF_BATCH_UPSERT);
    add_values(b, v);
    expect(commit(b), 1, 0, 0, 0);
    for (size_t i = 1; i < FIELDS; i++) {
        for (int to = 0; to < 4; to++) {
            memcpy(w, v, sizeof w);
            if (to == 0 || to == 3)
                w[i] = (struct bf_value){.type = BF_NULL};
            if (to == 1 && i != 7)
                w[i] = others[i];
            begin();
            b = open_batch(BF_BATCH_UPSERT);
            add_values(b, w);
            struct bf_commit_result r = commit(b);
            if (r.changed != (i == 7 && to == 2 ? 0 : 1))
                fail_msg("field %zu, step %d: %d changed", i, to, (int)r.changed);
            begin();
            b = open_batch(BF_BATCH_UPSERT);
            add_values(b, w);
            r = commit(b);
            assert_int_equal(r.unchanged, 1);
        }
        begin();
        b = open_batch(BF_BATCH_UPSERT);
        add_values(b, v);
        commit(b);
    }
}

/* Half past two of 26 October 2025 in Paris, the first time: 00:30 UTC. */
static const int64_t half_past_two = INT64_C(1761438600000000), minute = INT64_C(60000000);

/* What a record becomes in minutes after the first half past two: `shown` is what its wall clock
 * may mean, and then it came at `received`; -1: it means that. */
static int64_t pushed_at(const char *id, int64_t shown, int64_t received)
{
    struct bf_batch_push at = push;
    struct bf_commit_result r;
    struct bf_value v[FIELDS];
    char sql[256];
    row_values(v, id, 1);
    v[5].instant = half_past_two + shown * minute;
    at.repeated = received != -1;
    at.received = half_past_two + received * minute;
    begin();
    struct bf_batch *b = open_batch(BF_BATCH_UPSERT);
    add_values(b, v);
    must(bf_batch_commit(b, &at, &r, &err));
    snprintf(sql, sizeof sql,
             "SELECT extract(epoch FROM datemaj) * 1000000 FROM data.parkings WHERE id = '%s'", id);
    return (number(sql) - half_past_two) / minute;
}

static void an_hour_that_comes_twice_is_told_by_the_receipt(void **state)
{
    (void)state;
    static const struct {
        int64_t received, stored, becomes;
    } cases[] = {
        {1, 0, 0},        {40, 0, 0},  {57, 0, 0},       {58, 0, 60},    {61, 0, 60},
        {119, 0, 60},     {120, 0, 0}, {-5, 0, 0},       {500000, 0, 0}, /* a year later */
        {61, -35, 60},    {1, -35, 0}, {61, 1, 60},      {-5, 1, 60},    /* the stored record */
        {500000, 60, 60}, {61, 61, 0}, {500000, -35, 0},
    };
    char id[16];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(id, sizeof id, "hour-%zu", i);
        if (cases[i].stored)
            pushed_at(id, cases[i].stored, -1);
        if (pushed_at(id, 0, cases[i].received) != cases[i].becomes)
            fail_msg("case %zu", i);
    }
    /* No record yet, and the first hour stays what it is through the second. */
    assert_int_equal(pushed_at("hour-new", 0, 1), 0);
    assert_int_equal(pushed_at("hour-new", 0, 61), 0);
    assert_int_equal(pushed_at("hour-late", 0, 61), 60);
    assert_int_equal(pushed_at("hour-late", 0, 500000), 60);
}

static void an_abandoned_batch_leaves_nothing(void **state)
{
    (void)state;
    begin();
    int64_t clock = number("SELECT commit FROM catalog.clock");
    struct bf_batch *b = open_batch(BF_BATCH_SNAPSHOT);
    add(b, "X", 1);
    bf_arena_reset(arena);
    b = open_batch(BF_BATCH_SNAPSHOT);
    for (int i = 0; i < 20000; i++) { /* large: in the middle of COPY */
        char id[16];
        snprintf(id, sizeof id, "x%d", i);
        add(b, id, i);
    }
    bf_batch_abandon(b);
    assert_int_equal(PQtransactionStatus(bf_conn_pg(conn)), PQTRANS_IDLE);
    b = open_batch(BF_BATCH_SNAPSHOT);
    for (int i = 0; i < 20000; i++) {
        char id[16];
        snprintf(id, sizeof id, "x%d", i);
        add(b, id, i);
    }
    bf_arena_reset(arena);
    assert_int_equal(PQtransactionStatus(bf_conn_pg(conn)), PQTRANS_IDLE);
    assert_int_equal(number("SELECT commit FROM catalog.clock"), clock);
    assert_int_equal(number("SELECT count(*) FROM data.parkings WHERE id LIKE 'x%'"), 0);
    assert_int_equal(number("SELECT count(*) FROM pg_class WHERE relname = 'beffroi_batch'"), 0);
}

static struct bf_commit_result large(int first, int rows, enum bf_batch_mode mode)
{
    begin();
    struct bf_batch *b = open_batch(mode);
    for (int i = first; i < first + rows; i++) {
        char id[16];
        snprintf(id, sizeof id, "L%06d", i);
        add(b, id, i);
    }
    return commit(b);
}

static void large_batches_are_staged(void **state)
{
    (void)state;
    expect(large(0, 50000, BF_BATCH_SNAPSHOT), 50000, 0,
           number("SELECT records FROM catalog.state"), 0);
    expect(large(10, 50000, BF_BATCH_SNAPSHOT), 10, 0, 10, 49990);
    expect(large(0, 30000, BF_BATCH_UPSERT), 10, 0, 0, 29990);
    expect(large(0, 8192, BF_BATCH_UPSERT), 0, 0, 0, 8192);
    expect(large(0, 8191, BF_BATCH_UPSERT), 0, 0, 0, 8191);
    expect(large(0, 16384, BF_BATCH_UPSERT), 0, 0, 0, 16384);
    expect(large(0, 50010, BF_BATCH_DELETE), 0, 0, 50010, 0);
    assert_int_equal(number("SELECT records FROM catalog.state"), 0);
    assert_int_equal(number("SELECT (string_agg(id, '' ORDER BY _seq) = string_agg(id, '' ORDER BY "
                            "id))::int FROM past.parkings WHERE id LIKE 'L%' AND "
                            "id >= 'L000010' AND id < 'L050000'"),
                     1);
}

static void idempotency_keys_answer_once(void **state)
{
    (void)state;
    struct bf_batch_push keyed = push;
    struct bf_commit_result r;
    keyed.idempotency_key = BF_STR("k-1");
    memset(keyed.request, 7, sizeof keyed.request);
    begin();
    struct bf_batch *b = open_batch(BF_BATCH_UPSERT);
    add(b, "K", 1);
    must(bf_batch_commit(b, &keyed, &r, &err));
    assert_false(r.replayed);
    assert_int_equal(r.added, 1);
    char first[64];
    snprintf(first, sizeof first, "%.*s", BF_STR_ARG(r.answer));
    int64_t clock = number("SELECT commit FROM catalog.clock");

    begin();
    b = open_batch(BF_BATCH_UPSERT);
    add(b, "K", 2);
    must(bf_batch_commit(b, &keyed, &r, &err));
    assert_true(r.replayed);
    assert_true(bf_str_eq(r.answer, bf_str_of(first)));
    assert_int_equal(number("SELECT commit FROM catalog.clock"), clock);
    assert_int_equal(number("SELECT dispo FROM data.parkings WHERE id = 'K'"), 1);

    begin();
    keyed.request[0] = 8;
    b = open_batch(BF_BATCH_UPSERT);
    add(b, "K", 3);
    assert_false(bf_batch_commit(b, &keyed, &r, &err));
    assert_int_equal(err.code, BF_E_IDEMPOTENCY);
    assert_int_equal(PQtransactionStatus(bf_conn_pg(conn)), PQTRANS_IDLE);

    begin(); /* another partner may use the same key */
    keyed.sub = BF_STR("other");
    b = open_batch(BF_BATCH_UPSERT);
    add(b, "K", 3);
    must(bf_batch_commit(b, &keyed, &r, &err));
    assert_int_equal(r.changed, 1);
}

static void a_refused_row_leaves_nothing(void **state)
{
    (void)state;
    begin();
    int64_t clock = number("SELECT commit FROM catalog.clock");
    struct bf_commit_result r;
    struct bf_batch *b = open_batch(BF_BATCH_UPSERT);
    add(b, "twice", 1);
    add(b, "twice", 2); /* the decoder's to find: here the primary key does */
    assert_false(bf_batch_commit(b, &push, &r, &err));
    assert_int_equal(err.code, BF_E_INTERNAL);
    assert_int_equal(PQtransactionStatus(bf_conn_pg(conn)), PQTRANS_IDLE);
    assert_int_equal(number("SELECT commit FROM catalog.clock"), clock);
    begin();
    b = open_batch(BF_BATCH_UPSERT);
    add(b, "once", 1);
    expect(commit(b), 1, 0, 0, 0);
}

static void a_dataset_that_left_is_a_conflict(void **state)
{
    (void)state;
    struct bf_commit_result r;
    begin();
    must(bf_conn_run(conn,
                     "CREATE TEMP TABLE keep AS SELECT dataset, commit, instant, records, pushed,"
                     " horizon FROM catalog.state;"
                     "DELETE FROM catalog.state",
                     &err));
    int64_t rows = number("SELECT count(*) FROM data.parkings");
    struct bf_batch *b = open_batch(BF_BATCH_SNAPSHOT);
    add(b, "gone", 1);
    assert_false(bf_batch_commit(b, &push, &r, &err));
    assert_int_equal(err.code, BF_E_CONFLICT);
    assert_int_equal(number("SELECT count(*) FROM data.parkings"), rows);
    begin();
    must(bf_conn_run(conn,
                     "INSERT INTO catalog.state"
                     " (dataset, commit, instant, records, pushed, horizon) SELECT * FROM keep;"
                     "DROP TABLE keep",
                     &err));
}

/* Until the server has closed the connection, which its client has yet to notice. */
static void wait_for_end(struct bf_conn *c)
{
    struct pollfd end = {.fd = PQsocket(bf_conn_pg(c)), .events = POLLRDHUP};
    assert_int_equal(poll(&end, 1, 60 * 1000), 1);
}

static void a_lost_server_is_told_and_forgotten(void **state)
{
    (void)state;
    struct bf_commit_result r;
    begin();
    struct bf_conn *other = bf_conn_new(&conf, BF_ROLE_WRITER);
    must(bf_conn_ready(other, &err));
    struct bf_batch *b = open_batch(BF_BATCH_UPSERT);
    add(b, "lost", 1);
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d)", PQbackendPID(bf_conn_pg(conn)));
    must(bf_conn_run(other, sql, &err));
    wait_for_end(conn);
    assert_false(bf_batch_commit(b, &push, &r, &err));
    assert_int_equal(err.code, BF_E_UNAVAILABLE);
    assert_int_equal(err.http, 503);
    bf_conn_free(other);
    begin();
    must(bf_conn_ready(conn, &err));
    assert_int_equal(number("SELECT count(*) FROM data.parkings WHERE id = 'lost'"), 0);
    b = open_batch(BF_BATCH_UPSERT);
    add(b, "lost", 1);
    expect(commit(b), 1, 0, 0, 0);
}

/* The connection ends unnoticed, as when the server is restarted between two requests. */
static void lose_the_server(struct bf_conn *c)
{
    char sql[100];
    struct bf_conn *other = bf_conn_new(&conf, BF_ROLE_WRITER);
    must(bf_conn_ready(other, &err));
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d)", PQbackendPID(bf_conn_pg(c)));
    must(bf_conn_run(other, sql, &err));
    bf_conn_free(other);
    wait_for_end(c);
}

/* A server that was restarted between two pushes costs nobody an error. */
static void a_server_that_came_back_is_taken(void **state)
{
    (void)state;
    begin();
    lose_the_server(conn);
    struct bf_batch *b = open_batch(BF_BATCH_UPSERT);
    add(b, "back", 1);
    expect(commit(b), 1, 0, 0, 0);
}

/* Nor a reader, when the first word to it would have been how to plan. */
static void a_reader_tells_the_new_server_how_to_plan(void **state)
{
    (void)state;
    begin();
    struct bf_conn *reader = bf_conn_new(&conf, BF_ROLE_READER);
    must(bf_conn_ready(reader, &err));
    lose_the_server(reader);
    must(bf_conn_plans(reader, BF_PLANS_AUTO, &err));
    PGresult *res = PQexec(bf_conn_pg(reader), "SHOW plan_cache_mode");
    assert_string_equal(PQgetvalue(res, 0, 0), "auto");
    PQclear(res);
    bf_conn_free(reader);
}

/* Four writers on one dataset: numbers have no gap, and each version ends where the next starts. */
static void writer(int who)
{
    struct bf_conn *c = bf_conn_new(&conf, BF_ROLE_WRITER);
    struct bf_arena *a = bf_arena_new(8u << 20);
    struct bf_err e;
    struct bf_commit_result r;
    bf_err_clear(&e);
    for (int i = 0; i < 50; i++) {
        struct bf_batch *b = bf_batch_open(c, a, &entry, BF_BATCH_UPSERT, &e);
        struct bf_value v[FIELDS];
        unsigned char id[BF_RECORD_ID];
        for (int k = 0; b && k < 5; k++) {
            char name[16];
            snprintf(name, sizeof name, "w%d", k);
            row_values(v, name, who * 1000 + i);
            bf_record_id(entry.manifest, v, &scratch, digest, id);
            bf_batch_row(b, id, v, &e);
        }
        if (!b || !bf_batch_commit(b, &push, &r, &e) || r.added + r.changed != 5)
            _exit(1);
        bf_arena_reset(a);
    }
    _exit(0);
}

static void writers_take_turns(void **state)
{
    (void)state;
    begin();
    int64_t clock = number("SELECT commit FROM catalog.clock");
    for (int i = 0; i < 4; i++)
        if (fork() == 0)
            writer(i);
    for (int i = 0; i < 4; i++) {
        int status = 1;
        wait(&status);
        assert_int_equal(status, 0);
    }
    assert_int_equal(number("SELECT commit FROM catalog.clock"), clock + 200);
    assert_int_equal(number("SELECT count(*) FROM catalog.commit c WHERE NOT EXISTS (SELECT FROM "
                            "catalog.commit p WHERE p.number = c.number - 1) AND c.number > "
                            "(SELECT min(number) FROM catalog.commit)"),
                     0);
    assert_int_equal(number("SELECT count(*) FROM (SELECT _to, lead(_from) OVER (PARTITION BY _id "
                            "ORDER BY _from) AS next FROM past.parkings WHERE id LIKE 'w_') q "
                            "WHERE next <> _to"),
                     0);
    assert_int_equal(number("SELECT count(*) FROM catalog.commit a JOIN catalog.commit b ON "
                            "a.number < b.number AND a.instant >= b.instant"),
                     0);
}

/* Two connections write in turn, each with its own memory of what it wrote last: whatever they
 * remember, the table is the model, and the counts are right. */
enum { KEYS = 40, ROUNDS = 400 };

static bool random_batch(struct bf_batch *b, enum bf_batch_mode mode, const int *now, int *next)
{
    bool any = false;
    for (int k = 0; k < KEYS; k++) {
        next[k] = mode == BF_BATCH_SNAPSHOT ? -1 : now[k];
        if (rand() % 4 == 0)
            continue;
        char id[8];
        snprintf(id, sizeof id, "r%02d", k);
        int value = now[k] >= 0 && rand() % 3 ? now[k] : rand() % 5;
        add(b, id, value);
        next[k] = mode == BF_BATCH_DELETE ? -1 : value;
        any = true;
    }
    return any;
}

static void count(const int *now, const int *next, int64_t *added, int64_t *changed,
                  int64_t *removed)
{
    *added = *changed = *removed = 0;
    for (int k = 0; k < KEYS; k++) {
        *added += now[k] < 0 && next[k] >= 0;
        *removed += now[k] >= 0 && next[k] < 0;
        *changed += now[k] >= 0 && next[k] >= 0 && now[k] != next[k];
    }
}

static void table_is(const int *now)
{
    char wanted[KEYS * 8] = "";
    size_t n = 0;
    for (int k = 0; k < KEYS; k++)
        if (now[k] >= 0)
            n += (size_t)snprintf(wanted + n, sizeof wanted - n, "r%02d=%d ", k, now[k]);
    PGresult *res = PQexec(bf_conn_pg(conn), "SELECT coalesce(string_agg(id || '=' || dispo || ' ',"
                                             " '' ORDER BY id), '') FROM data.parkings");
    assert_string_equal(PQgetvalue(res, 0, 0), wanted);
    PQclear(res);
}

static void what_is_remembered_is_true(void **state)
{
    (void)state;
    int now[KEYS], next[KEYS];
    int64_t added, changed, removed;
    struct bf_conn *conns[2] = {conn, bf_conn_new(&conf, BF_ROLE_WRITER)};
    begin();
    commit(open_batch(BF_BATCH_SNAPSHOT));
    memset(now, -1, sizeof now);
    srand(7);
    for (int round = 0; round < ROUNDS; round++) {
        static const enum bf_batch_mode modes[] = {BF_BATCH_SNAPSHOT, BF_BATCH_UPSERT,
                                                   BF_BATCH_SNAPSHOT, BF_BATCH_UPSERT,
                                                   BF_BATCH_DELETE};
        enum bf_batch_mode mode = modes[rand() % (round % 50 ? 4 : 5)];
        struct bf_batch_push p = push;
        struct bf_commit_result r;
        char key[16];
        begin();
        struct bf_batch *b = bf_batch_open(conns[round / 100 % 2 ? round % 2 : rand() % 8 == 0],
                                           arena, &entry, mode, &err);
        must(b != NULL);
        random_batch(b, mode, now, next);
        snprintf(key, sizeof key, "round %d", round);
        if (round % 3 == 0)
            p.idempotency_key = bf_str_of(key);
        must(bf_batch_commit(b, &p, &r, &err));
        count(now, next, &added, &changed, &removed);
        assert_int_equal(r.added, added);
        assert_int_equal(r.changed, changed);
        assert_int_equal(r.removed, removed);
        memcpy(now, next, sizeof now);
        table_is(now);
    }
    bf_conn_free(conns[1]);
    assert_int_equal(number("SELECT count(*) FROM data.parkings d JOIN past.parkings p USING (_id)"
                            " WHERE p._to > d._commit"),
                     0);
}

static void record_ids_are_for_ever(void **state)
{
    (void)state;
    struct bf_value v[FIELDS];
    unsigned char id[BF_RECORD_ID];
    char hex[41];
    row_values(v, "RBX\"0007", 0);
    bf_record_id(entry.manifest, v, &scratch, digest, id);
    for (size_t i = 0; i < BF_RECORD_ID; i++)
        snprintf(hex + 2 * i, 3, "%02x", id[i]);
    /* printf '["RBX\\"0007"]' | sha256sum */
    assert_string_equal(hex, "12bf6ce41a4f14ff838f8a4529219fa9e36bb70a");
}

int main(void)
{
    if (!getenv("BEFFROI_TEST_DB")) {
        printf("skipped: needs BEFFROI_TEST_DB, the conninfo of an empty database with PostGIS\n");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(record_ids_are_for_ever),
        cmocka_unit_test(first_rows_are_added),
        cmocka_unit_test(same_rows_make_no_commit),
        cmocka_unit_test(changes_keep_the_old_version),
        cmocka_unit_test(snapshots_remove_what_is_absent),
        cmocka_unit_test(deletes_take_ids),
        cmocka_unit_test(rows_come_back),
        cmocka_unit_test(every_field_is_compared),
        cmocka_unit_test(an_hour_that_comes_twice_is_told_by_the_receipt),
        cmocka_unit_test(an_abandoned_batch_leaves_nothing),
        cmocka_unit_test(large_batches_are_staged),
        cmocka_unit_test(idempotency_keys_answer_once),
        cmocka_unit_test(a_refused_row_leaves_nothing),
        cmocka_unit_test(a_dataset_that_left_is_a_conflict),
        cmocka_unit_test(a_lost_server_is_told_and_forgotten),
        cmocka_unit_test(a_server_that_came_back_is_taken),
        cmocka_unit_test(a_reader_tells_the_new_server_how_to_plan),
        cmocka_unit_test(writers_take_turns),
        cmocka_unit_test(what_is_remembered_is_true),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
