/*
 * query/reproject: one geometry of an answer in another reference system, too.
 *
 * Purpose    puts a SELECT around the pieces of a query: its rows gain one last cell, the geometry
 *            of one output transformed by PostGIS to `srid`, which is bound like any value. The
 *            outputs themselves, order and window stay.
 * Ownership  the new pieces lie in the arena.
 * Errors     MEMORY. Whether there is such a reference system is for the caller to know.
 */
#ifndef BF_QUERY_REPROJECT_H
#define BF_QUERY_REPROJECT_H

#include "query/query.h"

bool bf_sql_reproject(struct bf_arena *a, struct bf_sql *sql, size_t output, int32_t srid,
                      struct bf_err *err);

#endif
