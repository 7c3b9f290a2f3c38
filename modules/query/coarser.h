/*
 * query/coarser: the step of range() that makes few enough groups.
 *
 * Purpose    a query whose only key is range() of equal width and that makes more than GROUPS
 *            (query/bound.h) is answered with the step that would not, whatever the rows are: the
 *            ends of what there is divided by the step.
 * Use        bf_coarser_sql gives a statement with one row of two columns, the first and the last
 *            key; bf_coarser_say makes of them `range(nb, 50) makes few enough`.
 */
#ifndef BF_QUERY_COARSER_H
#define BF_QUERY_COARSER_H

#include "query/query.h"
#include "value/cell.h"

/* false: there is no such key (err is not set), or no memory. */
bool bf_coarser_sql(const struct bf_query *q, struct bf_sql *out, struct bf_err *err);

/* false: no step would do; nothing is written. */
bool bf_coarser_say(const struct bf_query *q, struct bf_cell first, struct bf_cell last,
                    struct bf_buf *out);

#endif
