/*
 * query/cluster_sql: the SQL of geo_cluster(); for query/sql alone.
 *
 * Purpose    cells of a geohash with their centres of mass, and the clusters of those (see
 *            query/cluster.h). Cells come in their order, so that the numbers of clusters are the
 *            same each time.
 * Two ways   when the clusters are the only key and every aggregate of a cluster follows from those
 *            of its cells (counts, sums, means, extremes), the records are read once and make
 *            cells, and cells make groups: bf_cluster_with. Else each record is joined with the
 *            cluster of its cell: bf_cluster_records, bf_cluster_join.
 */
#ifndef BF_QUERY_CLUSTER_SQL_H
#define BF_QUERY_CLUSTER_SQL_H

#include "query/sql_node.h"

/* The key that is one; NULL: none. */
const struct bf_node *bf_cluster_of(const struct bf_query *q);

/* What follows FROM and WHERE stands in the writer from `from` to `where`, in all of these. */
bool bf_cluster_parts(const struct bf_query *q);
/* `WITH m AS (…), g AS (…) `, when bf_cluster_parts. */
void bf_cluster_with(struct bf_sql_writer *w, const struct bf_node *cluster, size_t from,
                     size_t where);

/* `(…) AS t`: the records with their cells. */
void bf_cluster_records(struct bf_sql_writer *w, const struct bf_node *cluster, size_t from,
                        size_t where);
/* ` FULL JOIN (…) AS c ON …` behind them. */
void bf_cluster_join(struct bf_sql_writer *w, const struct bf_node *cluster, size_t from,
                     size_t where);

#endif
