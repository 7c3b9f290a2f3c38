/*
 * query/call: calls of scalar functions and aggregates as values.
 *
 * Purpose    the place, the number and the types of the arguments, by the table of query/function.h
 *            or, for functions with rules of their own, by a function here that the table names.
 * Errors     ODSQL: what the function is written like, which argument is not what it needs; the
 *            contract's StatAggregation text.
 */
#ifndef BF_QUERY_CALL_H
#define BF_QUERY_CALL_H

#include "query/function.h"

bool bf_call_check(struct bf_query *q, struct bf_clause *c, struct bf_node *call);

/* The call is not written as its `usage` says; sets the error, always false. */
bool bf_call_usage(struct bf_clause *c, const struct bf_node *call);
/* Checks one argument as a value of a kind. */
bool bf_call_argument(struct bf_query *q, struct bf_clause *c, const struct bf_node *call,
                      struct bf_node *arg, enum bf_argument wanted);
/* A literal whole number of an argument between two bounds. */
bool bf_call_integer(struct bf_clause *c, const struct bf_node *call, const struct bf_node *arg,
                     int64_t least, int64_t most, int64_t *out);

bf_function_check bf_call_ifnull;
bf_function_check bf_call_random;
bf_function_check bf_call_json;

/* Aggregates. */
bf_function_check bf_call_count;
bf_function_check bf_call_statistic;  /* avg, sum, min, max, median */
bf_function_check bf_call_percentile; /* percentile */
bf_function_check bf_call_hull;       /* envelope, bbox */

#endif
