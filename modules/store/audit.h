/*
 * store/audit: who did what to which key, when and from where (catalog.audit).
 *
 * Purpose    one line per change, written in the transaction of the change: neither is there
 *            without the other. Nothing is ever changed or deleted here.
 * Roles      owner.
 * Errors     the store's.
 */
#ifndef BF_STORE_AUDIT_H
#define BF_STORE_AUDIT_H

#include "core/buf.h"
#include "store/conn.h"

struct bf_audit_line {
    int64_t number, at;   /* at: microseconds since 1970; both are the database's to give */
    struct bf_str who;    /* sub of the admin's key, or the account that ran the command */
    struct bf_str origin; /* an address, or the machine that the command ran on */
    struct bf_str what;   /* "key.issue" */
    struct bf_str about;  /* jti, kid or partner */
    struct bf_str detail; /* a JSON object; empty: {} */
};

bool bf_audit_add(struct bf_conn *c, const struct bf_audit_line *line, struct bf_err *err);

/* Newest first, numbers below `before` (0: from the newest), of one key or partner (empty: all).
 * Texts live until take returns. */
bool bf_audit_list(struct bf_conn *c, struct bf_str about, int64_t before, int64_t most,
                   void (*take)(void *self, const struct bf_audit_line *line), void *self,
                   struct bf_err *err);

/* A line as a JSON object. */
void bf_audit_print(struct bf_buf *out, const struct bf_audit_line *line);

#endif
