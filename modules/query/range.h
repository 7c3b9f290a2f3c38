/*
 * query/range: range() of group_by (contract 10.7).
 *
 * range(n, *, 10, 50, *)   intervals between given bounds, the lower one included; a star is no
 *                          bound. Records outside of all intervals belong to no group, records
 *                          without a value to the group null.
 * range(n, ]10, 50[)       the same as v2.0 writes it: a bracket that looks outwards is a star.
 * range(n, 5)              intervals of equal width, which begin at multiples of it.
 * range(d, 1 day)          intervals of time: of the calendar in the zone of the request when it is
 *                          one unit, else of so many units counted from 1970-01-01 on its clock.
 * Texts                    `[10, 49]` (whole numbers, closed), `[20.5, *[`, `[10, 15[`; dates as
 *                          instants: in UTC with `.000Z` for given bounds and in the zone UTC, else
 *                          with the offset of the zone. Groups sort by their bounds, not by these.
 * Limits                   MEMBERS of bounds; GROUPS, which the API sees to (query/bound.h).
 */
#ifndef BF_QUERY_RANGE_H
#define BF_QUERY_RANGE_H

#include "query/ast.h"

bool bf_range_check(struct bf_query *q, struct bf_clause *c, struct bf_node *call,
                    struct bf_key *key);

#endif
