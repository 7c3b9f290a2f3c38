/*
 * query/walk: the records of a query page by page, all of one commit, at the cost of one page each.
 *
 * Purpose    a page that is asked for by its number costs as much as all pages before it, and moves
 *            when records come and go. A walk keeps its place instead: the number of the last
 *            record and the values by which the query orders it. What comes after that place at the
 *            same commit is the next page.
 * Order      that of the query, completed by the record's number; full text does not rank.
 * Use        after bf_query_check and before bf_query_sql.
 * Limits     records, not groups; no aggregates; no now(): the next page would answer another
 *            question. The commit must still be told by the store (bf_read.horizon).
 */
#ifndef BF_QUERY_WALK_H
#define BF_QUERY_WALK_H

#include "query/query.h"

struct bf_walk_place {
    int64_t number;              /* of the record: schema.order */
    const struct bf_value *keys; /* its values of the query's order, bf_walk_keys of them */
    bool at_nulls;               /* before the first record whose first key is null */
};

/* false: see Limits. */
bool bf_walk_possible(const struct bf_query *q);

/* Rows are not ranked, and carry their number behind everything else. */
void bf_walk_begin(struct bf_query *q);

/* Only what was so at that commit; only what comes after that place (NULL: from the beginning). */
void bf_walk_as_of(struct bf_query *q, int64_t commit);
void bf_walk_after(struct bf_query *q, const struct bf_walk_place *place);
/* Whether the records whose first key is null come behind all that are found after that place: an
 * index finds them apart, so they are another read (at_nulls). */
bool bf_walk_nulls_follow(const struct bf_query *q);
void bf_walk_limit(struct bf_query *q, int64_t limit);

/* How many values the query orders by, and one row with them: those of the record of that number,
 * as of the commit. The types are those of bf_walk_key. */
size_t bf_walk_keys(const struct bf_query *q);
enum bf_type bf_walk_key(const struct bf_query *q, size_t i);
bool bf_walk_keys_sql(const struct bf_query *q, int64_t number, struct bf_sql *out,
                      struct bf_err *err);

#endif
