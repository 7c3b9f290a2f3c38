#include "query/ast.h"

/* A message quotes so much of a client's text at most (the whole clause in syntax errors excepted).
 * */
enum { QUOTED = 200 };

bool bf_clause_place(const struct bf_clause *c, int64_t at, bool result)
{
    int position = -1;
    if (at >= 0)
        position = (int)bf_str_chars(c->text, (size_t)at);
    bf_err_at(c->err, bf_str_of(c->name), position);
    return result;
}

bool bf_clause_beyond(const struct bf_clause *c, int64_t at, enum bf_bound which, int64_t found,
                      const char *cheaper)
{
    struct bf_bound_text text;
    return BF_MALFORMED(c, at, "%s", bf_bound_say(&text, which, found, cheaper));
}

bool bf_clause_memory(const struct bf_clause *c)
{
    return BF_FAIL_WITH(c->err, BF_E_MEMORY,
                        "The query needs more memory than a request may have.");
}

enum bf_type bf_node_type(const struct bf_node *n)
{
    if (n->kind == BF_NODE_COLUMN)
        return n->column->type;
    return n->kind == BF_NODE_VALUE ? n->value.type : n->type;
}

struct bf_str bf_node_source(const struct bf_clause *c, const struct bf_node *n)
{
    struct bf_str s = {c->text.p + n->at, n->end - n->at};
    return bf_str_clip(s, QUOTED);
}

struct bf_node *bf_node_new(struct bf_clause *c, enum bf_node_kind kind, uint32_t at, uint32_t end)
{
    if (++*c->nodes > BF_MOST_PARTS) {
        bf_clause_beyond(c, -1, BF_BOUND_PARTS, -1, NULL);
        return NULL;
    }
    struct bf_node *n = bf_arena_alloc(c->arena, sizeof *n);
    if (!n) {
        bf_clause_memory(c);
        return NULL;
    }
    *n = (struct bf_node){.kind = kind, .depth = 1, .at = at, .end = end};
    return n;
}

void bf_node_deepen(struct bf_node *n, const struct bf_node *child)
{
    if (child->depth >= n->depth)
        n->depth = (uint16_t)(child->depth + 1);
}

struct bf_node *bf_node_unary(struct bf_clause *c, enum bf_node_kind kind, uint32_t at,
                              struct bf_node *left)
{
    struct bf_node *n = left ? bf_node_new(c, kind, at, left->end) : NULL;
    if (!n)
        return NULL;
    bf_node_deepen(n, left);
    n->left = left;
    return n;
}

struct bf_node *bf_node_binary(struct bf_clause *c, enum bf_node_kind kind, struct bf_node *left,
                               struct bf_node *right)
{
    if (!left || !right)
        return NULL;
    struct bf_node *n = bf_node_new(c, kind, left->at, right->end);
    if (!n)
        return NULL;
    bf_node_deepen(n, left);
    bf_node_deepen(n, right);
    n->left = left;
    n->right = right;
    return n;
}

static struct bf_node *add(struct bf_node *list, struct bf_node *item)
{
    bf_node_deepen(list, item);
    if (list->right)
        list->right->next = item;
    else
        list->left = item;
    list->right = item;
    list->count++;
    list->end = item->end;
    return list;
}

struct bf_node *bf_node_junction(struct bf_clause *c, enum bf_node_kind kind, struct bf_node *left,
                                 struct bf_node *right)
{
    if (!left || !right)
        return NULL;
    struct bf_node *list = left;
    if (left->kind != kind) {
        list = bf_node_new(c, kind, left->at, left->end);
        if (!list)
            return NULL;
        add(list, left);
    }
    if (right->kind != kind)
        return add(list, right);
    list->right->next = right->left;
    list->right = right->right;
    list->count += right->count;
    list->end = right->end;
    if (right->depth > list->depth)
        list->depth = right->depth;
    return list;
}

struct bf_node *bf_node_list(struct bf_clause *c, struct bf_node *first)
{
    struct bf_node *list = first ? bf_node_new(c, BF_NODE_LIST, first->at, first->end) : NULL;
    return list ? add(list, first) : NULL;
}

struct bf_node *bf_node_append(struct bf_node *list, struct bf_node *item)
{
    return list && item ? add(list, item) : NULL;
}

struct bf_node *bf_node_column(struct bf_clause *c, const struct bf_column *column)
{
    struct bf_node *n = bf_node_new(c, BF_NODE_COLUMN, 0, 0);
    if (n)
        n->column = column;
    return n;
}

struct bf_node *bf_node_value(struct bf_clause *c, struct bf_value value)
{
    struct bf_node *n = bf_node_new(c, BF_NODE_VALUE, 0, 0);
    if (n)
        n->value = value;
    return n;
}

struct bf_node *bf_node_compare(struct bf_clause *c, struct bf_node *left, enum bf_compare op,
                                struct bf_value value)
{
    struct bf_node *n = bf_node_binary(c, BF_NODE_COMPARE, left, bf_node_value(c, value));
    if (n)
        n->op = (uint8_t)op;
    return n;
}
