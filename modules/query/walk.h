/*
 * query/walk: the records of a query page by page, all of one commit, at the cost of one page each.
 *
 * Purpose    a page that is asked for by its number costs as much as all pages before it, and moves
 *            when records come and go. A walk keeps its place instead: the number of the last
 *            record. What comes after that record in the order of the query, at the same commit,
 *            is the next page; its own statement looks up the values that it is ordered by.
 * Order      that of the query, completed by the record's number; full text does not rank.
 * Use        after bf_query_check and before bf_query_sql.
 * Limits     records, not groups; no aggregates; no now(): the next page would answer another
 *            question. The commit must still be told by the store (bf_read.horizon).
 */
#ifndef BF_QUERY_WALK_H
#define BF_QUERY_WALK_H

#include "query/query.h"

/* Nulls come last, and an index finds them apart: the records that have a first key are one read,
 * those whose first key is null, behind them, another one. Without an order there are no nulls. */
struct bf_walk_place {
    int64_t number; /* of the record: schema.order */
    bool nulls;     /* those of the records behind it that have no first key */
};

/* false: see Limits. */
bool bf_walk_possible(const struct bf_query *q);

/* Rows are not ranked, and carry their number behind everything else. */
void bf_walk_begin(struct bf_query *q);

/* Only what was so at that commit, 0: what is so now; only what comes after that place. */
void bf_walk_as_of(struct bf_query *q, int64_t commit);
void bf_walk_after(struct bf_query *q, const struct bf_walk_place *place);
void bf_walk_limit(struct bf_query *q, int64_t limit);

/* Whether there are records without a first key to be read, too. */
bool bf_walk_has_nulls(const struct bf_query *q);

/* One row when the record of that number was there at the commit; behind no other one there is
 * nothing. */
bool bf_walk_place_sql(const struct bf_query *q, int64_t number, struct bf_sql *out,
                       struct bf_err *err);

#endif
