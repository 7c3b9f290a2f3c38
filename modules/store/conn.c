#include "store/conn.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/self.h"
#include "store/conn_inside.h"
#include "store/sqlstate.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_PAUSE_US = 20 * 1000, LONGEST_PAUSE_US = 1000 * 1000 };

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

void bf_conn_go_down(struct bf_conn *c)
{
    if (c->memory.release)
        c->memory.release(c->memory.what);
    c->memory = (struct bf_conn_memory){0};
    PQfinish(c->pg);
    c->pg = NULL;
    c->plans = first_plans(c->role);
    bf_conn_forget_statements(c);
}

void bf_conn_free(struct bf_conn *c)
{
    if (!c)
        return;
    bf_conn_go_down(c);
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

bool bf_conn_connect(struct bf_conn *c, struct bf_err *err)
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
    bf_conn_go_down(c);
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
        bf_conn_go_down(c);
    if (!c->pg)
        return bf_conn_connect(c, err);
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
        bf_conn_go_down(c);
        return bf_conn_connect(c, err);
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
