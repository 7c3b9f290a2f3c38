/*
 * store/conn: one connection to PostgreSQL per process, and its life.
 *
 * Purpose    connect as one of the roles, prepared statements by their text, reconnect with
 *            back-off, one place where SQLSTATE becomes one of our errors.
 * States     DOWN -> UP by bf_conn_ready; UP -> DOWN when the server goes away. While DOWN,
 *            attempts are spaced 20 ms to 2 s (jittered) and bf_conn_ready fails at once in
 *            between, so that requests never queue behind a dead database.
 * Ownership  bf_conn_new to bf_conn_free; results are freed by the caller (bf_defer with
 *            bf_result_release).
 * Errors     UNAVAILABLE (with retry_after), TIMEOUT, STORAGE, INTERNAL. Nothing PostgreSQL says
 *            reaches a client; it goes to err->detail.
 */
#ifndef BF_STORE_CONN_H
#define BF_STORE_CONN_H

#include "core/arena.h"
#include "core/conf.h"
#include "value/type.h"

#include <libpq-fe.h>

enum bf_role { BF_ROLE_OWNER, BF_ROLE_WRITER, BF_ROLE_READER, BF_ROLE_ACCOUNTANT };

struct bf_conn;

struct bf_conn *bf_conn_new(const struct bf_conf *conf, enum bf_role role);
void bf_conn_free(struct bf_conn *c);

/* Connected and idle, or an error at once. Also resets a connection that an earlier request left in
 * a transaction. */
bool bf_conn_ready(struct bf_conn *c, struct bf_err *err);
bool bf_conn_is_up(const struct bf_conn *c);
/* Whether its database is, or one of those it may go to is, reached by more than a local socket. */
bool bf_conn_over_network(const struct bf_conn *c);
/* A connection that goes down from here on stays DOWN: who has given up the account that the
 * database knows must not knock again. */
void bf_conn_keep(struct bf_conn *c);
PGconn *bf_conn_pg(struct bf_conn *c); /* inside store/ only; may be NULL while DOWN */

/* For who listens: its socket (-1 while DOWN), and the first word of each notification that came,
 * one after the other; false: no more. */
int bf_conn_socket(struct bf_conn *c);
bool bf_conn_heard(struct bf_conn *c, char *word, size_t room);

/* Runs one statement without result rows worth keeping (BEGIN, DDL, SET). */
bool bf_conn_run(struct bf_conn *c, const char *sql, struct bf_err *err);

/* How statements with parameters are planned from here on: GENERIC once for all values, right where
 * planning costs more than running (small tables); AUTO as PostgreSQL judges by the values; CUSTOM
 * each time anew. Sent only when it changes, and not to be called inside a transaction. A reader
 * starts with GENERIC, the other roles with AUTO. */
enum bf_plans { BF_PLANS_GENERIC, BF_PLANS_AUTO, BF_PLANS_CUSTOM };
bool bf_conn_plans(struct bf_conn *c, enum bf_plans plans, struct bf_err *err);

/* One prepared statement by its text, parameters in binary; up to 256 are kept, the least recently
 * used is dropped. The result is binary too. NULL: err is set. */
PGresult *bf_conn_query(struct bf_conn *c, struct bf_str sql, const struct bf_value *params,
                        size_t n, struct bf_err *err);

/* The same, of a statement whose rows are of no interest. */
bool bf_conn_change(struct bf_conn *c, struct bf_str sql, const struct bf_value *params, size_t n,
                    struct bf_err *err);

/* The name of the prepared statement of this text, for files of store/ that send it themselves
 * (arrays, pipelines). */
enum { BF_STATEMENT_NAME = 16 };
bool bf_conn_prepare(struct bf_conn *c, struct bf_str sql, char name[BF_STATEMENT_NAME],
                     struct bf_err *err);

/* bf_conn_query in single-row mode: bf_conn_next gives one row after the other, NULL at the end or
 * on error (err is set then). */
bool bf_conn_stream(struct bf_conn *c, struct bf_str sql, const struct bf_value *params, size_t n,
                    struct bf_err *err);
PGresult *bf_conn_next(struct bf_conn *c, struct bf_err *err);

/* The client's connection (or -1): while a statement runs and the client goes away, the statement
 * is cancelled and the error is ABORTED. */
void bf_conn_watch(struct bf_conn *c, int fd);

/* Text parameters and text results, unprepared: for the command line and migrations. */
PGresult *bf_conn_text(struct bf_conn *c, const char *sql, const char *const *params, int n,
                       struct bf_err *err);

/* Sets err from a failed result (or from the connection, when res is NULL). Always false. */
bool bf_conn_failed(struct bf_conn *c, const PGresult *res, struct bf_err *err);

/* Asks the server to stop what it does and reads to the end, so that the connection can be used
 * again. */
void bf_conn_cancel(struct bf_conn *c);

/* A place for what store/commit remembers of the rows that it wrote through this connection; it is
 * emptied by `release` when the connection goes down. */
struct bf_conn_memory {
    void *what;
    void (*release)(void *what);
};
struct bf_conn_memory *bf_conn_memory(struct bf_conn *c);

void bf_result_release(void *result); /* PQclear, for bf_defer */

/* name as an SQL identifier with its quotes: for names that passed the catalogue's check. */
struct bf_str bf_sql_name(struct bf_arena *a, struct bf_str name);

#endif
