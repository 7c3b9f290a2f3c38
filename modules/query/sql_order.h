/*
 * query/sql_order: the order of the rows of a query, as SQL; for query/sql alone.
 *
 * Purpose    ` ORDER BY ` of what was asked for, completed by the number of the record, so that no
 *            two rows stand at one place. The keys of groups complete theirs (query/order).
 * Full text  what every row was found by comes first: rows that hold the words as they were typed,
 *            then those where they weigh most.
 * Null       keys of groups: first ascending, last descending; everything else last both ways.
 */
#ifndef BF_QUERY_SQL_ORDER_H
#define BF_QUERY_SQL_ORDER_H

#include "query/sql_node.h"

void bf_sql_order(struct bf_sql_writer *w);

#endif
