/*
 * query/walk_sql: what a walk adds to the SQL of its query; for query/sql alone.
 */
#ifndef BF_QUERY_WALK_SQL_H
#define BF_QUERY_WALK_SQL_H

#include "query/sql_node.h"

/* With q->as_of: the condition that a row of schema.history was current at that commit. */
void bf_walk_during(struct bf_sql_writer *w);
/* With q->place: the condition that a record comes after it. Of a query with an order it leaves
 * out the records whose first key is null, when they come later: so the bound is one that an index
 * knows. */
void bf_walk_where(struct bf_sql_writer *w);
#endif
