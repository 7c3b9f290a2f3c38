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
 * Full       of all records, a page is nearly always filled by the first part of the order, within
 *            a degree of the place; even a part that is not run takes its time to begin. So first
 *            that part is asked for alone (bf_query_expect_full).
 * Window     a statement that is planned once for all values (bf_query_steady) is planned for a
 *            tenth of the records, as nobody knows how many will be wanted. So a number that is not
 *            smaller stands in its text, a step of a short list: LIMIT 100 for 11 records from 60
 *            on; the window itself stays a parameter.
 * Order      UNION ALL under LIMIT gives its first part, then its second: neither can be run by
 *            several workers, because each has a LIMIT of its own.
 */
#ifndef BF_QUERY_FIRST_H
#define BF_QUERY_FIRST_H

#include "query/sql_node.h"

/* Whether records of a dataset of many are asked for, some at a time. */
bool bf_first_page(const struct bf_query *q);
/* Of such a page: a number of the list that is not smaller than the end of its window. */
int64_t bf_first_step(const struct bf_query *q);

/* Whether the order of the query is one of these. */
bool bf_first_is(const struct bf_query *q);

/* Whether that part is asked for alone. */
bool bf_first_full(const struct bf_query *q);

/* `(…) AS t`: the records up to the end of the window, in their order. What follows FROM and WHERE
 * stands in the writer from `from` to `where`. */
void bf_first_rows(struct bf_sql_writer *w, size_t from, size_t where);

/* Whether the rows of this part, or of a query that is told, are the window already. */
bool bf_first_cut(const struct bf_query *q);

/* Whether the records of any other order have to be told how many of them may be wanted; by this
 * LIMIT behind the order. */
bool bf_first_told(const struct bf_query *q);
void bf_first_limit(struct bf_sql_writer *w);

#endif
