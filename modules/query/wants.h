/*
 * query/wants: what the conditions of a query leave possible of one field.
 *
 * Purpose    who makes rows for a query (query/given) may leave out those that cannot match. A row
 *            within is not yet one that matches: every condition is looked at again in SQL.
 * Rule       only conditions that all must hold count, and of these a field beside values of its
 *            own type; what is not understood leaves everything possible. The refines of a query
 *            with facets do not count: a disjunctive facet counts values beyond them.
 * Use        after bf_query_check.
 */
#ifndef BF_QUERY_WANTS_H
#define BF_QUERY_WANTS_H

#include "query/place.h"
#include "query/query.h"

struct bf_wants {
    bool listed; /* one of these values */
    const struct bf_value *values;
    size_t n;
    bool from, to; /* int, date, datetime: not below, not above */
    int64_t least, most;
    bool boxed; /* a point within */
    struct bf_box box;
};

/* false: no memory. */
bool bf_query_wants(const struct bf_query *q, const struct bf_column *column, struct bf_wants *out);

/* So many of the records, in their own order, are all that a query needs that counts nothing beside
 * its rows; -1: all. */
int64_t bf_query_suffices(const struct bf_query *q);

/* The 20 bytes of the id of the only record that is asked for; NULL: it is not one. */
const char *bf_query_record(const struct bf_query *q);

/* The instant of the query: what now() is, and that from then on. */
int64_t bf_query_instant(struct bf_query *q);

#endif
