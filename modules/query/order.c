#include "query/check.h"
#include "query/expr.h"
#include "query/function.h"
#include "query/group.h"
#include "query/outputs.h"

static bool known(const struct bf_query *q, const struct bf_node *e)
{
    for (size_t i = 0; i < q->nsorts; i++) {
        const struct bf_node *n = q->sorts[i].node;
        if ((e->kind == BF_NODE_COLUMN && n->kind == e->kind && n->column == e->column) ||
            (e->kind == BF_NODE_KEY && n->kind == e->kind && n->index == e->index))
            return true;
    }
    return false;
}

bool bf_order_aggregates(const struct bf_node *n)
{
    if (n->kind == BF_NODE_AGGREGATE)
        return true;
    if (n->kind == BF_NODE_APPLY)
        for (const struct bf_node *arg = n->left; arg; arg = arg->next)
            if (bf_order_aggregates(arg))
                return true;
    return false;
}

/* The vendor's rule (contract 10.8). */
static bool check_place(struct bf_query *q, struct bf_clause *c, const struct bf_node *e)
{
    if (q->nsorts == 0 || !bf_order_aggregates(e) ||
        bf_order_aggregates(q->sorts[q->nsorts - 1].node))
        return true;
    return BF_MALFORMED(c, e->at, "Aggregations must come before fields: %.*s",
                        BF_STR_ARG(bf_node_source(c, e)));
}

/* A call that speaks of the row without naming a field of it, anywhere in e; NULL: none. */
static const struct bf_node *call_of_row(const struct bf_node *e)
{
    if (e->kind == BF_NODE_CALL && e->function &&
        (bf_str_eq(bf_str_of(e->function->name), BF_STR("random")) ||
         bf_str_eq(bf_str_of(e->function->name), BF_STR("vector_similarity"))))
        return e;
    const struct bf_node *found = NULL;
    for (const struct bf_node *arg = e->left; arg && !found; arg = arg->next)
        found = call_of_row(arg);
    return found || e->kind != BF_NODE_ARITHMETIC ? found : call_of_row(e->right);
}

static bool check_sort(struct bf_query *q, struct bf_clause *c, struct bf_node *e)
{
    if (bf_literal_is(e))
        return bf_check_unsupported(c, e);
    const struct bf_node *call = q->nkeys ? call_of_row(e) : NULL;
    if (call)
        return BF_MALFORMED(c, call->at, "%s() cannot be used with group_by", call->function->name);
    const struct bf_key *key = bf_group_typed(q, c, e);
    const struct bf_node *named = key ? bf_group_name(q, c, key->key) : NULL;
    if (named) {
        e->kind = BF_NODE_KEY;
        e->index = named->index;
        e->type = named->type;
    } else if (!bf_expr_check(q, c, e) || !bf_group_settle(q, c, e)) {
        return false;
    }
    struct bf_subject subject = bf_subject_node(c, e);
    if (subject.type == BF_GEO_POINT || subject.type == BF_GEO_SHAPE)
        return BF_MALFORMED(c, e->at, "%s%.*s is of type %s, which has no order",
                            BF_SUBJECT_ARG(subject), bf_type_info(subject.type)->name);
    return check_place(q, c, e);
}

static bool sort_by(struct bf_query *q, struct bf_node *e, bool descending)
{
    while (e->kind == BF_NODE_SIGN) {
        descending ^= e->negated;
        e = e->left;
    }
    if (!check_sort(q, &q->order, e))
        return false;
    if (!known(q, e))
        q->sorts[q->nsorts++] = (struct bf_sort){e, descending};
    return true;
}

/* Keys that are not named complete the order of groups. */
static bool complete(struct bf_query *q)
{
    for (size_t i = 0; i < q->nkeys; i++) {
        const struct bf_node *n = bf_group_name(q, &q->order, q->keys[i].key);
        if (!n)
            return false;
        if (!known(q, n))
            q->sorts[q->nsorts++] = (struct bf_sort){n, false};
    }
    return true;
}

bool bf_outputs_order(struct bf_query *q)
{
    size_t n = (q->order_list ? q->order_list->count : 0) + q->nkeys;
    if (n == 0)
        return true;
    q->sorts = bf_arena_alloc(q->arena, n * sizeof *q->sorts);
    if (!q->sorts)
        return bf_clause_memory(&q->order);
    struct bf_node *item = q->order_list ? q->order_list->left : NULL;
    for (; item; item = item->next)
        if (!sort_by(q, item->left, item->negated))
            return false;
    return complete(q);
}
