#include "store/pipeline.h"

static void broke(struct bf_trip *t)
{
    t->failed = true;
    t->lost = PQstatus(bf_conn_pg(t->conn)) != CONNECTION_OK;
    bf_conn_failed(t->conn, NULL, t->err);
}

bool bf_trip_begin(struct bf_trip *t, struct bf_conn *c, struct bf_err *err)
{
    *t = (struct bf_trip){.conn = c, .err = err};
    t->open = PQenterPipelineMode(bf_conn_pg(c)) == 1;
    if (!t->open)
        broke(t);
    return t->open;
}

static const struct bf_trip_params none;

void bf_trip_send(struct bf_trip *t, const char *sql, const struct bf_trip_params *params)
{
    const struct bf_trip_params *p = params ? params : &none;
    if (!t->failed && !PQsendQueryParams(bf_conn_pg(t->conn), sql, p->n, NULL, p->values,
                                         p->lengths, p->formats, 1))
        broke(t);
}

void bf_trip_send_prepared(struct bf_trip *t, const char *name, const struct bf_trip_params *params)
{
    const struct bf_trip_params *p = params ? params : &none;
    if (!t->failed &&
        !PQsendQueryPrepared(bf_conn_pg(t->conn), name, p->n, p->values, p->lengths, p->formats, 1))
        broke(t);
}

void bf_trip_end(struct bf_trip *t)
{
    if (t->open && !PQpipelineSync(bf_conn_pg(t->conn)) && !t->failed)
        broke(t);
}

PGresult *bf_trip_take(struct bf_trip *t)
{
    if (t->failed)
        return NULL;
    PGresult *res = PQgetResult(bf_conn_pg(t->conn));
    ExecStatusType status = PQresultStatus(res);
    if (res && (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)) {
        PQclear(PQgetResult(bf_conn_pg(t->conn))); /* the NULL that ends this statement */
        return res;
    }
    t->failed = true;
    t->lost = PQstatus(bf_conn_pg(t->conn)) != CONNECTION_OK;
    bf_conn_failed(t->conn, res, t->err);
    PQclear(res);
    return NULL;
}

/* Reads what is left up to the end of the trip: results of statements that were skipped. */
static void drain(struct bf_trip *t)
{
    PGconn *pg = bf_conn_pg(t->conn);
    int nulls = 0;
    while (nulls < 2 && PQstatus(pg) == CONNECTION_OK) {
        PGresult *res = PQgetResult(pg);
        bool end = PQresultStatus(res) == PGRES_PIPELINE_SYNC;
        nulls = res ? 0 : nulls + 1;
        PQclear(res);
        if (end)
            return;
    }
}

bool bf_trip_close(struct bf_trip *t)
{
    if (!t->open)
        return false;
    drain(t);
    if (!PQexitPipelineMode(bf_conn_pg(t->conn)) && !t->failed)
        broke(t);
    t->open = false;
    return !t->failed;
}
