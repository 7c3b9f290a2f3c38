/*
 * query/tally: counts of all records by the values of a field, from where they are kept.
 *
 * Purpose    to count a million records by a facet takes PostgreSQL 150 ms, whoever writes the SQL.
 *            Of large datasets catalog.tally (sql/0025_tally.sql) has the counts, as of the very
 *            snapshot that reads them: whatever changes a record changes its counts in the same
 *            statement. It has not those of every field (of many values, or not looked at yet), and
 *            which it has may change at any moment. So the SQL asks both, and the records only if
 *            the tally is not whole: a condition that PostgreSQL tests once, before it begins.
 * For        the stored facets of a dataset of many records (bf_query_expect_many), without
 *            conditions, at its newest commit; instants by their day in UTC alone.
 */
#ifndef BF_QUERY_TALLY_H
#define BF_QUERY_TALLY_H

#include "query/ast.h"

/* Whether all records are counted, whatever they hold. */
bool bf_tally_of_all(const struct bf_query *q);

/* The name of the field in the tally; empty: the column is not counted there. */
struct bf_str bf_tally_field(const struct bf_query *q, const struct bf_column *column);

/* SQL: the value of the column's type (of an instant: its day) from a row y of the tally. */
const char *bf_tally_value(enum bf_type type);

#endif
