/*
 * store/applying: what the steps of one `apply` share.
 *
 * Ownership  lives on the stack of bf_catalog_apply; texts lie in the report's arena.
 * Errors     a step that gives false has set err; a refusal is in the report alone.
 */
#ifndef BF_STORE_APPLYING_H
#define BF_STORE_APPLYING_H

#include "store/catalog.h"

struct bf_applying {
    struct bf_conn *conn;
    const struct bf_conf *conf;
    const struct bf_apply *what;
    struct bf_report *report;
    struct bf_buf *done;
    struct bf_err *err;
    struct bf_arena *arena;
    struct bf_str id, json, handler, hook; /* NUL-terminated copies; the last two may be empty */
    struct bf_buf sql;
};

/* Runs what stands in a->sql and empties it. */
bool bf_applying_run(struct bf_applying *a);

/* Whether a list of names, as PostgreSQL gave it, has this one. */
bool bf_applying_has(const PGresult *names, struct bf_str name);

#endif
