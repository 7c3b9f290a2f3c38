/*
 * query/walk_sql: what a walk adds to the SQL of its query; for query/sql alone.
 */
#ifndef BF_QUERY_WALK_SQL_H
#define BF_QUERY_WALK_SQL_H

#include "query/sql_node.h"

/* With q->as_of: the condition that a row of schema.history was current at that commit. */
void bf_walk_during(struct bf_sql_writer *w);
/* With q->place: the condition that a record comes after it, and is one of those that are read. The
 * bound on the first key is one that an index knows. */
void bf_walk_where(struct bf_sql_writer *w);
/* With q->place and an order: what bf_walk_where compares with, before SELECT. */
void bf_walk_with(struct bf_sql_writer *w);

#endif
