/*
 * store/prove: what PostgreSQL thinks of the computed fields of a manifest.
 *
 * Purpose    each expression must be one expression over the stored fields of its own row, of the
 *            field's type, and must depend on nothing else: an answer is identified by its commit.
 *            Indexed ones (facet, sortable, main geometry) must be immutable.
 * How        a temporary view over the fields alone is made and dropped again; its parsed form
 *            names every function that would be called (pg_rewrite.ev_action).
 * Errors     refusals go to the report in plain words; err is for the connection.
 */
#ifndef BF_STORE_PROVE_H
#define BF_STORE_PROVE_H

#include "store/applying.h"

/* After the tables are there, inside the transaction. */
bool bf_prove_computed(struct bf_applying *a);

#endif
