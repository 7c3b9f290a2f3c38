#include "query/outputs.h"

#include "query/check.h"
#include "query/expr.h"
#include "query/function.h"
#include "query/group.h"

static bool same_output(const struct bf_output *o, const struct bf_output *other)
{
    if (o->value && other->value)
        return bf_expr_same(o->value, other->value);
    return o->column && o->column == other->column;
}

static bool put(struct bf_query *q, int64_t at, struct bf_output output)
{
    for (size_t i = 0; i < q->noutputs; i++) {
        if (!bf_str_eq(q->outputs[i].key, output.key))
            continue;
        if (same_output(&q->outputs[i], &output))
            return true;
        return BF_MALFORMED(&q->select, at, "The name %.*s stands for two columns",
                            BF_STR_ARG(output.key));
    }
    if (q->noutputs == BF_MOST_COLUMNS)
        return bf_clause_beyond(&q->select, -1, BF_BOUND_COLUMNS, -1, NULL);
    if (q->noutputs == q->outputs_room) {
        struct bf_output *more =
            bf_arena_grow(q->arena, q->outputs, &q->outputs_room, q->noutputs + 1, sizeof *more);
        if (!more)
            return bf_clause_memory(&q->select);
        q->outputs = more;
    }
    q->outputs[q->noutputs++] = output;
    return true;
}

static bool put_column(struct bf_query *q, int64_t at, struct bf_str key,
                       const struct bf_column *column)
{
    struct bf_node *n = bf_node_column(&q->select, column);
    return n && put(q, at, (struct bf_output){key, column->type, column, n, false, {NULL, 0}});
}

static bool put_value(struct bf_query *q, int64_t at, struct bf_str key, const struct bf_node *n)
{
    enum bf_type type = bf_node_type(n);
    bool json = n->kind == BF_NODE_APPLY && n->op == BF_APPLY_JSON;
    return put(q, at, (struct bf_output){key, type, NULL, n, json, json ? n->text : BF_STR("")});
}

/* ---- include, exclude, * -------------------------------------------------------------------- */

static bool is_call(const struct bf_node *item, const char *name)
{
    return item->kind == BF_NODE_ITEM && item->left->kind == BF_NODE_CALL && item->left->function &&
           bf_str_eq(bf_str_of(item->left->function->name), bf_str_of(name));
}

static bool matches(const struct bf_query *q, const struct bf_node *call,
                    const struct bf_column *column)
{
    for (const struct bf_node *arg = call->left; arg; arg = arg->next) {
        bool prefix = arg->kind == BF_NODE_PREFIX;
        const struct bf_node *name = prefix ? arg->left : arg;
        if (prefix ? bf_str_starts(column->name, name->text)
                   : bf_schema_column(q->schema, name->text) == column)
            return true;
    }
    return false;
}

static bool excluded(const struct bf_query *q, const struct bf_column *column)
{
    for (const struct bf_node *item = q->select_list->left; item; item = item->next)
        if (is_call(item, "exclude") && matches(q, item->left, column))
            return true;
    return false;
}

/* Names, or the beginning of names; each whole name must be a field. */
static bool check_patterns(struct bf_query *q, struct bf_clause *c, const struct bf_node *item)
{
    const struct bf_node *call = item->left;
    if (item->text.p)
        return BF_MALFORMED(c, item->at, "%s() cannot have an alias", call->function->name);
    if (q->nkeys)
        return BF_MALFORMED(c, item->at, "%s() cannot be used with group_by", call->function->name);
    if (call->count == 0)
        return BF_MALFORMED(c, call->at, "%s() is written %s", call->function->name,
                            call->function->usage);
    for (const struct bf_node *arg = call->left; arg; arg = arg->next) {
        bool prefix = arg->kind == BF_NODE_PREFIX;
        const struct bf_node *name = prefix ? arg->left : arg;
        if (name->kind != BF_NODE_NAME)
            return BF_MALFORMED(c, arg->at, "%s() is written %s", call->function->name,
                                call->function->usage);
        if (!prefix && !bf_schema_column(q->schema, name->text))
            return bf_check_name(q, c, name->text, name->at) != NULL;
    }
    return true;
}

/* Every field that is shown, of the call's patterns when there is one, without what an exclude()
 * names. */
static bool put_fields(struct bf_query *q, int64_t at, const struct bf_node *include)
{
    for (size_t i = 0; i < q->schema->n; i++) {
        const struct bf_column *column = &q->schema->columns[i];
        if (column->flags & BF_COLUMN_HIDDEN || (include && !matches(q, include, column)) ||
            excluded(q, column))
            continue;
        q->named[i] = true;
        if (!put_column(q, at, column->name, column))
            return false;
    }
    return true;
}

/* ---- items ---------------------------------------------------------------------------------- */

static struct bf_str typed(const struct bf_clause *c, const struct bf_node *n)
{
    return (struct bf_str){c->text.p + n->at, n->end - n->at};
}

/* A key that select names as it was typed in group_by: there already, or again by an alias. */
static bool put_key(struct bf_query *q, const struct bf_node *item, const struct bf_key *key)
{
    return !item->text.p || put_value(q, item->at, item->text, key->shown);
}

static bool put_expression(struct bf_query *q, struct bf_node *item)
{
    struct bf_clause *c = &q->select;
    struct bf_node *e = item->left;
    struct bf_str key = item->text;
    if (!key.p)
        key = e->kind == BF_NODE_NAME ? e->text : typed(c, e);
    if (e->kind == BF_NODE_NAME && q->nkeys == 0) {
        const struct bf_column *column = bf_check_name(q, c, e->text, e->at);
        return column && put_column(q, e->at, key, column);
    }
    /* A literal like others, but of no type of its own: a column has one. */
    if (e->kind == BF_NODE_NULL)
        return bf_expr_apply(e, BF_TEXT, "NULL::text") && put_value(q, e->at, key, e);
    return bf_expr_check(q, c, e) && bf_group_settle(q, c, e) && put_value(q, e->at, key, e);
}

static bool put_item(struct bf_query *q, struct bf_node *item)
{
    struct bf_clause *c = &q->select;
    if (item->kind == BF_NODE_STAR)
        return q->nkeys || put_fields(q, item->at, NULL);
    bool include = is_call(item, "include");
    if (include || is_call(item, "exclude"))
        return check_patterns(q, c, item) && put_fields(q, item->at, include ? item->left : NULL);
    const struct bf_key *key = bf_group_typed(q, c, item->left);
    return key ? put_key(q, item, key) : put_expression(q, item);
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
        q->outputs[q->noutputs++] =
            (struct bf_output){column->name, column->type, column, NULL, false, {NULL, 0}};
    }
    return true;
}

static bool put_keys(struct bf_query *q)
{
    for (size_t i = 0; i < q->nkeys; i++)
        if (!put_value(q, -1, q->keys[i].key, q->keys[i].shown))
            return false;
    return true;
}

bool bf_outputs_select(struct bf_query *q)
{
    if (!put_keys(q))
        return false;
    if (!q->select_list)
        return q->nkeys || select_all(q);
    for (struct bf_node *item = q->select_list->left; item; item = item->next)
        if (!put_item(q, item))
            return false;
    return true;
}
