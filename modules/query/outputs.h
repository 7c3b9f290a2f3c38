/*
 * query/outputs: the columns of the answer and their order.
 *
 * Select     fields, expressions, aliases, `*` (every field that is not hidden), include() and
 *            exclude(). The key of a field is its name as typed, so an alias of the schema answers
 *            under the name that the client knows; the key of an expression is its text as typed. A
 *            key that comes twice for the same value is one output; for two values it is an error.
 * Groups     the keys come first; without select, or for `*`, they are all there is. An alias that
 *            select gives to a key is a column of its own behind them.
 * Order      names of the answer first, then fields, then expressions. Text sorts by the collation
 *            of its column, nulls last both ways; a field that comes again changes nothing and is
 *            left out. `-f desc` is ascending. Keys of groups sort null first ascending, last
 *            descending, and complete every order.
 * Carried    columns that hooks read, behind the outputs.
 */
#ifndef BF_QUERY_OUTPUTS_H
#define BF_QUERY_OUTPUTS_H

#include "query/ast.h"

bool bf_outputs_select(struct bf_query *q);
bool bf_outputs_order(struct bf_query *q);
/* Whether the value is made of an aggregate. */
bool bf_order_aggregates(const struct bf_node *n);

#endif
