/*
 * query/group: group_by (contract 10.7, 4.6).
 *
 * Purpose    the keys of the groups, and what an expression of select or order_by may name beside
 *            them: keys, and aggregates. The SQL groups in an inner query `g` whose columns are
 *            k1.. (keys) and a1.. (aggregates); everything else is computed from these.
 * Keys       any value that has an order; range() and geo_cluster() are query/range's and
 *            query/cluster's. A key is named by its alias, else by its text as typed.
 */
#ifndef BF_QUERY_GROUP_H
#define BF_QUERY_GROUP_H

#include "query/ast.h"

bool bf_group_check(struct bf_query *q);

/* What a name of select or order_by stands for before it is a field: a key, or (order_by) a column
 * of the answer. NULL: neither. */
const struct bf_node *bf_group_name(struct bf_query *q, const struct bf_clause *c,
                                    struct bf_str name);

/* A checked expression of a grouped query: what is a key becomes KEY; a field that is left is an
 * error. Does nothing in other queries. */
bool bf_group_settle(struct bf_query *q, struct bf_clause *c, struct bf_node *n);

/* The key whose expression was typed like n; NULL: none. */
const struct bf_key *bf_group_typed(const struct bf_query *q, struct bf_clause *c,
                                    const struct bf_node *n);

/* The KEY node of the key that is being checked, the next one of q->keys. */
struct bf_node *bf_group_key(struct bf_query *q, enum bf_type type);

#endif
