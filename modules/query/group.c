#include "query/group.h"

#include "query/check.h"
#include "query/cluster.h"
#include "query/expr.h"
#include "query/function.h"
#include "query/range.h"

static struct bf_str typed(const struct bf_clause *c, const struct bf_node *n)
{
    return (struct bf_str){c->text.p + n->at, n->end - n->at};
}

struct bf_node *bf_group_key(struct bf_query *q, enum bf_type type)
{
    struct bf_node *n = bf_node_new(&q->group, BF_NODE_KEY, 0, 0);
    if (n) {
        n->index = q->nkeys;
        n->type = type;
    }
    return n;
}

/* A record belongs to the group of each of its values. */
static struct bf_node *element(struct bf_query *q, struct bf_clause *c, struct bf_node *column)
{
    struct bf_node *n = bf_node_unary(c, BF_NODE_ELEMENT, column->at, column);
    if (n) {
        n->type = BF_TEXT;
        n->index = q->nkeys;
    }
    return n;
}

static bool check_plain(struct bf_query *q, struct bf_clause *c, struct bf_node *e,
                        struct bf_key *key)
{
    if (bf_literal_is(e))
        return bf_check_unsupported(c, e);
    if (!bf_expr_check(q, c, e))
        return false;
    struct bf_subject subject = bf_subject_node(c, e);
    if (!q->shapes && (subject.type == BF_GEO_POINT || subject.type == BF_GEO_SHAPE))
        return BF_MALFORMED(c, e->at,
                            "%s%.*s is of type %s, which cannot be grouped by (geo_cluster() can)",
                            BF_SUBJECT_ARG(subject), bf_type_info(subject.type)->name);
    key->node = e->kind == BF_NODE_COLUMN && e->column->flags & BF_COLUMN_MULTIVALUED
                    ? element(q, c, e)
                    : e;
    key->shown = key->node ? bf_group_key(q, subject.type) : NULL;
    return key->shown != NULL;
}

static bool check_key(struct bf_query *q, struct bf_clause *c, struct bf_node *e,
                      struct bf_key *key)
{
    bool grouping = e->kind == BF_NODE_CALL && e->function && e->function->kind == BF_GROUPING;
    if (!grouping)
        return check_plain(q, c, e, key);
    return e->function->name[0] == 'r' ? bf_range_check(q, c, e, key)
                                       : bf_cluster_check(q, c, e, key);
}

static bool add_key(struct bf_query *q, const struct bf_node *item)
{
    struct bf_clause *c = &q->group;
    struct bf_node *e = item->left;
    struct bf_key *key = &q->keys[q->nkeys];
    key->source = e->kind == BF_NODE_NAME ? e->text : typed(c, e);
    key->key = item->text.p ? item->text : key->source;
    for (size_t i = 0; i < q->nkeys; i++)
        if (bf_str_eq(q->keys[i].key, key->key))
            return BF_MALFORMED(c, e->at, "The name %.*s stands for two keys",
                                BF_STR_ARG(key->key));
    if (!check_key(q, c, e, key))
        return false;
    q->nkeys++;
    return true;
}

bool bf_group_check(struct bf_query *q)
{
    struct bf_clause *c = &q->group;
    if (!q->group_list)
        return true;
    if (q->group_list->count > BF_MOST_KEYS)
        return bf_clause_beyond(c, -1, BF_BOUND_KEYS, q->group_list->count, NULL);
    q->keys = bf_arena_zalloc(q->arena, q->group_list->count, sizeof *q->keys);
    if (!q->keys)
        return bf_clause_memory(c);
    for (const struct bf_node *item = q->group_list->left; item; item = item->next)
        if (!add_key(q, item))
            return false;
    return true;
}

/* ---- names ---------------------------------------------------------------------------------- */

static struct bf_node *raw_key(struct bf_query *q, size_t i)
{
    struct bf_node *n = bf_node_new(&q->order, BF_NODE_KEY, 0, 0);
    if (n) {
        n->index = i;
        n->type = bf_node_type(q->keys[i].node);
    }
    return n;
}

const struct bf_node *bf_group_name(struct bf_query *q, const struct bf_clause *c,
                                    struct bf_str name)
{
    if (c->in != BF_IN_SELECT && c->in != BF_IN_ORDER)
        return NULL;
    for (size_t i = 0; i < q->nkeys; i++)
        if (bf_str_eq(q->keys[i].key, name))
            return c->in == BF_IN_SELECT ? q->keys[i].shown : raw_key(q, i);
    if (c->in == BF_IN_SELECT)
        return NULL;
    for (size_t i = 0; i < q->noutputs; i++)
        if (bf_str_eq(q->outputs[i].key, name))
            return q->outputs[i].value;
    return NULL;
}

const struct bf_key *bf_group_typed(const struct bf_query *q, struct bf_clause *c,
                                    const struct bf_node *n)
{
    for (size_t i = 0; i < q->nkeys; i++)
        if (bf_str_eq(q->keys[i].source, typed(c, n)))
            return &q->keys[i];
    return NULL;
}

/* ---- expressions over keys ------------------------------------------------------------------ */

static bool is_key(struct bf_query *q, struct bf_node *n)
{
    for (size_t i = 0; i < q->nkeys; i++) {
        const struct bf_key *key = &q->keys[i];
        const struct bf_node *of = key->node->kind == BF_NODE_ELEMENT ? key->node->left : key->node;
        if (key->range || !bf_expr_same(n, of))
            continue;
        n->kind = BF_NODE_KEY;
        n->type = bf_node_type(key->node);
        n->index = i;
        return true;
    }
    return false;
}

bool bf_group_settle(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    if (q->nkeys == 0 || (n->kind != BF_NODE_COLUMN && n->kind != BF_NODE_APPLY) || is_key(q, n))
        return true;
    if (n->kind == BF_NODE_COLUMN)
        return BF_MALFORMED(c, n->at,
                            "Field %.*s is neither a key of group_by nor inside an aggregation",
                            BF_STR_ARG(n->column->name));
    for (struct bf_node *arg = n->left; arg; arg = arg->next)
        if (!bf_group_settle(q, c, arg))
            return false;
    return true;
}
