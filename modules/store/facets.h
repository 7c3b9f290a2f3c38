/*
 * store/facets: the facets of a query, counted.
 *
 * Purpose    runs the one statement of query/facet.h and gives a tree for each facet, with the
 *            commit that all counts belong to; every protocol shows them in its own words.
 * Ownership  everything lies in the arena.
 * Errors     the store's; ODSQL when a hierarchy has more than BF_MOST_FACET values.
 *
 * A dataset of {NULL, 0} is the catalogue, as in store/read.h.
 */
#ifndef BF_STORE_FACETS_H
#define BF_STORE_FACETS_H

#include "store/facet_tree.h"
#include "store/read.h"

struct bf_facets {
    struct bf_read *read; /* commit and state; its rows are used up */
    struct bf_facet_tree *trees;
    size_t n;
};

/* kept: the rows as bytes, for bf_facets_known; NULL: not wanted. When it fails they are of no use,
 * and the facets are as good. */
bool bf_facets_read(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                    const struct bf_query *q, struct bf_buf *kept, struct bf_facets *out,
                    struct bf_err *err);

/* The same from bytes that were kept for the same counts (bf_query_print_counts), without `read`.
 * false without an error: they are not such bytes. */
bool bf_facets_known(struct bf_arena *a, const struct bf_query *q, struct bf_str kept,
                     struct bf_facets *out, struct bf_err *err);

#endif
