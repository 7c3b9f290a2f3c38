#include "store/facets.h"

#include <string.h>

static bool no_memory(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
}

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
            return no_memory(err);
    }
    return true;
}

static bool add_row(struct bf_facets *out, const struct bf_cell *cells, struct bf_err *err)
{
    size_t number = (size_t)bf_cell_int(cells[BF_FACET_CELL_FACET]);
    return number >= out->n || bf_facet_tree_add(&out->trees[number], cells) || no_memory(err);
}

/* ---- rows as bytes: of each cell its length, -1 for null, and what it is of */

static void keep_row(struct bf_buf *kept, const struct bf_cell *cells)
{
    for (size_t i = 0; i < BF_FACET_CELLS; i++) {
        int32_t n = cells[i].n;
        bf_buf_bytes(kept, (const char *)&n, sizeof n);
        if (n > 0)
            bf_buf_bytes(kept, cells[i].p, (size_t)n);
    }
}

static bool take_cell(struct bf_str *rest, struct bf_cell *cell)
{
    int32_t n;
    if (rest->n < sizeof n)
        return false;
    memcpy(&n, rest->p, sizeof n);
    size_t bytes = n > 0 ? (size_t)n : 0;
    if (rest->n - sizeof n < bytes)
        return false;
    *cell = (struct bf_cell){rest->p + sizeof n, n};
    *rest = (struct bf_str){rest->p + sizeof n + bytes, rest->n - sizeof n - bytes};
    return true;
}

bool bf_facets_known(struct bf_arena *a, const struct bf_query *q, struct bf_str kept,
                     struct bf_facets *out, struct bf_err *err)
{
    struct bf_cell cells[BF_FACET_CELLS];
    out->read = NULL;
    if (!make_trees(a, q, out))
        return no_memory(err);
    while (kept.n) {
        for (size_t i = 0; i < BF_FACET_CELLS; i++)
            if (!take_cell(&kept, &cells[i]))
                return false;
        if (!add_row(out, cells, err))
            return false;
    }
    return finish(out, err);
}

bool bf_facets_read(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                    const struct bf_query *q, struct bf_buf *kept, struct bf_facets *out,
                    struct bf_err *err)
{
    struct bf_sql sql;
    if (!bf_query_facets_sql(q, &sql, err))
        return false;
    out->read = bf_read_page(c, a, dataset, &sql, BF_READ_NO_TOTAL, err);
    if (!out->read)
        return false;
    if (!make_trees(a, q, out))
        return no_memory(err);
    while (bf_read_next(out->read, err)) {
        if (kept)
            keep_row(kept, out->read->cells);
        if (!add_row(out, out->read->cells, err))
            return false;
    }
    return !bf_err_is_set(err) && finish(out, err);
}
