/*
 * query/sql: a checked query as the pieces of one SELECT.
 *
 * Purpose    names come from the schema, values become parameters with the cast that binds them in
 *            binary; `$n` counts from 1.
 * Groups     an inner query `g` groups and aggregates, the outer one computes, orders and cuts, so
 *            that no expression with parameters has to be the same one twice. Aggregates without
 *            group_by: every row of the page beside the one row of `g` (contract 4.6).
 * Null       `not` is IS NOT TRUE, which makes SQL's third value false before it turns it round.
 * Boxes      `&&` of PostGIS compares boxes of single precision (about 0.4 m at Lille): it finds
 *            candidates by the index, and an exact condition follows.
 */
#ifndef BF_QUERY_SQL_H
#define BF_QUERY_SQL_H

#include "query/ast.h"

bool bf_sql_make(const struct bf_query *q, struct bf_sql *out, struct bf_err *err);

/* One row: the least and the greatest value of the only key. */
bool bf_sql_ends(const struct bf_query *q, struct bf_sql *out, struct bf_err *err);

#endif
