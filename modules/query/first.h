/*
 * query/first: the first records of an order that no index has; for query/sql alone.
 *
 * Purpose    `-field` puts nulls last, a btree read backwards has them first, and an index of
 *            places knows degrees, not metres. So PostgreSQL would sort every record that matches
 *            to show ten. Of a dataset of many records (bf_query_expect_many) these are found by
 *            the index instead:
 *              -field     those that have a value, read backwards; only when they are too few,
 *                         those that have none
 *              distance   the farthest of as many neighbours as are wanted bounds the place in
 *                         which the nearest are (catalog.around)
 * Order      UNION ALL under LIMIT gives its first part, then its second: neither can be run by
 *            several workers, because each has a LIMIT of its own.
 */
#ifndef BF_QUERY_FIRST_H
#define BF_QUERY_FIRST_H

#include "query/sql_node.h"

/* Whether the order of the query is one of these. */
bool bf_first_is(const struct bf_query *q);

/* `(…) AS t`: the records up to the end of the window, in their order. What follows FROM and WHERE
 * stands in the writer from `from` to `where`. */
void bf_first_rows(struct bf_sql_writer *w, size_t from, size_t where);

#endif
