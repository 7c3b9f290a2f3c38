/*
 * cli/connect: a command's way to the database.
 *
 * Errors     no memory, or what store/conn says when the database cannot be reached as that role.
 * Ownership  *conn is the caller's to free (bf_conn_free), also when this failed.
 */
#ifndef BF_CLI_CONNECT_H
#define BF_CLI_CONNECT_H

#include "store/conn.h"

bool bf_connect_as(enum bf_role role, const struct bf_conf *conf, struct bf_conn **conn,
                   struct bf_err *err);

#endif
