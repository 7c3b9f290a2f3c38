#include "store/write.h"

#include "core/log.h"
#include "store/batch.h"
#include "store/boxed.h"
#include "store/known.h"
#include "store/pipeline.h"
#include "store/repeated.h"
#include "store/result.h"

#include <endian.h>

enum { SQL_MAX = 1 << 20, ANSWER_MAX = 1 << 20, FIXED_PARAMS = 5, PARAMS_MAX = FIXED_PARAMS + 501 };

/* A batch is worth reducing when at most so much of it is left. */
enum { WORTH = 3, WORTH_OF = 4 };
/* Rows for which a plan that does not fit them costs less than a new one. */
enum { FEW = 64 };

/* As many as catalog.tally_build asks for. */
enum { MANY = 20000 };

/* Everything that one commit sends, so that the steps below stay short. */
struct run {
    struct bf_batch *b;
    const struct bf_batch_push *push;
    struct bf_commit_result *out;
    struct bf_err *err;
    struct bf_trip trip;
    enum bf_batch_source source;
    bool commit_sent;
    struct bf_known *known;          /* or NULL */
    struct bf_held changed, removed; /* with BF_FROM_KNOWN: what is sent */
    bool stale;                      /* the known commit is not the newest any more */
    char lock_name[BF_STATEMENT_NAME], apply_name[BF_STATEMENT_NAME];
    struct bf_buf sql;
};

#define LOCK_SQL "SELECT pg_advisory_xact_lock($1::int4, $2::int4)"
static const char begin_sql[] = "BEGIN ISOLATION LEVEL READ COMMITTED";

static bool staged(const struct run *r)
{
    return r->source == BF_FROM_STAGE;
}

/* Prepared for arrays: whether their plan is kept is up to choose_plans. A stage is planned each
 * time, from its statistics. */
static bool prepare(struct run *r)
{
    struct bf_batch *b = r->b;
    bf_buf_clear(&r->sql);
    if (!bf_commit_sql(&r->sql, b->entry->manifest, b->mode, r->source))
        return bf_batch_no_memory(r->err);
    bf_buf_char(&r->sql, '\0');
    if (bf_buf_failed(&r->sql))
        return bf_batch_no_memory(r->err);
    struct bf_str text = {r->sql.p, r->sql.n - 1};
    if (!bf_conn_prepare(b->conn, BF_STR(LOCK_SQL), r->lock_name, r->err))
        return false;
    return staged(r) || bf_conn_prepare(b->conn, text, r->apply_name, r->err);
}

static void send_lock(struct run *r)
{
    uint32_t keys[2] = {htobe32(BF_LOCK_DATASET), htobe32((uint32_t)r->b->entry->manifest->number)};
    const char *const values[] = {(const char *)&keys[0], (const char *)&keys[1]};
    static const int lengths[] = {4, 4}, formats[] = {1, 1};
    if (!staged(r))
        bf_trip_send(&r->trip, begin_sql, NULL);
    bf_trip_send_prepared(&r->trip, r->lock_name,
                          &(struct bf_trip_params){values, lengths, formats, 2});
}

static void take_lock(struct run *r)
{
    if (!staged(r))
        PQclear(bf_trip_take(&r->trip));
    PQclear(bf_trip_take(&r->trip));
}

/* Parameter i of the statement (from 0), appended to p; see store/commit_sql. */
static void put_param(const struct run *r, size_t i, struct bf_buf *p)
{
    bool known = r->source == BF_FROM_KNOWN;
    uint64_t commit;
    if (i == 0) {
        bf_buf_str(p, r->b->entry->manifest->id);
    } else if (i == 1) {
        bf_buf_bytes(p, r->push->source, sizeof r->push->source);
    } else if (i == 2) {
        bf_buf_str(p, r->push->sub);
    } else if (!known) {
        bf_held_array(&r->b->held, i - 3, p);
    } else if (i == 3) {
        commit = htobe64((uint64_t)bf_known_commit(r->known));
        bf_buf_bytes(p, &commit, sizeof commit);
    } else if (i == 4) {
        bf_held_array(&r->removed, 0, p);
    } else {
        bf_held_array(&r->changed, i - FIXED_PARAMS, p);
    }
}

static size_t count_params(const struct run *r)
{
    if (staged(r))
        return 3;
    return r->b->held.ncolumns + (r->source == BF_FROM_KNOWN ? FIXED_PARAMS : 3);
}

/* All parameters lie one behind the other in the batch's scratch. */
static void send_apply(struct run *r)
{
    const char *values[PARAMS_MAX];
    int lengths[PARAMS_MAX], formats[PARAMS_MAX];
    size_t starts[PARAMS_MAX + 1];
    size_t n = count_params(r);
    struct bf_buf *p = &r->b->scratch;
    bf_buf_clear(p);
    for (size_t i = 0; i < n; i++) {
        starts[i] = p->n;
        put_param(r, i, p);
    }
    starts[n] = p->n;
    for (size_t i = 0; i < n && p->p; i++) {
        values[i] = p->p + starts[i];
        lengths[i] = (int)(starts[i + 1] - starts[i]);
        formats[i] = 1;
    }
    struct bf_trip_params params = {values, lengths, formats, (int)n};
    if (bf_buf_failed(p))
        r->trip.failed = !bf_batch_no_memory(r->err);
    else if (staged(r))
        bf_trip_send(&r->trip, r->sql.p, &params);
    else
        bf_trip_send_prepared(&r->trip, r->apply_name, &params);
}

static void take_apply(struct run *r)
{
    struct bf_commit_result *o = r->out;
    PGresult *res = bf_trip_take(&r->trip);
    if (!res)
        return;
    if (PQntuples(res) == 1) {
        *o = (struct bf_commit_result){.commit = bf_result_int(res, 0, 0),
                                       .instant = bf_result_instant(res, 0, 1),
                                       .pushed = bf_result_instant(res, 0, 2),
                                       .records = bf_result_int(res, 0, 3),
                                       .added = bf_result_int(res, 0, 4),
                                       .changed = bf_result_int(res, 0, 5),
                                       .removed = bf_result_int(res, 0, 6)};
        int64_t touched = r->b->mode == BF_BATCH_DELETE ? o->removed : o->added + o->changed;
        o->unchanged = (int64_t)bf_batch_rows(r->b) - touched;
    } else if (r->source == BF_FROM_KNOWN) {
        r->stale = true;
    } else {
        BF_FAIL_WITH(r->err, BF_E_CONFLICT, "The dataset is not in the catalogue any more.");
        r->trip.failed = true;
    }
    PQclear(res);
}

static void send_commit(struct run *r)
{
    bf_trip_send(&r->trip, "COMMIT", NULL);
    r->commit_sent = true;
}

/* Whether the server may have gone after it read COMMIT: then nobody knows what became of it. */
static bool outcome_unknown(const struct run *r)
{
    struct bf_str state = bf_str_of(r->err->sqlstate);
    return r->commit_sent && r->trip.failed &&
           (r->trip.lost || bf_str_starts(state, BF_STR("57P")) ||
            bf_str_starts(state, BF_STR("08")));
}

static bool close_trip(struct run *r)
{
    if (outcome_unknown(r)) {
        struct bf_err first = *r->err;
        bf_err_clear(r->err);
        BF_FAIL_WITH(r->err, BF_E_UNAVAILABLE,
                     "The database went away while the push was being written: whether it was "
                     "written is not known. A retry with the same Idempotency-Key is safe.");
        r->err->retry_after_s = 1;
        bf_err_detail(r->err, "%s", first.detail);
    }
    return bf_trip_close(&r->trip);
}

static bool one_trip(struct run *r)
{
    r->commit_sent = false;
    if (!bf_trip_begin(&r->trip, r->b->conn, r->err))
        return false;
    send_lock(r);
    send_apply(r);
    send_commit(r);
    bf_trip_end(&r->trip);
    take_lock(r);
    take_apply(r);
    PQclear(bf_trip_take(&r->trip));
    return close_trip(r);
}

/* Somebody else wrote what we did not send: the whole batch is compared. */
static bool without_known(struct run *r)
{
    r->stale = false;
    r->source = BF_FROM_ARRAYS;
    return prepare(r);
}

/* A plan that PostgreSQL keeps from the time when the table was small looks through the whole batch
 * for each row of the table. What may touch many rows is planned for itself: that takes some 5 ms,
 * too much only for a few. */
static bool choose_plans(const struct run *r)
{
    bool known = r->source == BF_FROM_KNOWN;
    bool whole = r->b->mode == BF_BATCH_SNAPSHOT && !known;
    size_t n = known ? r->changed.n + r->removed.n : r->b->held.n;
    if (staged(r)) /* a statement without a name is always planned for itself */
        return true;
    return bf_conn_plans(r->b->conn, whole || n > FEW ? BF_PLANS_CUSTOM : BF_PLANS_AUTO, r->err);
}

static bool run_at_once(struct run *r)
{
    return one_trip(r) && (!r->stale || (without_known(r) && choose_plans(r) && one_trip(r)));
}

/* ---- in steps: with an idempotency key a receipt, read under the lock and written with the rows;
 * for a box a look under the lock at what would be replaced; for an hour that happens twice another
 * at what the records were ---- */

static bool read_receipt(struct run *r, PGresult *res)
{
    struct bf_str body = bf_result_text(res, 0, 0);
    struct bf_str answer = bf_result_text(res, 0, 1);
    struct bf_str request = {(const char *)r->push->request, sizeof r->push->request};
    if (!bf_str_eq(body, request))
        return BF_FAIL_WITH(r->err, BF_E_IDEMPOTENCY,
                            "This Idempotency-Key was used for another request.");
    *r->out =
        (struct bf_commit_result){.replayed = true, .answer = bf_arena_dup(r->b->arena, answer)};
    return r->out->answer.p || bf_batch_no_memory(r->err);
}

static void receipt_params(const struct run *r, const char *values[5], int lengths[5])
{
    struct bf_str texts[3] = {r->b->entry->manifest->id, r->push->sub, r->push->idempotency_key};
    for (size_t i = 0; i < 3; i++) {
        values[i] = texts[i].n ? texts[i].p : "";
        lengths[i] = (int)texts[i].n;
    }
    values[3] = (const char *)r->push->request;
    lengths[3] = sizeof r->push->request;
}

static const int binary[5] = {1, 1, 1, 1, 1};

static bool ask_receipt(struct run *r)
{
    const char *values[5];
    int lengths[5];
    if (!bf_trip_begin(&r->trip, r->b->conn, r->err))
        return false;
    receipt_params(r, values, lengths);
    send_lock(r);
    bf_trip_send(&r->trip,
                 "SELECT body, answer FROM catalog.receipt"
                 " WHERE dataset = $1::text AND sub = $2::text AND key = $3::text",
                 &(struct bf_trip_params){values, lengths, binary, 3});
    bf_trip_end(&r->trip);
    take_lock(r);
    PGresult *res = bf_trip_take(&r->trip);
    bool ok = close_trip(r) && (PQntuples(res) == 0 || read_receipt(r, res));
    PQclear(res);
    return ok;
}

static bool apply_once(struct run *r)
{
    if (!bf_trip_begin(&r->trip, r->b->conn, r->err))
        return false;
    send_apply(r);
    bf_trip_end(&r->trip);
    take_apply(r);
    return close_trip(r);
}

static bool apply_alone(struct run *r)
{
    return apply_once(r) && (!r->stale || (without_known(r) && apply_once(r)));
}

static bool write_receipt(struct run *r)
{
    const char *values[5];
    int lengths[5];
    struct bf_buf answer;
    bf_buf_init(&answer, ANSWER_MAX);
    r->push->print(r->push->self, r->out, &answer);
    r->out->answer = bf_arena_dup(r->b->arena, bf_buf_view(&answer));
    bool ok = !bf_buf_failed(&answer) && r->out->answer.p;
    bf_buf_fini(&answer);
    if (!ok)
        return bf_batch_no_memory(r->err);
    if (!bf_trip_begin(&r->trip, r->b->conn, r->err))
        return false;
    receipt_params(r, values, lengths);
    values[4] = r->out->answer.p;
    lengths[4] = (int)r->out->answer.n;
    bf_trip_send(&r->trip,
                 "INSERT INTO catalog.receipt (dataset, sub, key, body, answer)"
                 " VALUES ($1::text, $2::text, $3::text, $4::bytea, $5::text)",
                 &(struct bf_trip_params){values, lengths, binary, 5});
    send_commit(r);
    bf_trip_end(&r->trip);
    PQclear(bf_trip_take(&r->trip));
    PQclear(bf_trip_take(&r->trip));
    return close_trip(r);
}

static bool lock_alone(struct run *r)
{
    if (!bf_trip_begin(&r->trip, r->b->conn, r->err))
        return false;
    send_lock(r);
    bf_trip_end(&r->trip);
    take_lock(r);
    return close_trip(r);
}

static bool commit_alone(struct run *r)
{
    if (!bf_trip_begin(&r->trip, r->b->conn, r->err))
        return false;
    send_commit(r);
    bf_trip_end(&r->trip);
    PQclear(bf_trip_take(&r->trip));
    return close_trip(r);
}

static bool run_in_steps(struct run *r)
{
    const struct bf_batch_box *box = r->push->box;
    bool receipt = r->push->idempotency_key.n > 0;
    if (!(receipt ? ask_receipt(r) : lock_alone(r)))
        return false;
    if (r->out->replayed)
        return true; /* bf_batch_commit rolls back: there is nothing to write */
    if (box && !bf_boxed_check(r->b, box, r->err))
        return false;
    if (r->push->repeated && !bf_repeated_settle(r->b, r->push->received, r->err))
        return false;
    if (!apply_alone(r))
        return false;
    return receipt ? write_receipt(r) : commit_alone(r);
}

/* ---- what this connection knows ---- */

static bool reduce(struct run *r)
{
    struct bf_batch *b = r->b;
    r->known = bf_known_of(b->conn, b->entry);
    if (staged(r) || !r->known || !bf_known_serves(r->known, b->mode))
        return true;
    if (!bf_held_like(&r->changed, b->arena, &b->held) ||
        !bf_held_init(&r->removed, b->arena, b->entry->manifest, BF_BATCH_DELETE))
        return bf_batch_no_memory(r->err);
    bf_known_reduce(r->known, b->mode, &b->held, &r->changed, &r->removed);
    if (bf_held_failed(&r->changed) || bf_held_failed(&r->removed))
        return bf_batch_no_memory(r->err);
    if (r->changed.n * WORTH_OF <= b->held.n * WORTH)
        r->source = BF_FROM_KNOWN;
    return true;
}

static void learn(struct run *r, bool written)
{
    const struct bf_batch *b = r->b;
    bool reduced = r->source == BF_FROM_KNOWN;
    if (!r->known || r->out->replayed)
        return;
    if (!written || staged(r))
        bf_known_forget(r->known);
    else
        bf_known_learn(r->known, b->mode, &b->held, reduced ? &r->changed : NULL,
                       reduced && r->removed.n, r->out->commit);
}

static bool in_steps(const struct bf_batch_push *push)
{
    return push->idempotency_key.n || push->box || push->repeated;
}

/* From this many records on facets are not counted when somebody asks (sql/0025_tally.sql), but
 * once, by the commit that made them so many. Without a tally answers are slower, not wrong. */
static void tally(const struct run *r)
{
    const struct bf_commit_result *o = r->out;
    struct bf_value id = bf_value_text(r->b->entry->manifest->id);
    struct bf_err err;
    bf_err_clear(&err);
    if (o->records <= MANY || o->records - o->added + o->removed > MANY)
        return;
    if (!bf_conn_change(r->b->conn, BF_STR("SELECT catalog.tally_build($1::text)"), &id, 1, &err))
        bf_log(BF_LOG_WARNING, "push.tally", "%s: %s", err.message, err.detail);
}

bool bf_batch_commit(struct bf_batch *b, const struct bf_batch_push *push,
                     struct bf_commit_result *out, struct bf_err *err)
{
    struct run r = {.b = b, .push = push, .out = out, .err = err};
    if (push->repeated && !b->staging && !bf_batch_stage(b, err))
        return false;
    r.source = b->staging ? BF_FROM_STAGE : BF_FROM_ARRAYS;
    *out = (struct bf_commit_result){0};
    bf_buf_init(&r.sql, SQL_MAX);
    bool ok = (!b->staging || bf_batch_finish_copy(b, err)) && reduce(&r) && prepare(&r) &&
              choose_plans(&r);
    if (ok)
        ok = in_steps(push) ? run_in_steps(&r) : run_at_once(&r);
    learn(&r, ok);
    bf_held_fini(&r.changed);
    bf_held_fini(&r.removed);
    bf_buf_fini(&r.sql);
    bf_batch_abandon(b); /* after COMMIT there is nothing left to abandon but memory */
    if (ok)
        tally(&r);
    return ok;
}
