/*
 * store/facet_tree: the values of one facet with their counts, as every protocol shows them.
 *
 * Purpose    rows of counts become a tree: year, month and day of dates, the levels of hierarchical
 *            texts; each level in the facet's order and cut to its limit. A value that the query
 *            refines or excludes is always there, whatever the limit is. The level below a value is
 *            there when the query refines that value or something below it.
 * Steps      bf_facet_tree_init, bf_facet_tree_add for each row, bf_facet_tree_finish.
 * Ownership  everything lies in the arena; texts of rows are copied.
 */
#ifndef BF_STORE_FACET_TREE_H
#define BF_STORE_FACET_TREE_H

#include "core/map.h"
#include "query/facet.h"
#include "value/cell.h"

enum bf_facet_state { BF_FACET_DISPLAYED, BF_FACET_REFINED, BF_FACET_EXCLUDED };

struct bf_facet_value {
    struct bf_str name, path; /* `09`, `2026/09` */
    int64_t count;            /* of an excluded value: nothing to be shown */
    enum bf_facet_state state;
    const struct bf_facet_value *const *values; /* of the next level */
    size_t n;

    /* Private. */
    struct bf_value number; /* BF_INT, BF_DOUBLE: what it is ordered by */
    struct bf_facet_value *next, *first;
    size_t children;
    bool open; /* its next level is shown */
};

struct bf_facet_tree {
    const struct bf_facet *facet;
    const struct bf_facet_value *const *values; /* of the first level, after finish */
    size_t n;

    /* Private. */
    struct bf_arena *arena;
    struct bf_map nodes; /* by path */
    struct bf_facet_value root;
    size_t rows;
};

void bf_facet_tree_init(struct bf_facet_tree *t, struct bf_arena *a, const struct bf_facet *facet);

/* One row of bf_query_facets_sql. false: no memory. */
bool bf_facet_tree_add(struct bf_facet_tree *t, const struct bf_cell *cells);
bool bf_facet_tree_finish(struct bf_facet_tree *t);

#endif
