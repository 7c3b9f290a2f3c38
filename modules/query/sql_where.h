/*
 * query/sql_where: which records a query finds, as SQL; for query/sql alone.
 *
 * Purpose    one ` WHERE ` of everything that narrows a query: its conditions, the commit it is
 *            asked as of, the place a walk has come to, the one record that is named.
 * Plans      a statement is planned before its values are known: where few records are expected
 *            (bf_query_expect_few), a cheap condition is written so that no index offers itself.
 */
#ifndef BF_QUERY_SQL_WHERE_H
#define BF_QUERY_SQL_WHERE_H

#include "query/sql_node.h"

/* Nothing, when every record is found. */
void bf_sql_where(struct bf_sql_writer *w);

#endif
