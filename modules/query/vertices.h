/*
 * query/vertices: geometries that clients write, and how far one that is too large would have to
 * be simplified.
 *
 * Errors     ODSQL: what is wrong with the geometry; VERTICES and CLAUSE of query/bound.h with the
 *            number of vertices that would fit.
 */
#ifndef BF_QUERY_VERTICES_H
#define BF_QUERY_VERTICES_H

#include "query/ast.h"
#include "value/geometry.h"

bool bf_vertices_read(struct bf_clause *c, struct bf_str text, int64_t at, struct bf_geometry *out);

/* The clause `text` is longer than one may be: sets the error, which names the geometry when one
 * makes it so long. Always false. */
bool bf_vertices_too_long(struct bf_clause *c, struct bf_str text);

#endif
