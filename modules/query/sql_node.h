/*
 * query/sql_node: checked nodes as SQL expressions.
 *
 * Purpose    what query/sql puts together: one function per kind of node, values as parameters.
 * Names      `t` is the row, `g` the inner query of groups and aggregates (k1.. keys, a1..
 *            aggregates), `c` the cells of geo_cluster.
 */
#ifndef BF_QUERY_SQL_NODE_H
#define BF_QUERY_SQL_NODE_H

#include "query/ast.h"
#include "query/text.h"

struct bf_sql_writer {
    const struct bf_query *q;
    struct bf_text text;
    struct bf_value *params;
    size_t nparams, room;
    size_t sought[BF_MOST_FULLTEXTS]; /* the parameter of each full-text condition */
    /* What conditions look for is made once for rows and total: column n of `f` (bf_sql_finds). */
    bool finds;
    const struct bf_node *found[BF_MOST_FULLTEXTS];
    size_t as_of; /* the parameter of the commit; 0: not bound yet */
};

void bf_sql_node(struct bf_sql_writer *w, const struct bf_node *n);
void bf_sql_param(struct bf_sql_writer *w, struct bf_value v);
/* With w->finds: what the conditions written so far look for, before SELECT. */
void bf_sql_finds(struct bf_sql_writer *w);
void bf_sql_bind(struct bf_sql_writer *w, struct bf_value v, struct bf_str cast);
/* `SELECT t."nom", t._seq` inside of a window: what its columns and its order are made of. */
void bf_sql_select(struct bf_sql_writer *w);

#endif
