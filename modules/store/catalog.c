#include "store/catalog.h"

#include "catalog/change.h"
#include "core/digest.h"
#include "core/log.h"
#include "store/applied.h"
#include "store/commit.h"
#include "store/files.h"
#include "store/indexes.h"
#include "store/prove.h"
#include "store/result.h"
#include "store/tables.h"
#include "store/vocabulary.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- reading ---- */

/* Each dataset as it was after change number $1 (sql: applied). A row that was kept before the
 * table had a column has null there. */
static const char load_sql[] =
    "SELECT d.id, d.number::bigint, d.uid, d.manifest, d.digest, coalesce(d.handler, ''), "
    "d.created, d.applied, coalesce(d.hook, ''), coalesce(d.hook_reads, false) FROM (SELECT "
    "DISTINCT ON (dataset) version FROM catalog.applied "
    "WHERE number <= $1::bigint ORDER BY dataset, number DESC) AS a, "
    "jsonb_populate_record(NULL::catalog.dataset, a.version) AS d "
    "WHERE a.version IS NOT NULL ORDER BY d.id COLLATE \"C\"";

enum load_column { ID, NUMBER, UID, MANIFEST, DIGEST, HANDLER, CREATED, APPLIED, HOOK, HOOK_READS };

static struct bf_str keep(struct bf_arena *a, struct bf_str s)
{
    return s.n ? bf_arena_dup(a, s) : (struct bf_str){NULL, 0};
}

static void log_unreadable(struct bf_str id, const struct bf_report *report)
{
    struct bf_buf text;
    bf_buf_init(&text, 4096);
    if (report->n) {
        const struct bf_mistake *m = &report->mistakes[0];
        bf_buf_printf(&text, "%.*s: %.*s", BF_STR_ARG(m->pointer), BF_STR_ARG(m->wrong));
    }
    bf_log(BF_LOG_ERROR, "catalog.unreadable", "dataset=%.*s %.*s", BF_STR_ARG(id), (int)text.n,
           text.n ? text.p : "");
    bf_buf_fini(&text);
}

/* One row of the catalogue. false: no memory. */
static bool load_row(struct bf_registry *registry, const PGresult *res, size_t *left_out)
{
    struct bf_arena *scratch = bf_arena_new(1 << 20);
    struct bf_report report;
    struct bf_entry entry = {0};
    bf_report_init(&report, scratch);
    if (!scratch)
        return false;
    struct bf_str digest = bf_result_text(res, 0, DIGEST);
    struct bf_manifest *manifest = bf_manifest_read(
        registry->arena, bf_result_text(res, 0, MANIFEST), "catalog.dataset", &report);
    bool ok = true;
    if (!manifest || digest.n != sizeof entry.digest) {
        log_unreadable(bf_result_text(res, 0, ID), &report);
        ++*left_out;
    } else {
        manifest->number = (int)bf_result_int(res, 0, NUMBER);
        entry.manifest = manifest;
        memcpy(entry.digest, digest.p, sizeof entry.digest);
        entry.uid = keep(registry->arena, bf_result_text(res, 0, UID));
        entry.handler = keep(registry->arena, bf_result_text(res, 0, HANDLER));
        entry.hook = keep(registry->arena, bf_result_text(res, 0, HOOK));
        entry.hook_reads = bf_result_bool(res, 0, HOOK_READS);
        entry.created_us = bf_result_instant(res, 0, CREATED);
        entry.applied_us = bf_result_instant(res, 0, APPLIED);
        ok = bf_registry_add(registry, &entry);
    }
    bf_arena_free(scratch);
    return ok && !bf_arena_failed(registry->arena);
}

bool bf_catalog_load(struct bf_conn *c, struct bf_registry *registry, size_t *left_out,
                     struct bf_err *err)
{
    int64_t newest;
    return bf_applied_newest(c, &newest, err) &&
           bf_catalog_load_of(c, registry, newest, left_out, err);
}

bool bf_catalog_load_of(struct bf_conn *c, struct bf_registry *registry, int64_t change,
                        size_t *left_out, struct bf_err *err)
{
    const struct bf_value params[] = {bf_value_int(change)};
    *left_out = 0;
    if (!bf_conn_ready(c, err) || !bf_conn_stream(c, bf_str_of(load_sql), params, 1, err))
        return false;
    bool memory = true;
    for (PGresult *res; (res = bf_conn_next(c, err)) != NULL; PQclear(res))
        memory = memory && load_row(registry, res, left_out);
    if (bf_err_is_set(err))
        return false;
    if (!memory || !bf_registry_seal(registry))
        return BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left for the catalogue.");
    return true;
}

/* ---- applying ---- */

enum {
    UID_TRIES = 100,
    LOCK_TRIES = 60,
    LOCK_PAUSE_US = 500 * 1000,
};

/* Readers queue behind a change that waits for the table, and an export may hold it for minutes. So
 * the change waits shortly, steps back, and tries again. */
static const char lock_limit[] = "SET LOCAL lock_timeout = '300ms'";

static PGresult *text_query(struct bf_applying *a, const char *sql, const char *p1, const char *p2)
{
    const char *const params[] = {p1, p2};
    return bf_conn_text(a->conn, sql, params, p2 ? 2 : 1, a->err);
}

static bool text_run(struct bf_applying *a, const char *sql, const char *const *params, int n)
{
    PGresult *res = bf_conn_text(a->conn, sql, params, n, a->err);
    PQclear(res);
    return res != NULL;
}

static const char *digest_hex(struct bf_applying *a)
{
    unsigned char digest[BF_DIGEST_BYTES];
    struct bf_buf text;
    struct bf_buf hex;
    bf_buf_init(&text, 8192);
    bf_buf_init(&hex, 128);
    bf_buf_bytes(&text, a->what->manifest->digest, sizeof a->what->manifest->digest);
    bf_buf_str(&text, a->what->handler);
    for (size_t i = 0; a->what->files && i < bf_manifest_files(a->what->manifest); i++) {
        bf_digest_of(a->what->files[i], digest);
        bf_buf_bytes(&text, digest, sizeof digest);
    }
    if (a->hook.n) {
        bf_buf_text(&text, "hook.lua");
        bf_digest_of(a->hook, digest);
        bf_buf_bytes(&text, digest, sizeof digest);
    }
    bf_digest_of(bf_buf_view(&text), digest);
    bf_buf_hex(&hex, digest, sizeof digest);
    struct bf_str kept = bf_arena_dup(a->arena, bf_buf_view(&hex));
    bf_buf_fini(&text);
    bf_buf_fini(&hex);
    return kept.p;
}

/* The first free one of the six-letter names that the id gives. */
static const char *find_uid(struct bf_applying *a)
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char *uid = bf_arena_alloc(a->arena, 10);
    for (int try = 0; uid && try < UID_TRIES; try++) {
        unsigned char digest[BF_DIGEST_BYTES];
        bf_digest_of(bf_arena_printf(a->arena, "%s %d", a->id.p, try), digest);
        memcpy(uid, "da_", 3);
        for (size_t i = 0; i < 6; i++)
            uid[3 + i] = letters[(digest[2 * i] * 256 + digest[2 * i + 1]) % 36];
        uid[9] = '\0';
        PGresult *res = text_query(a, "SELECT 1 FROM catalog.dataset WHERE uid = $1", uid, NULL);
        int taken = res ? PQntuples(res) : 1;
        PQclear(res);
        if (!res)
            return NULL;
        if (!taken)
            return uid;
    }
    BF_FAIL_WITH(a->err, BF_E_INTERNAL, "There is no free uid for the dataset.");
    return NULL;
}

static bool create_row(struct bf_applying *a, const char *hex)
{
    const char *uid = find_uid(a);
    const char *const row[] = {a->id.p,
                               uid,
                               a->json.p,
                               hex,
                               a->handler.n ? a->handler.p : NULL,
                               a->hook.n ? a->hook.p : NULL,
                               a->what->hook_reads ? "t" : "f"};
    const char *const id[] = {a->id.p};
    return uid &&
           text_run(a,
                    "INSERT INTO catalog.dataset "
                    "(id, uid, manifest, digest, handler, hook, hook_reads) "
                    "VALUES ($1, $2, $3, decode($4, 'hex'), $5, $6, $7)",
                    row, 7) &&
           text_run(a,
                    "INSERT INTO catalog.state (dataset, commit, instant) "
                    "SELECT $1, commit, instant FROM catalog.clock",
                    id, 1);
}

/* before: the row, with its hook in column 2. */
static void tell_hook(struct bf_applying *a, const PGresult *before)
{
    struct bf_str old = bf_str_of(PQgetvalue(before, 0, 2));
    if (!bf_str_eq(old, a->hook))
        bf_buf_printf(a->done, "%s hook.lua\n",
                      !old.n      ? "added"
                      : a->hook.n ? "changed"
                                  : "removed");
}

static bool update_row(struct bf_applying *a, const PGresult *before, const char *hex)
{
    tell_hook(a, before);
    bf_buf_printf(a->done, "updated the manifest\n");
    const char *const row[] = {a->id.p,
                               a->json.p,
                               hex,
                               a->handler.n ? a->handler.p : NULL,
                               a->hook.n ? a->hook.p : NULL,
                               a->what->hook_reads ? "t" : "f"};
    return text_run(a,
                    "UPDATE catalog.dataset SET manifest = $2, digest = decode($3, 'hex'), "
                    "handler = $4, hook = $5, hook_reads = $6, applied = now() WHERE id = $1",
                    row, 6);
}

/* Takes one name, or reports who has it. */
static bool take_name(struct bf_applying *a, const char *name, const char *pointer)
{
    const char *const params[] = {name, a->id.p};
    if (!text_run(a, "INSERT INTO catalog.name VALUES ($1, $2) ON CONFLICT DO NOTHING", params, 2))
        return false;
    PGresult *res = text_query(a, "SELECT dataset FROM catalog.name WHERE name = $1", name, NULL);
    if (!res)
        return false;
    const char *owner = PQntuples(res) ? PQgetvalue(res, 0, 0) : "";
    if (strcmp(owner, a->id.p) != 0)
        bf_report_add(a->report, a->what->path, pointer, "choose another name",
                      "the name \"%s\" belongs to the dataset %s", name, owner);
    PQclear(res);
    return true;
}

static bool take_names(struct bf_applying *a)
{
    const struct bf_manifest *m = a->what->manifest;
    if (!take_name(a, a->id.p, "/id"))
        return false;
    for (size_t i = 0; i < m->naliases; i++) {
        struct bf_str at = bf_arena_printf(a->arena, "/aliases/dataset/%zu", i);
        if (!take_name(a, m->aliases[i].p, at.p))
            return false;
    }
    return true;
}

/* What the published manifest does not allow. */
static bool check_change(struct bf_applying *a, const PGresult *before)
{
    struct bf_report ignored;
    bf_report_init(&ignored, a->arena);
    const struct bf_manifest *old = bf_manifest_read(a->arena, bf_str_of(PQgetvalue(before, 0, 0)),
                                                     "catalog.dataset", &ignored);
    if (!old)
        return BF_FAIL_WITH(a->err, BF_E_CONFLICT,
                            "The manifest of %s in the catalogue cannot be read any more, so that "
                            "a change cannot be judged.",
                            a->id.p);
    struct bf_merge *merges = bf_arena_zalloc(a->arena, old->nfields, sizeof *merges);
    if (!merges)
        return BF_FAIL_WITH(a->err, BF_E_MEMORY, "There is no memory left.");
    size_t n = bf_change_check(old, a->what->manifest, a->what->path, a->report, merges);
    return bf_tables_check_merges(a, merges, n);
}

static bool lock_dataset(struct bf_applying *a, const PGresult *before)
{
    char sql[96];
    snprintf(sql, sizeof sql, "SELECT pg_advisory_xact_lock(%d, %s)", BF_LOCK_DATASET,
             PQgetvalue(before, 0, 1));
    return bf_conn_run(a->conn, sql, a->err);
}

static bool create(struct bf_applying *a, const char *hex)
{
    bf_buf_printf(a->done, "created dataset %s\n", a->id.p);
    return create_row(a, hex) && take_names(a) && bf_tables_create(a) && bf_prove_computed(a);
}

/* Tables are touched only when the manifest is allowed: what follows would only repeat why not. */
static bool migrate(struct bf_applying *a, const PGresult *before, const char *hex)
{
    if (!lock_dataset(a, before) || !check_change(a, before) || !take_names(a))
        return false;
    if (!bf_report_empty(a->report))
        return true;
    const char *const id[] = {a->id.p};
    return text_run(a, "SELECT catalog.tally_forget($1)", id, 1) && bf_tables_migrate(a) &&
           update_row(a, before, hex) && bf_prove_computed(a);
}

/* Everything inside the transaction. */
static bool change(struct bf_applying *a, const char *hex, bool *created)
{
    char lock[64];
    snprintf(lock, sizeof lock, "SELECT pg_advisory_xact_lock(%d, 0)", BF_LOCK_APPLY);
    /* Another apply may take its time: that wait keeps no reader, so it has no limit. */
    if (!bf_conn_run(a->conn, lock, a->err) || !bf_conn_run(a->conn, lock_limit, a->err))
        return false;
    PGresult *before = text_query(a,
                                  "SELECT manifest, number, hook FROM catalog.dataset "
                                  "WHERE id = $1 FOR UPDATE",
                                  a->id.p, NULL);
    *created = before && PQntuples(before) == 0;
    bool ok = before && (*created ? create(a, hex) : migrate(a, before, hex));
    PQclear(before);
    if (!ok || !bf_report_empty(a->report))
        return ok;
    const char *const id[] = {a->id.p};
    return bf_stored_files_apply(a) && bf_indexes_apply(a) && bf_vocabulary_apply(a) &&
           text_run(a, "SELECT catalog.place($1)", id, 1) &&
           text_run(a, "SELECT catalog.tally_build($1)", id, 1) &&
           bf_conn_run(a->conn, "SELECT pg_notify('beffroi', 'catalog')", a->err);
}

static bool is_unchanged(struct bf_applying *a, const char *hex, bool *unchanged)
{
    PGresult *res = text_query(a,
                               "SELECT 1 FROM catalog.dataset "
                               "WHERE id = $1 AND digest = decode($2, 'hex')",
                               a->id.p, hex);
    if (!res)
        return false;
    *unchanged = PQntuples(res) == 1 && bf_indexes_complete(a) && bf_vocabulary_complete(a);
    PQclear(res);
    return !bf_err_is_set(a->err);
}

static void roll_back(struct bf_applying *a)
{
    struct bf_err ignored;
    bf_err_clear(&ignored);
    bf_conn_ready(a->conn, &ignored);
    bf_buf_clear(a->done);
}

static enum bf_applied try_once(struct bf_applying *a, const char *hex)
{
    bool created = false;
    bool ok = bf_conn_run(a->conn, "BEGIN", a->err) && change(a, hex, &created);
    if (ok && bf_report_empty(a->report) && bf_conn_run(a->conn, "COMMIT", a->err))
        return created ? BF_APPLIED_CREATED : BF_APPLIED_MIGRATED;
    roll_back(a);
    return BF_APPLIED_REFUSED;
}

/* Somebody held a lock for too long, or the two waited for each other. */
static bool was_in_the_way(const struct bf_err *err)
{
    return strcmp(err->sqlstate, "55P03") == 0 || strcmp(err->sqlstate, "40P01") == 0;
}

static enum bf_applied try_often(struct bf_applying *a, const char *hex)
{
    size_t mistakes = a->report->n;
    for (int try = 0; try < LOCK_TRIES; try++) {
        enum bf_applied result = try_once(a, hex);
        if (!was_in_the_way(a->err))
            return result;
        bf_err_clear(a->err);
        a->report->n = mistakes;
        usleep(LOCK_PAUSE_US);
    }
    BF_FAIL_WITH(a->err, BF_E_CONFLICT,
                 "The tables of %s are in use, perhaps by a long export. Try again later.",
                 a->id.p);
    return BF_APPLIED_REFUSED;
}

static enum bf_applied apply(struct bf_applying *a)
{
    const char *hex = digest_hex(a);
    bool unchanged = false;
    if (!hex || bf_arena_failed(a->arena)) {
        BF_FAIL_WITH(a->err, BF_E_MEMORY, "There is no memory left.");
        return BF_APPLIED_REFUSED;
    }
    if (!bf_conn_ready(a->conn, a->err) || !is_unchanged(a, hex, &unchanged))
        return BF_APPLIED_REFUSED;
    if (unchanged)
        return BF_APPLIED_UNCHANGED;
    return try_often(a, hex);
}

enum bf_applied bf_catalog_apply(struct bf_conn *c, const struct bf_conf *conf,
                                 const struct bf_apply *what, struct bf_report *report,
                                 struct bf_buf *done, struct bf_err *err)
{
    struct bf_applying a = {
        .conn = c,
        .conf = conf,
        .what = what,
        .report = report,
        .done = done,
        .err = err,
        .arena = report->arena,
        .id = bf_arena_dup(report->arena, what->manifest->id),
        .json = bf_arena_dup(report->arena, what->json),
        .handler = what->handler.n ? bf_arena_dup(report->arena, what->handler) : what->handler,
        .hook = what->hook.n ? bf_arena_dup(report->arena, what->hook) : what->hook,
    };
    bf_buf_init(&a.sql, 1 << 20);
    enum bf_applied result = apply(&a);
    bf_buf_fini(&a.sql);
    return result;
}
