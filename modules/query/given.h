/*
 * query/given: a query over rows that come with it instead of lying in a table.
 *
 * Purpose    the statement reads another relation than its schema names: SQL over the first
 *            parameters of every statement of this query, which hold the rows. Everything else
 *            stays as it is.
 * Values     bound as BF_TEXT, the bytes of PostgreSQL's binary form of an array, which is no
 *            UTF-8.
 * Use        after bf_query_check, before the first SQL of the query. Without it the query reads
 *            the schema's relation, which is empty then.
 */
#ifndef BF_QUERY_GIVEN_H
#define BF_QUERY_GIVEN_H

#include "query/query.h"

struct bf_given {
    struct bf_str relation; /* SQL in brackets that names every one of $1 to $n, with the columns
                               that the schema knows */
    const struct bf_value *values;
    size_t n;
};

/* Everything that `given` points to lives as long as the query. */
bool bf_query_give(struct bf_query *q, const struct bf_given *given, struct bf_err *err);

/* For who writes SQL: a list of parameters begins with the given values. false: no memory. */
bool bf_given_params(const struct bf_query *q, struct bf_value **params, size_t *n, size_t *room);

#endif
