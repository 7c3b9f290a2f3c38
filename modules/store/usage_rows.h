/*
 * store/usage_rows: telling PostgreSQL what this node has counted (usage/usage, catalog.usage).
 *
 * Purpose    cells that have changed since they were last told are told whole; a teller that dies
 *            between its commit and knowing of it tells them again, and nothing is counted twice.
 *            Numbers in the table never go down: a late statement of a dead teller does no harm.
 * Ownership  bf_usage_teller_new to bf_usage_teller_free; one teller per node at a time.
 * Errors     the store's; what was not told stays to be told.
 */
#ifndef BF_STORE_USAGE_ROWS_H
#define BF_STORE_USAGE_ROWS_H

#include "store/conn.h"
#include "usage/usage.h"

struct bf_usage_teller;

struct bf_usage_teller *bf_usage_teller_new(struct bf_usage *usage);
void bf_usage_teller_free(struct bf_usage_teller *t);

/* Tells what has changed. Days before yesterday are forgotten by the node when all was told. */
bool bf_usage_tell(struct bf_usage_teller *t, struct bf_conn *c, struct bf_err *err);
/* The same, and that this node has told everything until now. */
bool bf_usage_tell_all(struct bf_usage_teller *t, struct bf_conn *c, struct bf_err *err);

#endif
