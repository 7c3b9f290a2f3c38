#include "store/commit.h"

#include "store/batch.h"

#include <poll.h>

/* Up to here a batch travels as arrays; beyond, memory would grow with it. */
enum { HELD_ROWS = 8192, HELD_BYTES = 2 << 20 };
enum { COPY_MAX = 64 << 20 };

bool bf_batch_no_memory(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_MEMORY, "The batch needs more memory than one request may have.");
}

static void abandon(void *batch)
{
    bf_batch_abandon(batch);
}

/* A server that went away while the connection was idle has closed it: to see that now costs a
 * poll, to see it after COMMIT was sent costs the publisher an answer that knows nothing. */
static void look_at_socket(struct bf_conn *c)
{
    PGconn *pg = bf_conn_pg(c);
    struct pollfd idle = {.fd = pg ? PQsocket(pg) : -1, .events = POLLIN};
    while (idle.fd >= 0 && poll(&idle, 1, 0) > 0 && PQconsumeInput(pg))
        idle.revents = 0;
}

struct bf_batch *bf_batch_open(struct bf_conn *c, struct bf_arena *a, const struct bf_entry *entry,
                               enum bf_batch_mode mode, struct bf_err *err)
{
    struct bf_batch *b = bf_arena_zalloc(a, 1, sizeof *b);
    if (!b || !bf_held_init(&b->held, a, entry->manifest, mode)) {
        bf_batch_no_memory(err);
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
        bf_batch_no_memory(err);
        return NULL;
    }
    look_at_socket(c);
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

bool bf_batch_stage(struct bf_batch *b, struct bf_err *err)
{
    PGconn *pg = bf_conn_pg(b->conn);
    bf_buf_clear(&b->copy);
    bf_buf_clear(&b->scratch);
    if (!bf_stage_sql(&b->copy, &b->scratch, b->entry->manifest, b->mode))
        return bf_batch_no_memory(err);
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
        return bf_batch_no_memory(err);
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
        return bf_batch_no_memory(err);
    if (b->held.n < HELD_ROWS && b->held.bytes < HELD_BYTES)
        return true;
    return (b->staging || bf_batch_stage(b, err)) && send_held(b, err);
}

/* Statistics first: the plan for a million rows is another than that for a hundred. */
bool bf_batch_finish_copy(struct bf_batch *b, struct bf_err *err)
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
