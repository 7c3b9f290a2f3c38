#include "store/snapshot.h"

#include <libpq-fe.h>

static void roll_back(void *conn)
{
    PGconn *pg = bf_conn_pg(conn);
    if (!pg || PQtransactionStatus(pg) == PQTRANS_IDLE)
        return;
    struct bf_err err;
    bf_err_clear(&err);
    bf_conn_run(conn, "ROLLBACK", &err);
}

bool bf_snapshot_begin(struct bf_conn *c, struct bf_arena *a, struct bf_err *err)
{
    if (!bf_defer(a, roll_back, c))
        return BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
    return bf_conn_run(c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
}

bool bf_snapshot_end(struct bf_conn *c, struct bf_err *err)
{
    return bf_conn_run(c, "COMMIT", err);
}
