#include "store/commit.h"

#include "store/commit_sql.h"
#include "store/pipeline.h"
#include "store/held.h"
#include "value/cell.h"

#include <endian.h>
#include <string.h>

/* Up to here a batch travels as arrays; beyond, memory would grow with it. */
enum { HELD_ROWS = 8192, HELD_BYTES = 2 << 20 };
enum { COPY_MAX = 64 << 20, SQL_MAX = 1 << 20, ANSWER_MAX = 1 << 20, PARAMS_MAX = 4 + 500 };

struct bf_batch {
    struct bf_conn *conn;
    struct bf_arena *arena;
    const struct bf_entry *entry;
    enum bf_batch_mode mode;
    struct bf_held held;
    struct bf_buf copy;    /* rows on their way into COPY */
    struct bf_buf scratch; /* SQL text, then bytes of parameters */
    size_t sent;           /* rows that have gone into COPY */
    bool staging;          /* a transaction is open and COPY runs */
    bool open;
};

static bool no_memory(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_MEMORY, "The batch needs more memory than one request may have.");
}

static void abandon(void *batch)
{
    bf_batch_abandon(batch);
}

struct bf_batch *bf_batch_open(struct bf_conn *c, struct bf_arena *a, const struct bf_entry *entry,
                               enum bf_batch_mode mode, struct bf_err *err)
{
    struct bf_batch *b = bf_arena_zalloc(a, 1, sizeof *b);
    if (!b || !bf_held_init(&b->held, a, entry->manifest, mode)) {
        no_memory(err);
        return NULL;
    }
    b->conn = c;
    b->arena = a;
    b->entry = entry;
    b->mode = mode;
    b->open = true;
    bf_buf_init(&b->copy, COPY_MAX);
    bf_buf_init(&b->scratch, COPY_MAX);
    if (!bf_defer(a, abandon, b)) {
        no_memory(err);
        return NULL;
    }
    return bf_conn_ready(c, err) ? b : NULL;
}

size_t bf_batch_rows(const struct bf_batch *b)
{
    return b->sent + b->held.n;
}

static void free_memory(struct bf_batch *b)
{
    bf_held_fini(&b->held);
    bf_buf_fini(&b->copy);
    bf_buf_fini(&b->scratch);
    b->open = false;
}

static void roll_back(struct bf_batch *b)
{
    struct bf_err quiet;
    bf_err_clear(&quiet);
    if (bf_conn_is_up(b->conn) && PQtransactionStatus(bf_conn_pg(b->conn)) != PQTRANS_IDLE)
        bf_conn_run(b->conn, "ROLLBACK", &quiet);
}

void bf_batch_abandon(struct bf_batch *b)
{
    if (!b->open)
        return;
    if (b->staging && bf_conn_is_up(b->conn)) {
        PGconn *pg = bf_conn_pg(b->conn);
        PQputCopyEnd(pg, "the batch was abandoned");
        for (PGresult *res; (res = PQgetResult(pg)) != NULL && bf_conn_is_up(b->conn);)
            PQclear(res);
    }
    b->staging = false;
    roll_back(b);
    free_memory(b);
}

/* ---- a large batch: into the temporary table as it comes ---- */

static bool start_copy(struct bf_batch *b, struct bf_err *err)
{
    PGconn *pg = bf_conn_pg(b->conn);
    bf_buf_clear(&b->copy);
    bf_buf_clear(&b->scratch);
    if (!bf_stage_sql(&b->copy, &b->scratch, b->entry->manifest, b->mode))
        return no_memory(err);
    if (!bf_conn_run(b->conn, "BEGIN ISOLATION LEVEL READ COMMITTED", err) ||
        !bf_conn_run(b->conn, b->copy.p, err))
        return false;
    PGresult *res = PQexec(pg, b->scratch.p);
    b->staging = PQresultStatus(res) == PGRES_COPY_IN;
    if (!b->staging)
        bf_conn_failed(b->conn, res, err);
    PQclear(res);
    bf_buf_clear(&b->copy);
    bf_held_copy_begin(&b->copy);
    return b->staging;
}

static bool send_held(struct bf_batch *b, struct bf_err *err)
{
    bf_held_copy(&b->held, (int64_t)b->sent, &b->copy);
    if (bf_buf_failed(&b->copy) || bf_held_failed(&b->held))
        return no_memory(err);
    if (PQputCopyData(bf_conn_pg(b->conn), b->copy.p, (int)b->copy.n) != 1)
        return bf_conn_failed(b->conn, NULL, err);
    b->sent += b->held.n;
    bf_held_clear(&b->held);
    bf_buf_clear(&b->copy);
    return true;
}

bool bf_batch_row(struct bf_batch *b, const unsigned char id[BF_RECORD_ID],
                  const struct bf_value *values, struct bf_err *err)
{
    bf_held_add(&b->held, id, values);
    if (bf_held_failed(&b->held))
        return no_memory(err);
    if (b->held.n < HELD_ROWS && b->held.bytes < HELD_BYTES)
        return true;
    return (b->staging || start_copy(b, err)) && send_held(b, err);
}

/* Statistics first: the plan for a million rows is another than that for a hundred. */
static bool finish_copy(struct bf_batch *b, struct bf_err *err)
{
    PGconn *pg = bf_conn_pg(b->conn);
    if (!send_held(b, err))
        return false;
    bf_held_copy_end(&b->copy);
    if (PQputCopyData(pg, b->copy.p, (int)b->copy.n) != 1 || PQputCopyEnd(pg, NULL) != 1)
        return bf_conn_failed(b->conn, NULL, err);
    b->staging = false;
    bool ok = true;
    for (PGresult *res; (res = PQgetResult(pg)) != NULL; PQclear(res))
        if (PQresultStatus(res) != PGRES_COMMAND_OK)
            ok = bf_conn_failed(b->conn, res, err);
    return ok && bf_conn_run(b->conn, "ANALYZE " BF_STAGE, err);
}

/* ---- the trips ---- */

/* Everything that one commit sends, so that the steps below stay short. */
struct run {
    struct bf_batch *b;
    const struct bf_batch_push *push;
    struct bf_commit_result *out;
    struct bf_err *err;
    struct bf_trip trip;
    bool staged;
    bool commit_sent;
    char lock_name[BF_STATEMENT_NAME], apply_name[BF_STATEMENT_NAME];
    struct bf_buf sql;
};

#define LOCK_SQL "SELECT pg_advisory_xact_lock($1::int4, $2::int4)"
static const char begin_sql[] = "BEGIN ISOLATION LEVEL READ COMMITTED";

/* Prepared for arrays: their plan serves every batch. A stage is planned each time, from its
 * statistics. */
static bool prepare(struct run *r)
{
    struct bf_batch *b = r->b;
    bf_buf_clear(&r->sql);
    if (!bf_commit_sql(&r->sql, b->entry->manifest, b->mode,
                       r->staged ? BF_FROM_STAGE : BF_FROM_ARRAYS))
        return no_memory(r->err);
    bf_buf_char(&r->sql, '\0');
    if (bf_buf_failed(&r->sql))
        return no_memory(r->err);
    struct bf_str text = {r->sql.p, r->sql.n - 1};
    if (!bf_conn_prepare(b->conn, BF_STR(LOCK_SQL), r->lock_name, r->err))
        return false;
    return r->staged || bf_conn_prepare(b->conn, text, r->apply_name, r->err);
}

static void send_lock(struct run *r)
{
    uint32_t keys[2] = {htobe32(BF_LOCK_DATASET), htobe32((uint32_t)r->b->entry->number)};
    const char *const values[] = {(const char *)&keys[0], (const char *)&keys[1]};
    static const int lengths[] = {4, 4}, formats[] = {1, 1};
    if (!r->staged)
        bf_trip_send(&r->trip, begin_sql, NULL);
    bf_trip_send_prepared(&r->trip, r->lock_name,
                          &(struct bf_trip_params){values, lengths, formats, 2});
}

static void take_lock(struct run *r)
{
    if (!r->staged)
        PQclear(bf_trip_take(&r->trip));
    PQclear(bf_trip_take(&r->trip));
}

/* All parameters lie one behind the other in the batch's scratch. */
static void send_apply(struct run *r)
{
    struct bf_batch *b = r->b;
    const char *values[PARAMS_MAX];
    int lengths[PARAMS_MAX], formats[PARAMS_MAX];
    size_t starts[PARAMS_MAX + 1];
    size_t n = 3 + (r->staged ? 0 : b->held.ncolumns);
    struct bf_buf *p = &b->scratch;
    bf_buf_clear(p);
    for (size_t i = 0; i < n; i++) {
        starts[i] = p->n;
        if (i == 0)
            bf_buf_str(p, b->entry->manifest->id);
        else if (i == 1)
            bf_buf_bytes(p, r->push->source, sizeof r->push->source);
        else if (i == 2)
            bf_buf_str(p, r->push->sub);
        else
            bf_held_array(&b->held, i - 3, p);
    }
    starts[n] = p->n;
    for (size_t i = 0; i < n && p->p; i++) {
        values[i] = p->p + starts[i];
        lengths[i] = (int)(starts[i + 1] - starts[i]);
        formats[i] = 1;
    }
    struct bf_trip_params params = {values, lengths, formats, (int)n};
    if (bf_buf_failed(p))
        r->trip.failed = !no_memory(r->err);
    else if (r->staged)
        bf_trip_send(&r->trip, r->sql.p, &params);
    else
        bf_trip_send_prepared(&r->trip, r->apply_name, &params);
}

static int64_t int_at(const PGresult *res, int column)
{
    return bf_cell_int((struct bf_cell){PQgetvalue(res, 0, column), PQgetlength(res, 0, column)});
}

static int64_t instant_at(const PGresult *res, int column)
{
    return bf_cell_instant(
        (struct bf_cell){PQgetvalue(res, 0, column), PQgetlength(res, 0, column)});
}

static void take_apply(struct run *r)
{
    struct bf_commit_result *o = r->out;
    PGresult *res = bf_trip_take(&r->trip);
    if (!res)
        return;
    if (PQntuples(res) == 1) {
        *o = (struct bf_commit_result){.commit = int_at(res, 0),
                                       .instant = instant_at(res, 1),
                                       .pushed = instant_at(res, 2),
                                       .records = int_at(res, 3),
                                       .added = int_at(res, 4),
                                       .changed = int_at(res, 5),
                                       .removed = int_at(res, 6)};
        int64_t touched = r->b->mode == BF_BATCH_DELETE ? o->removed : o->added + o->changed;
        o->unchanged = (int64_t)bf_batch_rows(r->b) - touched;
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

static bool run_at_once(struct run *r)
{
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

/* ---- with an idempotency key: a receipt, read under the lock and written with the rows ---- */

static bool read_receipt(struct run *r, PGresult *res)
{
    struct bf_str body = {PQgetvalue(res, 0, 0), (size_t)PQgetlength(res, 0, 0)};
    struct bf_str answer = {PQgetvalue(res, 0, 1), (size_t)PQgetlength(res, 0, 1)};
    struct bf_str request = {(const char *)r->push->request, sizeof r->push->request};
    if (!bf_str_eq(body, request))
        return BF_FAIL_WITH(r->err, BF_E_IDEMPOTENCY,
                            "This Idempotency-Key was used for another request.");
    *r->out =
        (struct bf_commit_result){.replayed = true, .answer = bf_arena_dup(r->b->arena, answer)};
    return r->out->answer.p || no_memory(r->err);
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

static bool apply_alone(struct run *r)
{
    if (!bf_trip_begin(&r->trip, r->b->conn, r->err))
        return false;
    send_apply(r);
    bf_trip_end(&r->trip);
    take_apply(r);
    return close_trip(r);
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
        return no_memory(r->err);
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

static bool run_with_receipt(struct run *r)
{
    if (!ask_receipt(r))
        return false;
    if (r->out->replayed)
        return true; /* bf_batch_commit rolls back: there is nothing to write */
    return apply_alone(r) && write_receipt(r);
}

bool bf_batch_commit(struct bf_batch *b, const struct bf_batch_push *push,
                     struct bf_commit_result *out, struct bf_err *err)
{
    struct run r = {.b = b, .push = push, .out = out, .err = err, .staged = b->staging};
    *out = (struct bf_commit_result){0};
    bf_buf_init(&r.sql, SQL_MAX);
    bool ok = (!b->staging || finish_copy(b, err)) && prepare(&r);
    if (ok)
        ok = push->idempotency_key.n ? run_with_receipt(&r) : run_at_once(&r);
    bf_buf_fini(&r.sql);
    bf_batch_abandon(b); /* after COMMIT there is nothing left to abandon but memory */
    return ok;
}
