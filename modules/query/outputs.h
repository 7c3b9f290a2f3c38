/*
 * query/outputs: the columns of the answer and their order.
 *
 * Select     fields, aliases and `*` (every field that is not hidden). The key of a field is its
 *            name as typed, so an alias of the schema answers under the name that the client knows.
 *            A key that comes twice for the same column is one output; for two columns it is an
 *            error.
 * Order      names of select aliases first, then fields. Text sorts by the collation of its column,
 *            nulls last both ways; a column that comes again changes nothing and is left out. `-f
 *            desc` is ascending.
 * Carried    columns that hooks read, behind the outputs.
 */
#ifndef BF_QUERY_OUTPUTS_H
#define BF_QUERY_OUTPUTS_H

#include "query/ast.h"

bool bf_outputs_select(struct bf_query *q);
bool bf_outputs_order(struct bf_query *q);

#endif
