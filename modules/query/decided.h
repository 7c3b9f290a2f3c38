/*
 * query/decided: the first records of a condition whose number decides how they are found; for
 * query/sql alone.
 *
 * Purpose    `commune="X"` has twelve records or a third of them all. Few are found by the field's
 *            index and sorted; many are met soon in the order of the records. PostgreSQL guesses
 *            which from its statistics, anew for each page, because a plan for all values would be
 *            the worst for some. The page counts its records anyway: so one statement, planned
 *            once, counts them, and then goes the one way or the other by a condition on the number
 *            alone, which opens or closes a way before it begins.
 * For        pages of a dataset of many records (bf_query_expect_many), without an order of their
 *            own, whose conditions are one value of one field with an index, or one interval of
 *            two ends: their records lie side by side in the index, which is all that counting
 *            reads.
 * Plan       an interval of two ends is planned for one record of two hundred, whatever the ends
 *            are; to one value an interval from it to itself is added, since a field of few values
 *            would be planned for many records. IS TRUE hides the condition from the index
 *            where the records are to come in their order.
 */
#ifndef BF_QUERY_DECIDED_H
#define BF_QUERY_DECIDED_H

#include "query/sql_node.h"

/* Whether the records of the query are found so. */
bool bf_decided_is(const struct bf_query *q);

/* What follows FROM and WHERE stands in the writer from `from` to `where`. */

/* `WITH n AS (…) `, or nothing when their number is known (bf_query_expect_number). */
void bf_decided_with(struct bf_sql_writer *w, size_t from, size_t where);
/* The number of all, of `with`; or nothing. */
void bf_decided_total(struct bf_sql_writer *w);
/* `(…) AS t`: the records up to the end of the window, in their order. */
void bf_decided_rows(struct bf_sql_writer *w, size_t from, size_t where);

#endif
