#include "query/cost.h"

#include "query/facet.h"
#include "query/fulltext.h"
#include "query/function.h"

enum { MANY_FACETS = 3, FAR = 1000, VERTEX_BYTES = 16, MANY_VERTICES = 100, NAMED_FIELDS = 5 };

/* ---- what an index answers ---- */

static bool has_index(const struct bf_node *n)
{
    return n->kind == BF_NODE_COLUMN && n->column->flags & (BF_COLUMN_FACET | BF_COLUMN_SORTABLE) &&
           !(n->column->flags & BF_COLUMN_COMPUTED);
}

static bool indexed(const struct bf_query *q, const struct bf_node *n);

static bool some(const struct bf_query *q, const struct bf_node *list)
{
    for (const struct bf_node *item = list->left; item; item = item->next)
        if (indexed(q, item))
            return true;
    return false;
}

static bool all(const struct bf_query *q, const struct bf_node *list)
{
    for (const struct bf_node *item = list->left; item; item = item->next)
        if (!indexed(q, item))
            return false;
    return true;
}

/* A relation to a geometry, as query/place writes it. */
static bool places(const struct bf_node *n)
{
    return n->kind == BF_NODE_APPLY && n->right && n->right->kind == BF_NODE_VALUE &&
           n->right->value.type == BF_GEO_SHAPE;
}

static bool negative(const struct bf_node *n)
{
    return bf_str_starts(bf_str_of(n->sql), BF_STR("(NOT"));
}

static bool indexed(const struct bf_query *q, const struct bf_node *n)
{
    if (n->kind == BF_NODE_AND)
        return some(q, n);
    if (n->kind == BF_NODE_OR)
        return all(q, n);
    if (n->kind == BF_NODE_COMPARE)
        return has_index(n->left) && n->op != BF_NE;
    if (n->kind == BF_NODE_IN || n->kind == BF_NODE_AMONG)
        return has_index(n->left) && !n->negated;
    if (n->kind == BF_NODE_FULLTEXT)
        return bf_fulltext_indexed(q->schema, n) ||
               (n->op == BF_FULLTEXT_START && n->left && !n->left->next && has_index(n->left));
    if (n->kind == BF_NODE_CONSTANT)
        return !n->value.boolean;
    return n->kind == BF_NODE_NEAR || n->kind == BF_NODE_BOX || (places(n) && !negative(n));
}

/* ---- the parts; each says what it costs into `out`, or nothing: false ---- */

static bool every_record(const struct bf_query *q, struct bf_buf *out)
{
    for (const struct bf_condition *c = q->conditions; c; c = c->next)
        if (c->node && !c->exclude && indexed(q, c->node))
            return false;
    bf_buf_text(out, q->conditions ? "no condition has an index, so every record is looked at"
                                   : "there is no condition, so every record is looked at");
    return true;
}

static void filter_on(const struct bf_query *q, struct bf_buf *out)
{
    int named = 0;
    for (size_t i = 0; i < q->schema->n && named < NAMED_FIELDS; i++) {
        const struct bf_column *column = &q->schema->columns[i];
        const struct bf_node n = {.kind = BF_NODE_COLUMN, .column = column};
        if (!has_index(&n) || column->flags & BF_COLUMN_HIDDEN)
            continue;
        bf_buf_text(out, named++ ? ", " : "filter on a field that has an index (");
        bf_buf_str(out, column->name);
    }
    bf_buf_text(out, named ? ")" : "search for words, or look at a part of the map");
}

/* The first geometry that is compared with records; NULL: none of some size. */
static const struct bf_node *large_shape(const struct bf_node *n)
{
    if (places(n) && n->right->value.text.n > (size_t)MANY_VERTICES * VERTEX_BYTES)
        return n->right;
    bool list = n->kind == BF_NODE_AND || n->kind == BF_NODE_OR || n->kind == BF_NODE_NOT;
    const struct bf_node *found = NULL;
    for (const struct bf_node *item = list ? n->left : NULL; item && !found; item = item->next)
        found = large_shape(item);
    return found;
}

static bool shapes(const struct bf_query *q, struct bf_buf *out)
{
    const struct bf_node *shape = NULL;
    for (const struct bf_condition *c = q->conditions; c && !shape; c = c->next)
        shape = c->node ? large_shape(c->node) : NULL;
    if (shape)
        bf_buf_printf(out, "a geometry of %zu vertices is compared with records",
                      shape->value.text.n / VERTEX_BYTES);
    return shape != NULL;
}

static bool groups(const struct bf_query *q, struct bf_buf *out)
{
    if (q->nkeys)
        bf_buf_printf(out, "records are grouped by %zu key%s", q->nkeys, q->nkeys > 1 ? "s" : "");
    return q->nkeys > 0;
}

static bool is_sorting(const struct bf_node *aggregate)
{
    struct bf_str rest = bf_str_of(aggregate->sql);
    while (rest.n) {
        if (bf_str_starts(rest, BF_STR("percentile_cont")) ||
            bf_str_starts(rest, BF_STR("DISTINCT")))
            return true;
        rest = (struct bf_str){rest.p + 1, rest.n - 1};
    }
    return false;
}

static bool aggregates(const struct bf_query *q, struct bf_buf *out)
{
    for (size_t i = 0; i < q->naggregates; i++) {
        if (!is_sorting(q->aggregates[i]))
            continue;
        bf_buf_text(out, "median, percentile and count distinct sort all values");
        return true;
    }
    return false;
}

static bool order(const struct bf_query *q, struct bf_buf *out)
{
    if (q->nsorts == 0 || q->nkeys || has_index(q->sorts[0].node))
        return false;
    bf_buf_text(out, "what is found is sorted by something that has no index");
    return true;
}

static bool facets(const struct bf_query *q, struct bf_buf *out)
{
    int n = 0;
    for (const struct bf_facet *f = q->facets; f; f = f->next)
        n++;
    if (n > MANY_FACETS)
        bf_buf_printf(out, "%d facets are counted", n);
    return n > MANY_FACETS;
}

static bool offset(const struct bf_query *q, struct bf_buf *out)
{
    if (q->offset >= FAR)
        bf_buf_printf(out, "%lld records are skipped", (long long)q->offset);
    return q->offset >= FAR;
}

static const struct part {
    bool (*costs)(const struct bf_query *q, struct bf_buf *out);
    const char *cheaper; /* NULL: filter_on */
} parts[] = {
    {every_record, NULL},
    {shapes, "simplify it"},
    {groups, "group by fewer keys or coarser ones (year(date), range(number, 100))"},
    {aggregates, "ask for avg, min, max or count(*)"},
    {order, "order by a sortable field, or not at all"},
    {facets, "ask for fewer facets at a time"},
    {offset, "follow the links to the next page instead of an offset"},
};

void bf_cost_say(const struct bf_query *q, struct bf_buf *out)
{
    enum { PARTS = sizeof parts / sizeof *parts };
    bool costs[PARTS];
    const char *between = "What costs here: ";
    size_t end = out->n;
    for (size_t i = 0; i < PARTS; i++) {
        bf_buf_text(out, between);
        costs[i] = parts[i].costs(q, out);
        if (costs[i])
            end = out->n;
        out->n = end; /* without what came before a part that is not there */
        between = costs[i] ? "; " : between;
    }
    bf_buf_text(out, *between == ';' ? ". Cheaper: " : "Cheaper: ");
    for (size_t i = 0; i < PARTS; i++) {
        if (!costs[i])
            continue;
        if (parts[i].cheaper)
            bf_buf_text(out, parts[i].cheaper);
        else
            filter_on(q, out);
        bf_buf_text(out, "; ");
    }
    bf_buf_text(out, "for every record there is, ask for an export.");
}
