/*
 * query/check: the conditions of a query against its schema; values are query/expr's.
 *
 * Purpose    turns the parsed tree in place into what print and sql read: names into columns,
 *            literals into values of the column's type, ranges into comparisons, calls into
 *            predicates.
 * Null       two-valued (contract 10.3): a comparison with null is false, `!=`, `not in` and `not
 *            in [a..b]` included; so `not` of such a comparison is true: `not f = 'x'` gives the
 *            rows without f too, `f != 'x'` does not.
 * Errors     ODSQL: `Unknown field: X`, types, and by name what is not supported yet; see
 *            query/ast.h for the sentence.
 */
#ifndef BF_QUERY_CHECK_H
#define BF_QUERY_CHECK_H

#include "query/literal.h"

bool bf_check_condition(struct bf_query *q, struct bf_clause *c, struct bf_node *n);

/* The column of a name; NULL with the error set. */
const struct bf_column *bf_check_name(struct bf_query *q, struct bf_clause *c, struct bf_str name,
                                      int64_t at);

/* The same for conditions, which cannot use a column that a hook fills. */
const struct bf_column *bf_check_filter(struct bf_query *q, struct bf_clause *c, struct bf_str name,
                                        int64_t at);

/* Makes n the comparison of `left` (a checked value) with a literal, or what that comes to. */
bool bf_check_settle(struct bf_clause *c, struct bf_node *n, struct bf_node *left,
                     enum bf_compare op, const struct bf_literal *literal);

/* Makes n the condition that the VALUE right is one of a multivalued column's. */
bool bf_check_among(struct bf_node *n, struct bf_node *left, struct bf_node *right, bool negated);

/* A name that is no expression of this release; sets the error, always false. */
bool bf_check_unsupported(struct bf_clause *c, const struct bf_node *n);

#endif
