/*
 * query/quoted: texts in quotes outside the grammar: refine, exclude, facet.
 *
 * Quotes     '…', "…" and `…`, with the escapes of query/lexer.h.
 * Errors     ODSQL, in the clause given.
 */
#ifndef BF_QUERY_QUOTED_H
#define BF_QUERY_QUOTED_H

#include "query/ast.h"

/* Bytes of the quoted run that s starts with, its quotes included; 0: it does not end. */
size_t bf_quoted_length(struct bf_str s);

/* The contents of one quoted run. */
bool bf_quoted_read(const struct bf_clause *c, struct bf_str quoted, struct bf_str *out);

/* The contents when all of s is one quoted run, else s itself. */
bool bf_quoted_or_bare(const struct bf_clause *c, struct bf_str s, struct bf_str *out);

#endif
