/*
 * query/print: the normal form of a checked query.
 *
 * Purpose    one text for queries that differ in blanks, case of words, quotes, names that are
 *            aliases of a field, or in how a literal is written; two queries with other answers
 *            never print the same. Part of every ETag.
 */
#ifndef BF_QUERY_PRINT_H
#define BF_QUERY_PRINT_H

#include "query/ast.h"

void bf_print_node(const struct bf_node *n, struct bf_buf *out);
void bf_print_query(const struct bf_query *q, struct bf_buf *out);
void bf_print_conditions(const struct bf_query *q, struct bf_buf *out);
void bf_print_counts(const struct bf_query *q, struct bf_buf *out);

#endif
