/*
 * store/migrate: sql/NNNN_name.sql, forward only, one transaction each, in order, once.
 *
 * Purpose    the table public.beffroi_migration keeps number, name and SHA-256 of what was applied.
 *            @owner@, @writer@, @reader@ and @accountant@ stand for the role names, quoted.
 * Errors     a file that changed after it was applied, one that is gone, a gap in the numbers, or
 *            one that PostgreSQL refuses; the message names the file. Files before it stay applied.
 * Roles      owner. Runs under a lock, so that two at once are safe.
 */
#ifndef BF_STORE_MIGRATE_H
#define BF_STORE_MIGRATE_H

#include "core/buf.h"
#include "store/conn.h"

/* done: one line per file applied. */
bool bf_migrate(struct bf_conn *c, const struct bf_conf *conf, struct bf_buf *done,
                struct bf_err *err);

#endif
