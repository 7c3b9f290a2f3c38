/*
 * query/expr: values: fields, literals, arithmetic, functions and aggregates, with their types.
 *
 * Purpose    turns an expression in place into COLUMN, VALUE, APPLY and AGGREGATE nodes whose type
 *            bf_node_type() tells.
 * Types      whole numbers stay whole under + - *; `/` gives a double, also of two whole numbers.
 *            What cannot be said in 64 bits, or not as a finite double, and a division by zero are
 *            null: the functions catalog.plus, minus, times and divide see to it.
 * Names      fields; in order_by (and behind a group_by in select) first the names of the answer.
 * Aggregates in select and order_by only; the node keeps the index of q->aggregates.
 */
#ifndef BF_QUERY_EXPR_H
#define BF_QUERY_EXPR_H

#include "query/ast.h"

bool bf_expr_check(struct bf_query *q, struct bf_clause *c, struct bf_node *n);

/* A date as the instant at which it begins in the zone of the request. NULL: no memory. */
struct bf_node *bf_expr_midnight(struct bf_clause *c, struct bf_node *date);

/* Makes n an application of `sql` (query/function.h) to the list of its arguments that begins with
 * n->left. */
bool bf_expr_apply(struct bf_node *n, enum bf_type type, const char *sql);
/* A new one with up to three arguments, NULL behind the last. NULL: an error is set. */
struct bf_node *bf_expr_new(struct bf_clause *c, enum bf_type type, const char *sql,
                            struct bf_node *a, struct bf_node *b, struct bf_node *d);

/* Puts the checked APPLY n among q->aggregates and makes it an AGGREGATE. */
bool bf_expr_aggregate(struct bf_query *q, struct bf_clause *c, struct bf_node *n);

/* Whether two checked nodes mean the same. */
bool bf_expr_same(const struct bf_node *a, const struct bf_node *b);

#endif
