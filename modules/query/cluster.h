/*
 * query/cluster: geo_cluster() of group_by (contract 10.7).
 *
 * geo_cluster(point, zoom[, radius=40]): points that would lie within so many pixels on a map of
 * 256 pixel tiles. Cells of a geohash are counted first, of the finest precision whose cells are
 * still wider than the radius; then cells whose centres of mass are nearer than the radius are one
 * cluster (also through a third one). The key is an object with the `cluster_centroid` of all its
 * points. More cells than CELLS (query/bound.h) end the statement with SQLSTATE BF001.
 */
#ifndef BF_QUERY_CLUSTER_H
#define BF_QUERY_CLUSTER_H

#include "query/ast.h"

bool bf_cluster_check(struct bf_query *q, struct bf_clause *c, struct bf_node *call,
                      struct bf_key *key);

#endif
