#include "store/facets.h"

static bool too_many(const struct bf_facet_tree *t, struct bf_err *err)
{
    struct bf_bound_text text;
    return BF_FAIL_WITH(err, BF_E_ODSQL,
                        "ODSQL query is malformed: Facet %.*s: %s. Clause(s) containing the "
                        "error(s): facet.",
                        BF_STR_ARG(t->facet->name), bf_bound_say(&text, BF_BOUND_FACET, -1, NULL));
}

static bool make_trees(struct bf_arena *a, const struct bf_query *q, struct bf_facets *out)
{
    size_t n = 0;
    for (const struct bf_facet *f = bf_query_facets(q); f; f = f->next)
        n++;
    out->trees = bf_arena_zalloc(a, n + 1, sizeof *out->trees);
    out->n = 0;
    for (const struct bf_facet *f = bf_query_facets(q); out->trees && f; f = f->next)
        bf_facet_tree_init(&out->trees[out->n++], a, f);
    return out->trees != NULL;
}

static bool finish(struct bf_facets *out, struct bf_err *err)
{
    for (size_t i = 0; i < out->n; i++) {
        struct bf_facet_tree *t = &out->trees[i];
        if (t->facet->path.n && t->rows > BF_MOST_FACET)
            return too_many(t, err);
        if (!bf_facet_tree_finish(t))
            return BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
    }
    return true;
}

bool bf_facets_read(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                    const struct bf_query *q, struct bf_facets *out, struct bf_err *err)
{
    struct bf_sql sql;
    if (!bf_query_facets_sql(q, &sql, err))
        return false;
    out->read = bf_read_page(c, a, dataset, &sql, BF_READ_NO_TOTAL, err);
    if (!out->read)
        return false;
    if (!make_trees(a, q, out))
        return BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
    while (bf_read_next(out->read, err)) {
        size_t number = (size_t)bf_cell_int(out->read->cells[BF_FACET_CELL_FACET]);
        if (number < out->n && !bf_facet_tree_add(&out->trees[number], out->read->cells))
            return BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
    }
    return !bf_err_is_set(err) && finish(out, err);
}
