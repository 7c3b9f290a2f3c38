#include "store/conn.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/self.h"
#include "query/bound.h"
#include "store/sqlstate.h"
#include "value/cell.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STATEMENTS = 256,
    PARAMS = BF_MOST_VALUES,
    FIRST_PAUSE_US = 20 * 1000,
    LONGEST_PAUSE_US = 1000 * 1000,
    CLIENT_POLL_MS = 1000,
};

struct statement {
    uint64_t hash;
    uint64_t used; /* stamp of the last use */
    struct bf_str sql;
    unsigned number; /* its name is s<number> */
};

struct bf_conn {
    PGconn *pg; /* NULL: DOWN */
    enum bf_role role;
    struct bf_buf conninfo;
    struct bf_buf scratch; /* parameters of one statement */
    struct statement statements[STATEMENTS];
    size_t nstatements;
    unsigned numbers;
    uint64_t stamp;
    int64_t pause_us;
    int64_t next_try_us;
    bool once; /* bf_conn_keep */
    int watch_fd;
    enum bf_plans plans;
    struct bf_conn_memory memory;
};

/* What print_conninfo asks for. */
static enum bf_plans first_plans(enum bf_role role)
{
    return role == BF_ROLE_READER ? BF_PLANS_GENERIC : BF_PLANS_AUTO;
}

static void print_conninfo(struct bf_buf *out, const struct bf_conf *conf, enum bf_role role)
{
    const char *const users[] = {[BF_ROLE_OWNER] = conf->role_owner,
                                 [BF_ROLE_WRITER] = conf->role_writer,
                                 [BF_ROLE_READER] = conf->role_reader,
                                 [BF_ROLE_ACCOUNTANT] = conf->role_accountant};
    bf_buf_printf(out,
                  "%s user=%s connect_timeout=2 client_encoding=UTF8 application_name=beffroi "
                  "options='-c timezone=UTC -c datestyle=ISO -c jit=off "
                  "-c idle_in_transaction_session_timeout=60s",
                  conf->database, users[role]);
    if (role == BF_ROLE_READER)
        bf_buf_printf(out,
                      " -c default_transaction_read_only=on -c statement_timeout=%d"
                      " -c plan_cache_mode=force_generic_plan"
                      /* A bitmap that does not fit makes each row of full text be cut again. */
                      " -c work_mem=16MB"
                      " -c lock_timeout=1s",
                      (int)conf->statement_timeout_ms);
    if (role == BF_ROLE_ACCOUNTANT) /* whom all requests of accounts with a quota wait for */
        bf_buf_text(out, " -c statement_timeout=5s -c lock_timeout=2s");
    bf_buf_text(out, "'");
    bf_buf_char(out, '\0');
}

static int socket_of(const void *conn)
{
    const struct bf_conn *c = conn;
    return c->pg ? PQsocket(c->pg) : -1;
}

struct bf_conn *bf_conn_new(const struct bf_conf *conf, enum bf_role role)
{
    struct bf_conn *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->role = role;
    c->plans = first_plans(role);
    c->watch_fd = -1;
    bf_self_hold(c, socket_of);
    bf_buf_init(&c->conninfo, 8192);
    bf_buf_init(&c->scratch, 64u << 20);
    print_conninfo(&c->conninfo, conf, role);
    return c;
}

static void forget_statements(struct bf_conn *c)
{
    for (size_t i = 0; i < c->nstatements; i++)
        free((void *)(uintptr_t)c->statements[i].sql.p);
    c->nstatements = 0;
}

static void go_down(struct bf_conn *c)
{
    if (c->memory.release)
        c->memory.release(c->memory.what);
    c->memory = (struct bf_conn_memory){0};
    PQfinish(c->pg);
    c->pg = NULL;
    c->plans = first_plans(c->role);
    forget_statements(c);
}

void bf_conn_free(struct bf_conn *c)
{
    if (!c)
        return;
    go_down(c);
    bf_self_release(c);
    bf_buf_fini(&c->conninfo);
    bf_buf_fini(&c->scratch);
    free(c);
}

static void later(struct bf_conn *c, int64_t now)
{
    c->pause_us = c->pause_us ? c->pause_us * 2 : FIRST_PAUSE_US;
    if (c->pause_us > LONGEST_PAUSE_US)
        c->pause_us = LONGEST_PAUSE_US;
    c->next_try_us = now + c->pause_us / 2 + random() % (c->pause_us / 2);
}

static bool unavailable(struct bf_err *err)
{
    BF_FAIL_WITH(err, BF_E_UNAVAILABLE,
                 "The database cannot be reached at the moment. Please try again shortly.");
    err->retry_after_s = 1;
    return false;
}

static void ignore_notice(void *self, const PGresult *res)
{
    (void)self;
    bf_log(BF_LOG_DEBUG, "database.notice", "%s", PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY));
}

static bool connect_now(struct bf_conn *c, struct bf_err *err)
{
    int64_t now = bf_clock_mono_us();
    if (c->once || now < c->next_try_us)
        return unavailable(err);
    c->pg = PQconnectdb(c->conninfo.p);
    if (PQstatus(c->pg) == CONNECTION_OK) {
        PQsetNoticeReceiver(c->pg, ignore_notice, NULL);
        c->pause_us = c->next_try_us = 0;
        bf_self_note(c);
        return true;
    }
    unavailable(err);
    bf_err_detail(err, "%s", PQerrorMessage(c->pg));
    bf_log(BF_LOG_WARNING, "database.down", "%s", PQerrorMessage(c->pg));
    go_down(c);
    later(c, bf_clock_mono_us());
    return false;
}

/* A list of hosts, as libpq takes it: a folder of sockets begins with a slash, an abstract socket
 * with @. */
static bool names_a_machine(const char *list)
{
    for (const char *host = list; host; host = strchr(host, ',') ? strchr(host, ',') + 1 : NULL)
        if (*host && *host != ',' && *host != '/' && *host != '@')
            return true;
    return false;
}

bool bf_conn_over_network(const struct bf_conn *c)
{
    PQconninfoOption *options = c->pg ? PQconninfo(c->pg) : NULL;
    bool found = !options;
    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        if (strcmp(o->keyword, "host") == 0 || strcmp(o->keyword, "hostaddr") == 0)
            found = found || names_a_machine(o->val);
    PQconninfoFree(options);
    return found;
}

bool bf_conn_is_up(const struct bf_conn *c)
{
    return c->pg && PQstatus(c->pg) == CONNECTION_OK;
}

void bf_conn_keep(struct bf_conn *c)
{
    c->once = true;
}

PGconn *bf_conn_pg(struct bf_conn *c)
{
    return c->pg;
}

void bf_conn_watch(struct bf_conn *c, int fd)
{
    c->watch_fd = fd;
}

bool bf_conn_ready(struct bf_conn *c, struct bf_err *err)
{
    if (c->pg && PQstatus(c->pg) != CONNECTION_OK)
        go_down(c);
    if (!c->pg)
        return connect_now(c, err);
    switch (PQtransactionStatus(c->pg)) {
    case PQTRANS_IDLE:
        return true;
    case PQTRANS_INTRANS:
    case PQTRANS_INERROR:
        return bf_conn_run(c, "ROLLBACK", err);
    case PQTRANS_ACTIVE:
        bf_conn_cancel(c);
        return PQtransactionStatus(c->pg) == PQTRANS_IDLE || bf_conn_run(c, "ROLLBACK", err);
    case PQTRANS_UNKNOWN:
    default:
        go_down(c);
        return connect_now(c, err);
    }
}

void bf_conn_cancel(struct bf_conn *c)
{
    char why[256];
    PGcancel *cancel = PQgetCancel(c->pg);
    if (cancel && !PQcancel(cancel, why, sizeof why))
        bf_log(BF_LOG_WARNING, "database.cancel", "%s", why);
    PQfreeCancel(cancel);
    for (PGresult *res; (res = PQgetResult(c->pg)) != NULL;) {
        ExecStatusType status = PQresultStatus(res);
        PQclear(res);
        if (status == PGRES_COPY_IN)
            PQputCopyEnd(c->pg, "cancelled");
        else if (PQstatus(c->pg) != CONNECTION_OK)
            break;
    }
}

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

bool bf_conn_failed(struct bf_conn *c, const PGresult *res, struct bf_err *err)
{
    const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    const char *text = res ? PQresultErrorMessage(res) : PQerrorMessage(c->pg);
    if (!state && PQstatus(c->pg) != CONNECTION_OK)
        state = "08006";
    bf_sqlstate_error(err, state ? state : "XX000", text);
    return false;
}

bool bf_conn_run(struct bf_conn *c, const char *sql, struct bf_err *err)
{
    PGresult *res = PQexec(c->pg, sql);
    ExecStatusType status = PQresultStatus(res);
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!ok)
        bf_conn_failed(c, res, err);
    PQclear(res);
    return ok;
}

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
    bool alone = c->role == BF_ROLE_READER && PQtransactionStatus(c->pg) == PQTRANS_IDLE;
    if (set_plans(c, plans, err))
        return true;
    if (!alone || PQstatus(c->pg) == CONNECTION_OK)
        return false;
    /* The server went away before it was asked anything: see bf_conn_query. */
    bf_err_clear(err);
    go_down(c);
    return connect_now(c, err) && set_plans(c, plans, err);
}

/* ---- prepared statements, by their text ---- */

static struct statement *known_statement(struct bf_conn *c, struct bf_str sql, uint64_t hash)
{
    for (size_t i = 0; i < c->nstatements; i++)
        if (c->statements[i].hash == hash && bf_str_eq(c->statements[i].sql, sql))
            return &c->statements[i];
    return NULL;
}

/* A free place; when there is none, the least recently used statement leaves. */
static struct statement *free_statement(struct bf_conn *c)
{
    if (c->nstatements < STATEMENTS)
        return &c->statements[c->nstatements++];
    struct statement *oldest = &c->statements[0];
    for (size_t i = 1; i < STATEMENTS; i++)
        if (c->statements[i].used < oldest->used)
            oldest = &c->statements[i];
    char sql[64];
    snprintf(sql, sizeof sql, "DEALLOCATE s%u", oldest->number);
    PQclear(PQexec(c->pg, sql));
    free((void *)(uintptr_t)oldest->sql.p);
    return oldest;
}

static void name_of(const struct statement *s, char name[BF_STATEMENT_NAME])
{
    snprintf(name, BF_STATEMENT_NAME, "s%u", s->number);
}

/* The analysis of a statement may wait for a lock: watched like everything that waits. */
static bool prepare_named(struct bf_conn *c, const struct statement *s, struct bf_err *err)
{
    char name[BF_STATEMENT_NAME];
    name_of(s, name);
    PGresult *res = PQsendPrepare(c->pg, name, s->sql.p, 0, NULL) ? next_result(c, err) : NULL;
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;
    if (!ok && !bf_err_is_set(err))
        bf_conn_failed(c, res, err);
    PQclear(res);
    while ((res = PQgetResult(c->pg)) != NULL)
        PQclear(res);
    return ok;
}

static struct statement *prepare(struct bf_conn *c, struct bf_str sql, struct bf_err *err)
{
    uint64_t hash = bf_str_hash(sql);
    struct statement *s = known_statement(c, sql, hash);
    if (s) {
        s->used = ++c->stamp;
        return s;
    }
    struct statement fresh = {hash, ++c->stamp, {strndup(sql.p, sql.n), sql.n}, ++c->numbers};
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
    const struct statement *s = prepare(c, sql, err);
    if (s)
        name_of(s, name);
    return s != NULL;
}

static bool send_prepared(struct bf_conn *c, const struct statement *s,
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
    char name[16];
    name_of(s, name);
    if (!PQsendQueryPrepared(c->pg, name, (int)n, values, lengths, formats, 1))
        return bf_conn_failed(c, NULL, err);
    return true;
}

static PGresult *query_once(struct bf_conn *c, struct bf_str sql, const struct bf_value *params,
                            size_t n, struct bf_err *err)
{
    const struct statement *s = prepare(c, sql, err);
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
    bool alone = c->role == BF_ROLE_READER && PQtransactionStatus(c->pg) == PQTRANS_IDLE;
    PGresult *res = query_once(c, sql, params, n, err);
    if (res || !alone || PQstatus(c->pg) == CONNECTION_OK)
        return res;
    /* The server went away before a row was read: a read may be asked again, once. */
    bf_err_clear(err);
    go_down(c);
    return connect_now(c, err) ? query_once(c, sql, params, n, err) : NULL;
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
    const struct statement *s = prepare(c, sql, err);
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

struct bf_conn_memory *bf_conn_memory(struct bf_conn *c)
{
    return &c->memory;
}

void bf_result_release(void *result)
{
    PQclear(result);
}

struct bf_str bf_sql_name(struct bf_arena *a, struct bf_str name)
{
    char *p = bf_arena_alloc(a, 2 * name.n + 3);
    if (!p)
        return (struct bf_str){NULL, 0};
    size_t n = 0;
    p[n++] = '"';
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"')
            p[n++] = '"';
        p[n++] = name.p[i];
    }
    p[n++] = '"';
    p[n] = '\0';
    return (struct bf_str){p, n};
}

/* ---- notifications ---- */

int bf_conn_socket(struct bf_conn *c)
{
    PGconn *pg = bf_conn_pg(c);
    return pg ? PQsocket(pg) : -1;
}

bool bf_conn_heard(struct bf_conn *c, char *word, size_t room)
{
    PGconn *pg = bf_conn_pg(c);
    PGnotify *n = pg && PQconsumeInput(pg) ? PQnotifies(pg) : NULL;
    if (!n)
        return false;
    size_t length = strcspn(n->extra, " ");
    length = length < room ? length : room - 1;
    memcpy(word, n->extra, length);
    word[length] = '\0';
    PQfreemem(n);
    return true;
}
