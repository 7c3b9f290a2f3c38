#include "query/wants.h"

#include "core/clock.h"
#include "query/ast.h"

struct wanting {
    const struct bf_query *q;
    const struct bf_column *column;
    struct bf_wants *out;
    bool failed;
};

static bool same_value(const struct bf_value *a, const struct bf_value *b)
{
    switch (a->type) {
    case BF_BOOL:
        return a->boolean == b->boolean;
    case BF_INT:
        return a->integer == b->integer;
    case BF_DOUBLE:
        return a->real >= b->real && a->real <= b->real;
    case BF_DATE:
        return a->date == b->date;
    case BF_DATETIME:
        return a->instant == b->instant;
    case BF_TEXT:
        return bf_str_eq(a->text, b->text);
    case BF_NULL:
    case BF_GEO_POINT:
    case BF_GEO_SHAPE:
    case BF_JSON:
        break;
    }
    return false;
}

static bool is_listed(const struct bf_wants *w, const struct bf_value *v)
{
    for (size_t i = 0; i < w->n; i++)
        if (same_value(&w->values[i], v))
            return true;
    return false;
}

/* One of these VALUEs, and of those that other conditions left. */
static void want_values(struct wanting *w, const struct bf_node *first)
{
    size_t n = 0, kept = 0;
    for (const struct bf_node *v = first; v; v = v->next, n++)
        if (v->kind != BF_NODE_VALUE || v->value.type != w->column->type)
            return;
    struct bf_value *values = bf_arena_zalloc(w->q->arena, n + 1, sizeof *values);
    w->failed |= !values;
    for (const struct bf_node *v = first; v && values; v = v->next)
        if (!w->out->listed || is_listed(w->out, &v->value))
            values[kept++] = v->value;
    w->out->listed = true;
    w->out->values = values;
    w->out->n = kept;
}

static bool number_of(const struct bf_value *v, int64_t *out)
{
    if (v->type == BF_INT)
        *out = v->integer;
    else if (v->type == BF_DATE)
        *out = v->date;
    else if (v->type == BF_DATETIME)
        *out = v->instant;
    else
        return false;
    return true;
}

/* Ends count as included: what is a little too much is looked at again. */
static void want_compare(struct wanting *w, const struct bf_node *n)
{
    int64_t v;
    if (n->op == BF_EQ) {
        const struct bf_node alone = {.kind = n->right->kind, .value = n->right->value};
        want_values(w, &alone);
        return;
    }
    if (n->right->kind != BF_NODE_VALUE || n->right->value.type != w->column->type ||
        !number_of(&n->right->value, &v))
        return;
    struct bf_wants *out = w->out;
    if ((n->op == BF_GT || n->op == BF_GE) && (!out->from || v > out->least)) {
        out->from = true;
        out->least = v;
    }
    if ((n->op == BF_LT || n->op == BF_LE) && (!out->to || v < out->most)) {
        out->to = true;
        out->most = v;
    }
}

static void want_box(struct wanting *w, const struct bf_node *west)
{
    const struct bf_node *south = west->next, *east = south->next;
    struct bf_box b = {west->value.real, south->value.real, east->value.real,
                       east->next->value.real};
    struct bf_box *out = &w->out->box;
    bool first = !w->out->boxed;
    w->out->boxed = true;
    out->west = first || b.west > out->west ? b.west : out->west;
    out->south = first || b.south > out->south ? b.south : out->south;
    out->east = first || b.east < out->east ? b.east : out->east;
    out->north = first || b.north < out->north ? b.north : out->north;
}

static void want(struct wanting *w, const struct bf_node *n)
{
    if (n->kind == BF_NODE_AND) {
        for (const struct bf_node *part = n->left; part; part = part->next)
            want(w, part);
        return;
    }
    if (n->kind == BF_NODE_CONSTANT && !n->value.boolean)
        want_values(w, NULL);
    if (!n->left || n->left->kind != BF_NODE_COLUMN || n->left->column != w->column)
        return;
    bool point = w->column->type == BF_GEO_POINT;
    if (n->kind == BF_NODE_COMPARE)
        want_compare(w, n);
    else if (n->kind == BF_NODE_IN && !n->negated)
        want_values(w, n->right->left);
    else if (n->kind == BF_NODE_BOX && point)
        want_box(w, n->right);
    else if (n->kind == BF_NODE_NEAR && point)
        want_box(w, n->right->next->next);
}

bool bf_query_wants(const struct bf_query *q, const struct bf_column *column, struct bf_wants *out)
{
    struct wanting w = {.q = q, .column = column, .out = out};
    *out = (struct bf_wants){.listed = false};
    if (column->flags & BF_COLUMN_MULTIVALUED)
        return true;
    for (const struct bf_condition *c = q->conditions; c; c = c->next)
        if (c->node && !(c->refine && !c->exclude && q->facets))
            want(&w, c->node);
    return !w.failed;
}

int64_t bf_query_suffices(const struct bf_query *q)
{
    bool plain = !q->conditions && !q->nsorts && !q->nkeys && !q->naggregates && !q->facets &&
                 !q->one && q->limit >= 0;
    return plain ? q->limit + q->offset : -1;
}

const char *bf_query_record(const struct bf_query *q)
{
    return q->one ? q->record : NULL;
}

int64_t bf_query_instant(struct bf_query *q)
{
    if (q->now == 0)
        q->now = bf_clock_wall_us();
    return q->now;
}
