/*
 * catalog/searched: the text of a dataset that full text looks into.
 *
 * Purpose    one way to write it, for the index, the queries and the triggers that learn words:
 *            PostgreSQL uses the index of an expression only for the very same expression. It holds
 *            the stored text fields (BF_COLUMN_SEARCHED), in their order.
 * Ownership  the SQL lies in the arena.
 */
#ifndef BF_CATALOG_SEARCHED_H
#define BF_CATALOG_SEARCHED_H

#include "catalog/manifest.h"

bool bf_searched_is(const struct bf_manifest_field *f);

/* SQL of the text, the columns behind `prefix` ("t." or ""); empty: there is none. */
struct bf_str bf_searched_text(struct bf_arena *a, const struct bf_manifest *m, const char *prefix);

/* SQL of its words, type tsvector; empty: there is no text. */
struct bf_str bf_searched_words(struct bf_arena *a, const struct bf_manifest *m,
                                const char *prefix);

#endif
