#include "query/decided.h"

#include "query/first.h"

enum { INDEXED = BF_COLUMN_FACET | BF_COLUMN_SORTABLE };

/* To fetch a record that an index names takes as long as to look at four in their order. */
enum { FETCH = 4 };

enum { WHERE = sizeof " WHERE " - 1 };

/* The ends of an interval of one field; the same node twice: one value. */
struct ends {
    const struct bf_node *low, *high;
};

static void put(struct bf_sql_writer *w, const char *text)
{
    bf_text_str(&w->text, bf_str_of(text));
}

/* ---- which queries -------------------------------------------------------------------------- */

static bool has_index(const struct bf_node *n)
{
    return n->kind == BF_NODE_COLUMN && n->column->flags & INDEXED &&
           !(n->column->flags & (BF_COLUMN_MULTIVALUED | BF_COLUMN_COMPUTED));
}

static bool take_end(const struct bf_node **end, const struct bf_node *n)
{
    bool open = !*end;
    *end = n;
    return open;
}

static bool take_compare(struct ends *e, const struct bf_node *n)
{
    const struct bf_node *other = e->low ? e->low : e->high;
    if (!has_index(n->left) || n->right->kind != BF_NODE_VALUE ||
        (other && other->left->column != n->left->column))
        return false;
    switch (n->op) {
    case BF_EQ:
        return take_end(&e->low, n) && take_end(&e->high, n);
    case BF_GT:
    case BF_GE:
        return take_end(&e->low, n);
    case BF_LT:
    case BF_LE:
        return take_end(&e->high, n);
    default:
        return false;
    }
}

static bool take(struct ends *e, const struct bf_node *n)
{
    if (n->kind == BF_NODE_COMPARE)
        return take_compare(e, n);
    if (n->kind != BF_NODE_AND)
        return false;
    const struct bf_node *item = n->left;
    while (item && take(e, item))
        item = item->next;
    return item == NULL;
}

/* false: the conditions are no such interval. */
static bool ends_of(const struct bf_query *q, struct ends *e)
{
    *e = (struct ends){NULL, NULL};
    for (const struct bf_condition *c = q->conditions; c; c = c->next)
        if (c->node && !take(e, c->node))
            return false;
    return e->low && e->high;
}

bool bf_decided_is(const struct bf_query *q)
{
    struct ends e;
    return bf_first_page(q) && q->nsorts == 0 && !q->one && !q->place && !q->as_of && !q->facets &&
           ends_of(q, &e);
}

/* ---- SQL ------------------------------------------------------------------------------------ */

static bool is_known(const struct bf_query *q)
{
    return q->number >= 0;
}

/* Up to so many records are found by the index: n of N are fetched, or N / n looked at for each one
 * that is wanted. */
static int64_t few(const struct bf_query *q)
{
    int64_t n = 1;
    while (n * n * FETCH < bf_first_step(q) * q->records)
        n *= 2;
    return n;
}

/* ` AND t."commune" >= $4::text AND t."commune" <= $4` */
static void put_interval(struct bf_sql_writer *w, const struct bf_node *n)
{
    put(w, " AND ");
    bf_sql_node(w, n->left);
    put(w, " >= ");
    bf_sql_param(w, n->right->value);
    put(w, " AND ");
    bf_sql_node(w, n->left);
    put(w, " <= $");
    bf_text_number(&w->text, w->q->bound + w->nparams);
}

/* The records by their index. */
static void put_side_by_side(struct bf_sql_writer *w, size_t condition, size_t where)
{
    struct ends e;
    bf_text_str(&w->text, w->q->schema->relation);
    put(w, " AS t WHERE ");
    bf_text_again(&w->text, condition, where);
    if (ends_of(w->q, &e) && e.low == e.high)
        put_interval(w, e.low);
}

void bf_decided_with(struct bf_sql_writer *w, size_t from, size_t where)
{
    if (is_known(w->q))
        return;
    put(w, "WITH n AS MATERIALIZED (SELECT count(*) AS n FROM ");
    put_side_by_side(w, from + WHERE, where);
    put(w, ") ");
}

void bf_decided_total(struct bf_sql_writer *w)
{
    if (!is_known(w->q))
        put(w, "(SELECT n.n FROM n)");
}

/* ` AND` that there are so many, or more. */
static void put_gate(struct bf_sql_writer *w, const char *compare)
{
    if (is_known(w->q))
        return;
    put(w, " AND (SELECT n.n FROM n)");
    put(w, compare);
    bf_text_number(&w->text, (size_t)few(w->q));
}

static void put_first(struct bf_sql_writer *w)
{
    put(w, " ORDER BY ");
    bf_text_str(&w->text, w->q->schema->order);
    bf_first_limit(w);
}

static void put_few(struct bf_sql_writer *w, size_t condition, size_t where)
{
    put(w, "SELECT t.* FROM (");
    bf_sql_select(w);
    put(w, " FROM ");
    put_side_by_side(w, condition, where);
    put_gate(w, " <= ");
    put(w, " OFFSET 0) AS t");
    put_first(w);
}

static void put_many(struct bf_sql_writer *w, size_t condition, size_t where)
{
    bf_sql_select(w);
    put(w, " FROM ");
    bf_text_str(&w->text, w->q->schema->relation);
    put(w, " AS t WHERE (");
    bf_text_again(&w->text, condition, where);
    put(w, ") IS TRUE");
    put_gate(w, " > ");
    put_first(w);
}

void bf_decided_rows(struct bf_sql_writer *w, size_t from, size_t where)
{
    size_t condition = from + WHERE;
    bool known = is_known(w->q);
    bool some = known && w->q->number <= few(w->q);
    put(w, "((");
    if (!known || some)
        put_few(w, condition, where);
    if (!known)
        put(w, ") UNION ALL (");
    if (!known || !some)
        put_many(w, condition, where);
    put(w, ")) AS t");
}
