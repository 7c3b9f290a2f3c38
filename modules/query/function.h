/*
 * query/function: the functions of ODSQL by name (contract 10.2 to 10.6).
 *
 * Purpose    one table: what the language knows. A function without a `check` is known but not
 *            supported yet, and check refuses it by name. To add a predicate: write its check (see
 *            query/place.c) and enter it here.
 */
#ifndef BF_QUERY_FUNCTION_H
#define BF_QUERY_FUNCTION_H

#include "query/ast.h"

/* Checks the call in place, as a condition of a where. */
typedef bool bf_function_check(struct bf_query *q, struct bf_clause *c, struct bf_node *call);

struct bf_function {
    const char *name; /* lower case */
    bf_function_check *check;
};

const struct bf_function *bf_function_find(struct bf_str name); /* any case; NULL: unknown */

#endif
