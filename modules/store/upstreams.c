#include "store/upstreams.h"

#include "store/result.h"

#include <stdio.h>
#include <unistd.h>

enum { IDS_JSON_MOST = 1 << 20, HOST = 64 };

static struct bf_value bytes(const void *p, size_t n)
{
    return bf_value_text((struct bf_str){p, n});
}

static struct bf_str copy(struct bf_arena *a, const PGresult *res, int row, int column)
{
    return bf_arena_dup(a, bf_result_text(res, row, column));
}

/* ---- the catalogue's sources ---- */

bool bf_upstream_sync(struct bf_conn *c, const struct bf_entry *entry, struct bf_err *err)
{
    static const char sql[] =
        "INSERT INTO catalog.source AS s (dataset, every, digest, source)"
        " VALUES ($1::text, $2::int8 * interval '1 microsecond', $3::bytea, $4::bytea)"
        " ON CONFLICT (dataset) DO UPDATE SET active = true, every = EXCLUDED.every,"
        " digest = EXCLUDED.digest, source = EXCLUDED.source, due = now(), failures = 0,"
        " etag = NULL, modified = NULL, body = NULL,"
        " names = CASE WHEN s.source = EXCLUDED.source THEN s.names END"
        " WHERE NOT s.active OR s.digest <> EXCLUDED.digest OR s.source <> EXCLUDED.source";
    const struct bf_upstream *s = entry->manifest->upstream;
    const struct bf_value params[] = {bf_value_text(entry->manifest->id), bf_value_int(s->every_us),
                                      bytes(entry->digest, sizeof entry->digest),
                                      bytes(s->digest, sizeof s->digest)};
    return bf_conn_change(c, bf_str_of(sql), params, 4, err);
}

static bool put_out(struct bf_conn *c, struct bf_str ids, struct bf_err *err)
{
    static const char sql[] =
        "WITH out AS (UPDATE catalog.source SET active = false, state = 'new', reason = NULL"
        "  WHERE active AND dataset NOT IN (SELECT json_array_elements_text($1::text::json))"
        "  RETURNING dataset)"
        " DELETE FROM catalog.source_held AS h USING out WHERE h.dataset = out.dataset";
    struct bf_value param = bf_value_text(ids);
    return bf_conn_change(c, bf_str_of(sql), &param, 1, err);
}

bool bf_upstreams_sync(struct bf_conn *c, const struct bf_registry *r, struct bf_err *err)
{
    struct bf_buf ids;
    bool ok = true;
    bf_buf_init(&ids, IDS_JSON_MOST);
    bf_buf_char(&ids, '[');
    for (size_t i = 0; ok && i < r->n; i++) {
        if (!r->entries[i].manifest->upstream)
            continue;
        if (ids.n > 1)
            bf_buf_char(&ids, ',');
        bf_buf_json(&ids, r->entries[i].manifest->id);
        ok = bf_upstream_sync(c, &r->entries[i], err);
    }
    bf_buf_char(&ids, ']');
    if (bf_buf_failed(&ids))
        ok = BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the sources");
    ok = ok && put_out(c, bf_buf_view(&ids), err);
    bf_buf_fini(&ids);
    return ok;
}

bool bf_upstreams_due(struct bf_conn *c, struct bf_arena *a, int64_t most_us,
                      struct bf_upstream_queue *out, struct bf_err *err)
{
    static const char sql[] =
        "SELECT s.dataset, greatest(0, extract(epoch FROM s.due - now()) * 1000000)::int8,"
        " d.number::int8 FROM catalog.source AS s JOIN catalog.dataset AS d ON d.id = s.dataset"
        " WHERE s.active ORDER BY s.due LIMIT 64";
    PGresult *res = bf_conn_query(c, bf_str_of(sql), NULL, 0, err);
    *out = (struct bf_upstream_queue){.wait_us = most_us};
    for (int i = 0; res && i < PQntuples(res); i++) {
        int64_t wait = bf_result_int(res, i, 1);
        if (wait == 0 && out->n < BF_UPSTREAM_QUEUE) {
            out->due[out->n].id = copy(a, res, i, 0);
            out->due[out->n++].number = (int)bf_result_int(res, i, 2);
        }
        if (wait > 0 && wait < out->wait_us)
            out->wait_us = wait;
    }
    PQclear(res);
    return res != NULL;
}

/* ---- one run ---- */

static bool ask_lock(struct bf_conn *c, const char *function, int number, bool *yes,
                     struct bf_err *err)
{
    char sql[96];
    int n = snprintf(sql, sizeof sql, "SELECT %s(%d, $1::int8::int4)", function, BF_LOCK_UPSTREAM);
    struct bf_value param = bf_value_int(number);
    PGresult *res = bf_conn_query(c, (struct bf_str){sql, (size_t)n}, &param, 1, err);
    *yes = res && bf_result_bool(res, 0, 0);
    PQclear(res);
    return res != NULL;
}

bool bf_upstream_lock(struct bf_conn *c, int number, bool *have, struct bf_err *err)
{
    return ask_lock(c, "pg_try_advisory_lock", number, have, err);
}

bool bf_upstream_unlock(struct bf_conn *c, int number, struct bf_err *err)
{
    bool was;
    return ask_lock(c, "pg_advisory_unlock", number, &was, err);
}

#define INTERRUPTED "The process that ran it ended without a word."

bool bf_upstream_claim(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset, bool forced,
                       struct bf_upstream_claim *out, struct bf_err *err)
{
    static const char sql[] =
        "WITH was AS (SELECT * FROM catalog.source WHERE dataset = $1::text"
        "  AND active AND ($2::bool OR due <= now()) FOR UPDATE"
        "), lost AS (INSERT INTO catalog.ingestion (dataset, run, started, result, reason)"
        "  SELECT dataset, run, started, 'interrupted', '" INTERRUPTED "' FROM was WHERE running"
        "  ON CONFLICT DO NOTHING"
        "), mine AS (UPDATE catalog.source AS s SET run = s.run + 1, running = true,"
        "  started = clock_timestamp(), ended = NULL, node = $3::text, failures = s.failures + 1,"
        "  state = CASE WHEN s.running THEN 'failing' ELSE s.state END,"
        "  reason = CASE WHEN s.running THEN '" INTERRUPTED "' ELSE s.reason END,"
        "  due = clock_timestamp() + (1 + random() / 10) * least(s.every * power(2, "
        "least(s.failures,"
        "    6)), greatest(s.every, interval '1 hour')) FROM was WHERE s.dataset = was.dataset"
        "  RETURNING s.run"
        ") SELECT mine.run, was.etag, was.modified, was.names, was.body, t.records,"
        "  was.commit IS NOT DISTINCT FROM t.commit"
        " FROM mine, was JOIN catalog.state AS t USING (dataset)";
    char host[HOST] = "";
    gethostname(host, sizeof host - 1);
    const struct bf_value params[] = {bf_value_text(dataset),
                                      {.type = BF_BOOL, .boolean = forced},
                                      bf_value_text(bf_str_of(host))};
    PGresult *res = bf_conn_query(c, bf_str_of(sql), params, 3, err);
    *out = (struct bf_upstream_claim){.run = 0};
    if (res && PQntuples(res) == 1)
        *out = (struct bf_upstream_claim){.run = bf_result_int(res, 0, 0),
                                          .etag = copy(a, res, 0, 1),
                                          .modified = copy(a, res, 0, 2),
                                          .names = copy(a, res, 0, 3),
                                          .body = copy(a, res, 0, 4),
                                          .records = bf_result_int(res, 0, 5),
                                          .untouched = bf_result_bool(res, 0, 6)};
    PQclear(res);
    return res != NULL;
}

bool bf_upstream_is_newest(struct bf_conn *c, struct bf_str dataset, int64_t run, bool *is,
                           struct bf_err *err)
{
    static const char sql[] =
        "SELECT coalesce(bool_or(running AND active AND run = $2::int8), false)"
        " FROM catalog.source WHERE dataset = $1::text";
    const struct bf_value params[] = {bf_value_text(dataset), bf_value_int(run)};
    PGresult *res = bf_conn_query(c, bf_str_of(sql), params, 2, err);
    *is = res && bf_result_bool(res, 0, 0);
    PQclear(res);
    return res != NULL;
}

static struct bf_value known_int(int64_t n)
{
    return n < 0 ? (struct bf_value){.type = BF_NULL} : bf_value_int(n);
}

static struct bf_value result_name(enum bf_upstream_result result)
{
    static const char *const names[] = {[BF_UPSTREAM_CHANGED] = "changed",
                                        [BF_UPSTREAM_UNCHANGED] = "unchanged",
                                        [BF_UPSTREAM_HELD] = "held",
                                        [BF_UPSTREAM_FAILED] = "failed",
                                        [BF_UPSTREAM_ACCEPTED] = "accepted"};
    return bf_value_text(bf_str_of(names[result]));
}

static struct bf_value state_name(enum bf_upstream_result result)
{
    return bf_value_text(result == BF_UPSTREAM_HELD     ? BF_STR("held")
                         : result == BF_UPSTREAM_FAILED ? BF_STR("failing")
                                                        : BF_STR("good"));
}

bool bf_upstream_end(struct bf_conn *c, struct bf_str dataset, int64_t run,
                     const struct bf_upstream_outcome *o, struct bf_err *err)
{
    static const char sql[] =
        "WITH mine AS (UPDATE catalog.source AS s SET running = false, ended = clock_timestamp(),"
        "  state = $3::text, reason = $4::text, status = $5::int8::int4,"
        "  failures = CASE WHEN $3::text = 'failing' THEN failures ELSE 0 END,"
        "  due = CASE WHEN $3::text = 'failing' THEN due"
        "    ELSE greatest(clock_timestamp(), started + every * (1 + random() / 20),"
        "      started + $17::int8 * interval '1 us') END,"
        "  good = CASE WHEN w.good THEN clock_timestamp() ELSE s.good END,"
        "  etag = CASE WHEN w.good THEN CASE WHEN $14::bytea IS NULL THEN coalesce($12::text, "
        "etag) ELSE $12::text END ELSE etag END,"
        "  modified = CASE WHEN w.good THEN CASE WHEN $14::bytea IS NULL THEN coalesce($13::text, "
        "modified) ELSE $13::text END ELSE modified END,"
        "  body = CASE WHEN w.good THEN coalesce($14::bytea, body) ELSE body END,"
        "  names = CASE WHEN w.good THEN coalesce($15::text, names) ELSE names END,"
        "  records = CASE WHEN w.good THEN coalesce($8::int8, records) ELSE records END,"
        "  commit = CASE WHEN w.good THEN coalesce($16::int8, commit) ELSE commit END"
        "  FROM (SELECT $3::text = 'good' AS good) AS w"
        "  WHERE dataset = $1::text AND run = $2::int8 AND running"
        "  RETURNING dataset, run, started"
        "), freed AS (DELETE FROM catalog.source_held AS h USING mine"
        "  WHERE h.dataset = mine.dataset AND $3::text = 'good'"
        ") INSERT INTO catalog.ingestion (dataset, run, started, result, status, bytes, records,"
        "  added, changed, removed, reason) SELECT dataset, run, started, $6::text, $5::int8::int4,"
        "  $7::int8, $8::int8, $9::int8, $10::int8, $11::int8, $4::text FROM mine"
        " ON CONFLICT DO NOTHING";
    const struct bf_commit_result *k = o->commit;
    const struct bf_value params[] = {bf_value_text(dataset),
                                      bf_value_int(run),
                                      state_name(o->result),
                                      bf_value_text_or_null(o->reason),
                                      known_int(o->status ? o->status : -1),
                                      result_name(o->result),
                                      known_int(o->bytes),
                                      known_int(o->records),
                                      known_int(k ? k->added : -1),
                                      known_int(k ? k->changed : -1),
                                      known_int(k ? k->removed : -1),
                                      bf_value_text_or_null(o->etag),
                                      bf_value_text_or_null(o->modified),
                                      bf_value_text_or_null(o->body),
                                      bf_value_text_or_null(o->names),
                                      known_int(k ? k->commit : -1),
                                      bf_value_int(o->rest_us)};
    return bf_conn_change(c, bf_str_of(sql), params, sizeof params / sizeof params[0], err);
}

bool bf_upstream_lost(struct bf_conn *c, struct bf_str dataset, struct bf_str reason,
                      struct bf_err *err)
{
    static const char sql[] =
        "WITH mine AS (UPDATE catalog.source SET running = false, ended = clock_timestamp(),"
        "  state = 'failing', reason = $2::text, status = NULL WHERE dataset = $1::text AND running"
        "  RETURNING dataset, run, started"
        ") INSERT INTO catalog.ingestion (dataset, run, started, result, reason)"
        " SELECT dataset, run, started, 'interrupted', $2::text FROM mine ON CONFLICT DO NOTHING";
    const struct bf_value params[] = {bf_value_text(dataset), bf_value_text(reason)};
    return bf_conn_change(c, bf_str_of(sql), params, 2, err);
}

bool bf_upstream_alive(struct bf_conn *c, struct bf_str dataset, int64_t at_us, struct bf_err *err)
{
    static const char sql[] =
        "WITH t AS (UPDATE catalog.state SET pushed = greatest(instant, pushed,"
        "  least(clock_timestamp(), 'epoch'::timestamptz + $2::int8 * interval '1 us'))"
        "  WHERE dataset = $1::text RETURNING commit, instant, pushed, records"
        ") SELECT pg_notify('beffroi', concat_ws(' ', 'commit', $1::text, commit,"
        " (extract(epoch FROM instant) * 1000000)::bigint,"
        " (extract(epoch FROM pushed) * 1000000)::bigint, records)) FROM t";
    const struct bf_value params[] = {bf_value_text(dataset), known_int(at_us ? at_us : -1)};
    return bf_conn_change(c, bf_str_of(sql), params, 2, err);
}

/* ---- what is held ---- */

bool bf_upstream_hold(struct bf_conn *c, struct bf_str dataset, const struct bf_upstream_held *h,
                      struct bf_err *err)
{
    static const char sql[] =
        "INSERT INTO catalog.source_held AS h (dataset, run, format, records, names, etag,"
        " modified, body, content) VALUES ($1::text, $2::int8, $3::text, $4::int8, $5::text,"
        " $6::text, $7::text, $8::bytea, $9::bytea) ON CONFLICT (dataset) DO UPDATE SET"
        " run = EXCLUDED.run, since = now(), format = EXCLUDED.format,"
        " records = EXCLUDED.records, names = EXCLUDED.names, etag = EXCLUDED.etag,"
        " modified = EXCLUDED.modified, body = EXCLUDED.body, content = EXCLUDED.content";
    const struct bf_value params[] = {bf_value_text(dataset),
                                      bf_value_int(h->run),
                                      bf_value_text(h->format),
                                      known_int(h->records),
                                      bf_value_text(h->names),
                                      bf_value_text_or_null(h->etag),
                                      bf_value_text_or_null(h->modified),
                                      bf_value_text(h->body),
                                      bf_value_text(h->content)};
    return bf_conn_change(c, bf_str_of(sql), params, sizeof params / sizeof params[0], err);
}

bool bf_upstream_get_held(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                          struct bf_upstream_held *h, struct bf_err *err)
{
    static const char sql[] = "SELECT run, since, format, records, names, etag, modified, body,"
                              " content FROM catalog.source_held WHERE dataset = $1::text";
    struct bf_value param = bf_value_text(dataset);
    PGresult *res = bf_conn_query(c, bf_str_of(sql), &param, 1, err);
    *h = (struct bf_upstream_held){.run = 0};
    if (res && PQntuples(res) == 1)
        *h = (struct bf_upstream_held){.run = bf_result_int(res, 0, 0),
                                       .since = bf_result_instant(res, 0, 1),
                                       .format = copy(a, res, 0, 2),
                                       .records =
                                           PQgetisnull(res, 0, 3) ? -1 : bf_result_int(res, 0, 3),
                                       .names = copy(a, res, 0, 4),
                                       .etag = copy(a, res, 0, 5),
                                       .modified = copy(a, res, 0, 6),
                                       .body = copy(a, res, 0, 7),
                                       .content = copy(a, res, 0, 8)};
    PQclear(res);
    if (bf_arena_failed(a))
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for what is held");
    return res != NULL;
}

/* ---- for people ---- */

static void read_row(struct bf_arena *a, const PGresult *res, int i, struct bf_upstream_row *out)
{
    *out = (struct bf_upstream_row){.dataset = copy(a, res, i, 0),
                                    .state = copy(a, res, i, 1),
                                    .reason = copy(a, res, i, 2),
                                    .node = copy(a, res, i, 3),
                                    .running = bf_result_bool(res, i, 4),
                                    .run = bf_result_int(res, i, 5),
                                    .started = bf_result_instant(res, i, 6),
                                    .ended = bf_result_instant(res, i, 7),
                                    .good = bf_result_instant(res, i, 8),
                                    .due = bf_result_instant(res, i, 9),
                                    .failures = bf_result_int(res, i, 10),
                                    .records = bf_result_int(res, i, 11),
                                    .status = bf_result_int(res, i, 12),
                                    .held_since = bf_result_instant(res, i, 13),
                                    .every_us = bf_result_int(res, i, 14)};
}

bool bf_upstreams_list(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                       struct bf_upstream_row **rows, size_t *n, struct bf_err *err)
{
    static const char sql[] =
        "SELECT s.dataset, s.state, s.reason, s.node, s.running, s.run, s.started, s.ended, s.good,"
        " s.due, greatest(0, s.failures - s.running::int)::int8, s.records, s.status::int8, "
        "h.since,"
        " (extract(epoch FROM s.every) * 1000000)::int8 FROM catalog.source AS s"
        " LEFT JOIN catalog.source_held AS h USING (dataset)"
        " WHERE s.active AND ($1::text IS NULL OR s.dataset = $1::text) ORDER BY s.dataset";
    struct bf_value param = bf_value_text_or_null(dataset);
    PGresult *res = bf_conn_query(c, bf_str_of(sql), &param, 1, err);
    if (!res)
        return false;
    *n = (size_t)PQntuples(res);
    *rows = bf_arena_zalloc(a, *n + 1, sizeof **rows);
    for (size_t i = 0; *rows && i < *n; i++)
        read_row(a, res, (int)i, &(*rows)[i]);
    PQclear(res);
    return !bf_arena_failed(a) || BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the sources");
}
