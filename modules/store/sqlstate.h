/*
 * store/sqlstate: what PostgreSQL's error classes mean to a request. One table; nothing PostgreSQL
 * says reaches a client unread: its text goes to err->detail alone.
 *
 * Source     PostgreSQL 15, appendix A.
 */
#ifndef BF_STORE_SQLSTATE_H
#define BF_STORE_SQLSTATE_H

#include "core/err.h"

/* state: five characters. Always sets err (the first error wins). */
void bf_sqlstate_error(struct bf_err *err, const char *state, const char *text);

#endif
