/*
 * What is asked through a connection. A statement is prepared once for its text and known by it
 * until it is the one that was used longest ago; its values travel beside it, in binary. While it
 * runs the client is watched. A read whose server went away before a row came is asked again, once.
 */
#include "store/conn_inside.h"

#include "query/bound.h"
#include "value/cell.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMS = BF_MOST_VALUES, CLIENT_POLL_MS = 1000 };

/* Outside of a transaction a reader may ask again. */
static bool is_alone(const struct bf_conn *c)
{
    return c->role == BF_ROLE_READER && PQtransactionStatus(c->pg) == PQTRANS_IDLE;
}

/* The server went away before it was asked anything, or before a row was read: once more, on a new
 * connection. false: it did not, or there is none; err says what is to be told. */
static bool connect_anew(struct bf_conn *c, bool was_alone, struct bf_err *err)
{
    if (!was_alone || PQstatus(c->pg) == CONNECTION_OK)
        return false;
    bf_err_clear(err);
    bf_conn_go_down(c);
    return bf_conn_connect(c, err);
}

/* ---- how statements are planned ---- */

static bool set_plans(struct bf_conn *c, enum bf_plans plans, struct bf_err *err)
{
    static const char *const sets[] = {
        [BF_PLANS_GENERIC] = "SET plan_cache_mode = force_generic_plan",
        [BF_PLANS_AUTO] = "SET plan_cache_mode = auto",
        [BF_PLANS_CUSTOM] = "SET plan_cache_mode = force_custom_plan",
    };
    if (c->plans == plans)
        return true;
    c->plans = plans;
    return bf_conn_run(c, sets[plans], err);
}

bool bf_conn_plans(struct bf_conn *c, enum bf_plans plans, struct bf_err *err)
{
    bool alone = is_alone(c);
    return set_plans(c, plans, err) || (connect_anew(c, alone, err) && set_plans(c, plans, err));
}

/* ---- statements by their text ---- */

void bf_conn_forget_statements(struct bf_conn *c)
{
    for (size_t i = 0; i < c->nstatements; i++)
        free((void *)(uintptr_t)c->statements[i].sql.p);
    c->nstatements = 0;
}

static struct bf_statement *known_statement(struct bf_conn *c, struct bf_str sql, uint64_t hash)
{
    for (size_t i = 0; i < c->nstatements; i++)
        if (c->statements[i].hash == hash && bf_str_eq(c->statements[i].sql, sql))
            return &c->statements[i];
    return NULL;
}

/* A free place; when there is none, the least recently used statement leaves. */
static struct bf_statement *free_statement(struct bf_conn *c)
{
    if (c->nstatements < BF_STATEMENTS)
        return &c->statements[c->nstatements++];
    struct bf_statement *oldest = &c->statements[0];
    for (size_t i = 1; i < BF_STATEMENTS; i++)
        if (c->statements[i].used < oldest->used)
            oldest = &c->statements[i];
    char sql[64];
    snprintf(sql, sizeof sql, "DEALLOCATE %s", oldest->name);
    PQclear(PQexec(c->pg, sql));
    free((void *)(uintptr_t)oldest->sql.p);
    return oldest;
}

/* ---- watched results ---- */

/* Waits until a result can be read without blocking. false: the client went away. */
static bool wait_result(struct bf_conn *c)
{
    while (PQisBusy(c->pg)) {
        struct pollfd fds[2] = {{.fd = PQsocket(c->pg), .events = POLLIN},
                                {.fd = c->watch_fd, .events = POLLRDHUP}};
        int n = poll(fds, c->watch_fd >= 0 ? 2 : 1, CLIENT_POLL_MS);
        if (n > 0 && c->watch_fd >= 0 && fds[1].revents & (POLLRDHUP | POLLHUP | POLLERR))
            return false;
        if (n > 0 && fds[0].revents && !PQconsumeInput(c->pg))
            break;
    }
    return true;
}

static PGresult *next_result(struct bf_conn *c, struct bf_err *err)
{
    if (wait_result(c))
        return PQgetResult(c->pg);
    bf_conn_cancel(c);
    BF_FAIL_WITH(err, BF_E_ABORTED,
                 "The client closed the connection before the answer was ready.");
    return NULL;
}

/* ---- preparing and sending ---- */

/* The analysis of a statement may wait for a lock: watched like everything that waits. */
static bool prepare_named(struct bf_conn *c, const struct bf_statement *s, struct bf_err *err)
{
    PGresult *res = PQsendPrepare(c->pg, s->name, s->sql.p, 0, NULL) ? next_result(c, err) : NULL;
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;
    if (!ok && !bf_err_is_set(err))
        bf_conn_failed(c, res, err);
    PQclear(res);
    while ((res = PQgetResult(c->pg)) != NULL)
        PQclear(res);
    return ok;
}

static struct bf_statement *prepare(struct bf_conn *c, struct bf_str sql, struct bf_err *err)
{
    uint64_t hash = bf_str_hash(sql);
    struct bf_statement *s = known_statement(c, sql, hash);
    if (s) {
        s->used = ++c->stamp;
        return s;
    }
    struct bf_statement fresh = {hash, ++c->stamp, {strndup(sql.p, sql.n), sql.n}, ""};
    snprintf(fresh.name, sizeof fresh.name, "s%u", ++c->numbers);
    if (!fresh.sql.p) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "The server has no memory left for this request.");
        return NULL;
    }
    if (!prepare_named(c, &fresh, err)) {
        free((void *)(uintptr_t)fresh.sql.p);
        return NULL;
    }
    s = free_statement(c);
    *s = fresh;
    return s;
}

bool bf_conn_prepare(struct bf_conn *c, struct bf_str sql, char name[BF_STATEMENT_NAME],
                     struct bf_err *err)
{
    const struct bf_statement *s = prepare(c, sql, err);
    if (s)
        memcpy(name, s->name, BF_STATEMENT_NAME);
    return s != NULL;
}

static bool send_prepared(struct bf_conn *c, const struct bf_statement *s,
                          const struct bf_value *params, size_t n, struct bf_err *err)
{
    static const char *values[PARAMS];
    static int lengths[PARAMS], formats[PARAMS];
    static size_t starts[PARAMS + 1];
    if (n > PARAMS) {
        struct bf_bound_text text;
        return BF_FAIL_WITH(err, BF_E_ODSQL,
                            "ODSQL query is malformed: %s. Clause(s) containing the error(s): "
                            "where.",
                            bf_bound_say(&text, BF_BOUND_VALUES, (int64_t)n, NULL));
    }
    bf_buf_clear(&c->scratch);
    for (size_t i = 0; i < n; i++) {
        starts[i] = c->scratch.n;
        bf_cell_put(&c->scratch, &params[i]);
    }
    starts[n] = c->scratch.n;
    if (bf_buf_failed(&c->scratch))
        return BF_FAIL_WITH(err, BF_E_MEMORY, "The values of the query are too large.");
    for (size_t i = 0; i < n; i++) {
        values[i] = params[i].type == BF_NULL ? NULL : c->scratch.p ? c->scratch.p + starts[i] : "";
        lengths[i] = (int)(starts[i + 1] - starts[i]);
        formats[i] = 1;
    }
    if (!PQsendQueryPrepared(c->pg, s->name, (int)n, values, lengths, formats, 1))
        return bf_conn_failed(c, NULL, err);
    return true;
}

static PGresult *query_once(struct bf_conn *c, struct bf_str sql, const struct bf_value *params,
                            size_t n, struct bf_err *err)
{
    const struct bf_statement *s = prepare(c, sql, err);
    if (!s || !send_prepared(c, s, params, n, err))
        return NULL;
    PGresult *res = next_result(c, err);
    if (!res) {
        if (!bf_err_is_set(err))
            bf_conn_failed(c, NULL, err);
        return NULL;
    }
    if (PQresultStatus(res) != PGRES_TUPLES_OK && PQresultStatus(res) != PGRES_COMMAND_OK) {
        bf_conn_failed(c, res, err);
        PQclear(res);
        res = NULL;
    }
    for (PGresult *rest; (rest = PQgetResult(c->pg)) != NULL;)
        PQclear(rest);
    return res;
}

PGresult *bf_conn_query(struct bf_conn *c, struct bf_str sql, const struct bf_value *params,
                        size_t n, struct bf_err *err)
{
    bool alone = is_alone(c);
    PGresult *res = query_once(c, sql, params, n, err);
    return res || !connect_anew(c, alone, err) ? res : query_once(c, sql, params, n, err);
}

bool bf_conn_change(struct bf_conn *c, struct bf_str sql, const struct bf_value *params, size_t n,
                    struct bf_err *err)
{
    PGresult *res = bf_conn_query(c, sql, params, n, err);
    PQclear(res);
    return res != NULL;
}

bool bf_conn_stream(struct bf_conn *c, struct bf_str sql, const struct bf_value *params, size_t n,
                    struct bf_err *err)
{
    const struct bf_statement *s = prepare(c, sql, err);
    if (!s || !send_prepared(c, s, params, n, err))
        return false;
    PQsetSingleRowMode(c->pg);
    return true;
}

PGresult *bf_conn_next(struct bf_conn *c, struct bf_err *err)
{
    PGresult *res = next_result(c, err);
    if (!res)
        return NULL;
    ExecStatusType status = PQresultStatus(res);
    if (status == PGRES_SINGLE_TUPLE)
        return res;
    if (status != PGRES_TUPLES_OK)
        bf_conn_failed(c, res, err);
    PQclear(res);
    while ((res = PQgetResult(c->pg)) != NULL)
        PQclear(res);
    return NULL;
}

PGresult *bf_conn_text(struct bf_conn *c, const char *sql, const char *const *params, int n,
                       struct bf_err *err)
{
    PGresult *res = PQexecParams(c->pg, sql, n, NULL, params, NULL, NULL, 0);
    if (PQresultStatus(res) == PGRES_TUPLES_OK || PQresultStatus(res) == PGRES_COMMAND_OK)
        return res;
    bf_conn_failed(c, res, err);
    PQclear(res);
    return NULL;
}
