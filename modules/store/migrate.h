/*
 * store/migrate: sql/NNNN_name.sql, forward only, one transaction each, in order, once (catalog-independent table
 * public.beffroi_migration keeps name and SHA-256). A file that changed after it was applied, a gap or a file older than the newest applied
 * one is an error that names it. @owner@, @writer@, @reader@ stand for the role names, quoted. Runs as owner under a lock, so that two at once
 * are safe.
 */
#ifndef BF_STORE_MIGRATE_H
#define BF_STORE_MIGRATE_H

#include "core/buf.h"
#include "store/conn.h"

/* done: one line per file applied. */
bool bf_migrate(struct bf_conn *c, const struct bf_conf *conf, struct bf_buf *done, struct bf_err *err);

#endif
