/*
 * query/spelling: full text and the spellings of another time.
 *
 * Purpose    a dataset whose values are shown in other words (bf_spelling of query/schema.h) is
 *            searched as it is shown; a text that is one of the stored values, whole and in any
 *            case, means its word. So `q=CONNECTEE` finds what is shown as CONNECTED.
 */
#ifndef BF_QUERY_SPELLING_H
#define BF_QUERY_SPELLING_H

#include "query/ast.h"

/* A checked FULLTEXT node over one field looks for the word; over more it becomes: the text is
 * found, or the field has that very word. */
bool bf_spelling_check(struct bf_query *q, struct bf_clause *c, struct bf_node *n);

#endif
