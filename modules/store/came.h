/*
 * store/came: the last records of a dataset as they came, before its script repaired them.
 *
 * Purpose    a new script is tried on them before it is believed (worker/canary). Only of datasets
 *            that have a script for what comes, and at most BF_CAME_KEPT records of each.
 * Care       records here may hold more than is ever published: what the script takes away is still
 *            in them. So they lie in a table that only the writer and the owner can read, of which
 *            nothing reaches a write-ahead log, a replica or an archive (it is UNLOGGED, and empty
 *            after a crash of PostgreSQL). They go with their dataset, within
 *            an hour after its script (until then one that comes instead can be tried), and with
 *            the next batch after the setting canary_records has become 0.
 * Form       lines, newest first, each with its end (api/push/came); none may hold another line's
 *            end.
 * Roles      writer.
 */
#ifndef BF_STORE_CAME_H
#define BF_STORE_CAME_H

#include "store/conn.h"

enum { BF_CAME_KEPT = 20 };

/* lines come before those that are kept; none: what is kept goes. */
bool bf_came_keep(struct bf_conn *c, struct bf_str dataset, struct bf_str lines,
                  struct bf_err *err);

/* Into the arena; none: nothing is kept. */
bool bf_came_read(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                  struct bf_str *lines, struct bf_err *err);

/* Of datasets that have no script any more: nothing is kept. */
bool bf_came_prune(struct bf_conn *c, struct bf_err *err);

#endif
