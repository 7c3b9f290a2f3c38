/*
 * store/conn_inside: what a connection holds; for the files of store/conn alone.
 *
 * Parts      conn            its life: connected, kept, lost, cancelled; what it hears
 *            conn_statement  what is asked through it: statements prepared by their text, and how
 *                            they are planned
 * Promise    what the server knows of a connection (statements, plans, memory) is forgotten with
 *            it: bf_conn_go_down is the only way down.
 */
#ifndef BF_STORE_CONN_INSIDE_H
#define BF_STORE_CONN_INSIDE_H

#include "core/buf.h"
#include "store/conn.h"

enum { BF_STATEMENTS = 256 };

struct bf_statement {
    uint64_t hash;
    uint64_t used; /* stamp of the last use */
    struct bf_str sql;
    char name[BF_STATEMENT_NAME];
};

struct bf_conn {
    PGconn *pg; /* NULL: DOWN */
    enum bf_role role;
    struct bf_buf conninfo;
    struct bf_buf scratch; /* parameters of one statement */
    struct bf_statement statements[BF_STATEMENTS];
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

/* UP or an error, at once while attempts are spaced. */
bool bf_conn_connect(struct bf_conn *c, struct bf_err *err);
void bf_conn_go_down(struct bf_conn *c);

void bf_conn_forget_statements(struct bf_conn *c);

#endif
