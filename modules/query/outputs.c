#include "query/outputs.h"

#include "query/check.h"

static bool put(struct bf_query *q, int64_t at, struct bf_str key, const struct bf_column *column)
{
    for (size_t i = 0; i < q->noutputs; i++) {
        if (!bf_str_eq(q->outputs[i].key, key))
            continue;
        if (q->outputs[i].column == column)
            return true;
        return BF_MALFORMED(&q->select, at, "The name %.*s stands for two columns",
                            BF_STR_ARG(key));
    }
    if (q->noutputs == BF_QUERY_ITEMS)
        return BF_MALFORMED(&q->select, -1, "An answer has at most %d columns", BF_QUERY_ITEMS);
    if (q->noutputs == q->outputs_room) {
        struct bf_output *more =
            bf_arena_grow(q->arena, q->outputs, &q->outputs_room, q->noutputs + 1, sizeof *more);
        if (!more)
            return bf_clause_memory(&q->select);
        q->outputs = more;
    }
    q->outputs[q->noutputs++] = (struct bf_output){key, column->type, column};
    return true;
}

static bool put_all(struct bf_query *q, int64_t at)
{
    for (size_t i = 0; i < q->schema->n; i++) {
        const struct bf_column *column = &q->schema->columns[i];
        if (column->flags & BF_COLUMN_HIDDEN)
            continue;
        q->named[i] = true;
        if (!put(q, at, column->name, column))
            return false;
    }
    return true;
}

static bool put_item(struct bf_query *q, const struct bf_node *item)
{
    struct bf_clause *c = &q->select;
    if (item->kind == BF_NODE_STAR)
        return put_all(q, item->at);
    const struct bf_node *e = item->left;
    if (e->kind != BF_NODE_NAME)
        return bf_check_unsupported(c, e);
    const struct bf_column *column = bf_check_name(q, c, e->text, e->at);
    return column && put(q, e->at, item->text.p ? item->text : e->text, column);
}

/* `*` over distinct names needs no look for doubles. */
static bool select_all(struct bf_query *q)
{
    q->outputs_room = q->schema->n;
    q->outputs = bf_arena_alloc(q->arena, (q->schema->n + 1) * sizeof *q->outputs);
    if (!q->outputs)
        return bf_clause_memory(&q->select);
    for (size_t i = 0; i < q->schema->n; i++) {
        const struct bf_column *column = &q->schema->columns[i];
        if (column->flags & BF_COLUMN_HIDDEN)
            continue;
        q->named[i] = true;
        q->outputs[q->noutputs++] = (struct bf_output){column->name, column->type, column};
    }
    return true;
}

bool bf_outputs_select(struct bf_query *q)
{
    if (!q->select_list)
        return select_all(q);
    for (const struct bf_node *item = q->select_list->left; item; item = item->next)
        if (!put_item(q, item))
            return false;
    return true;
}

/* ---- order */

static const struct bf_column *alias(const struct bf_query *q, struct bf_str name)
{
    if (!q->select_list)
        return NULL;
    for (size_t i = 0; i < q->noutputs; i++)
        if (bf_str_eq(q->outputs[i].key, name))
            return q->outputs[i].column;
    return NULL;
}

static bool sort_by(struct bf_query *q, const struct bf_node *e, bool descending)
{
    struct bf_clause *c = &q->order;
    while (e->kind == BF_NODE_SIGN) {
        descending ^= e->negated;
        e = e->left;
    }
    if (e->kind != BF_NODE_NAME)
        return bf_check_unsupported(c, e);
    const struct bf_column *column = alias(q, e->text);
    struct bf_str name = column ? column->name : e->text;
    column = bf_check_filter(q, c, name, e->at);
    if (!column)
        return false;
    if (column->type == BF_GEO_POINT || column->type == BF_GEO_SHAPE)
        return BF_MALFORMED(c, e->at, "Field %.*s is of type %s, which has no order",
                            BF_STR_ARG(name), bf_type_info(column->type)->name);
    for (size_t i = 0; i < q->nsorts; i++)
        if (q->sorts[i].column == column)
            return true;
    q->sorts[q->nsorts++] = (struct bf_sort){column, descending};
    return true;
}

bool bf_outputs_order(struct bf_query *q)
{
    if (!q->order_list)
        return true;
    q->sorts = bf_arena_alloc(q->arena, q->order_list->count * sizeof *q->sorts);
    if (!q->sorts)
        return bf_clause_memory(&q->order);
    for (const struct bf_node *item = q->order_list->left; item; item = item->next)
        if (!sort_by(q, item->left, item->negated))
            return false;
    return true;
}
