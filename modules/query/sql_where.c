#include "query/sql_where.h"

#include "query/walk_sql.h"

enum { CHEAP_LIST = 16 }; /* values of an `in` */

static bool always(const struct bf_node *n)
{
    return n->kind == BF_NODE_CONSTANT && n->value.boolean;
}

static bool cheap_each(const struct bf_node *first);

static bool is_plain(const struct bf_column *c)
{
    return !(c->flags & (BF_COLUMN_COMPUTED | BF_COLUMN_MULTIVALUED)) && c->type != BF_GEO_POINT &&
           c->type != BF_GEO_SHAPE;
}

/* Tested in less time than a row is fetched: plain columns beside values. */
static bool cheap(const struct bf_node *n)
{
    if (n->kind == BF_NODE_COLUMN)
        return is_plain(n->column);
    if (n->kind == BF_NODE_NOT || n->kind == BF_NODE_IS)
        return cheap(n->left);
    if (n->kind == BF_NODE_COMPARE)
        return cheap(n->left) && cheap(n->right);
    if (n->kind == BF_NODE_IN)
        return cheap(n->left) && n->right->count <= CHEAP_LIST;
    if (n->kind == BF_NODE_AND || n->kind == BF_NODE_OR)
        return cheap_each(n->left);
    return n->kind == BF_NODE_VALUE || n->kind == BF_NODE_CONSTANT;
}

static bool cheap_each(const struct bf_node *first)
{
    const struct bf_node *n = first;
    while (n && cheap(n))
        n = n->next;
    return n == NULL;
}

/* Names its records: an index, if there is one, finds just them and no more. */
static bool is_equality(const struct bf_node *n)
{
    return n->kind == BF_NODE_COMPARE && n->op == BF_EQ && n->left->kind == BF_NODE_COLUMN &&
           is_plain(n->left->column);
}

/* Of few records the first that match are met sooner in their own order than by an index on a range
 * and a sort, but a statement that is planned before its values are known does not see that. IS
 * TRUE means the same to WHERE, and no index knows it. */
static void put_condition_of_few(struct bf_sql_writer *w, const struct bf_node *n)
{
    bool in_order = cheap(n) && !is_equality(n);
    if (n->kind == BF_NODE_AND) {
        for (const struct bf_node *part = n->left; part; part = part->next) {
            put_condition_of_few(w, part);
            bf_text_str(&w->text, part->next ? BF_STR(" AND ") : BF_STR(""));
        }
        return;
    }
    bf_text_str(&w->text, in_order ? BF_STR("(") : BF_STR(""));
    bf_sql_node(w, n);
    bf_text_str(&w->text, in_order ? BF_STR(") IS TRUE") : BF_STR(""));
}

static void put_condition(struct bf_sql_writer *w, const struct bf_node *n)
{
    if (w->q->few)
        put_condition_of_few(w, n);
    else
        bf_sql_node(w, n);
}

void bf_sql_where(struct bf_sql_writer *w)
{
    size_t start = w->text.n;
    const struct bf_query *q = w->q;
    for (const struct bf_condition *c = q->conditions; c; c = c->next) {
        if (!c->node || always(c->node))
            continue;
        bf_text_str(&w->text, w->text.n == start ? BF_STR(" WHERE ") : BF_STR(" AND "));
        put_condition(w, c->node);
    }
    if (q->as_of) {
        bf_text_str(&w->text, w->text.n == start ? BF_STR(" WHERE ") : BF_STR(" AND "));
        bf_walk_during(w);
    }
    if (q->place) {
        bf_text_str(&w->text, w->text.n == start ? BF_STR(" WHERE ") : BF_STR(" AND "));
        bf_walk_where(w);
    }
    if (!q->one)
        return;
    bf_text_str(&w->text, w->text.n == start ? BF_STR(" WHERE ") : BF_STR(" AND "));
    if (q->schema->record_id.n == 0) {
        bf_text_put(&w->text, "false");
        return;
    }
    bf_text_str(&w->text, q->schema->record_id);
    bf_text_put(&w->text, " = ");
    /* The binary form of bytea is its bytes, as it is of text. */
    bf_sql_bind(w, (struct bf_value){.type = BF_TEXT, .text = {q->record, sizeof q->record}},
                BF_STR("::bytea"));
}
