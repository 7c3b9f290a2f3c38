#include "query/first.h"

#include "query/function.h"

#include <string.h>

enum { INDEXED = BF_COLUMN_FACET | BF_COLUMN_SORTABLE };

static void put(struct bf_sql_writer *w, const char *text)
{
    bf_text_str(&w->text, bf_str_of(text));
}

static bool is_distance(const struct bf_sort *s)
{
    const struct bf_node *n = s->node;
    return !s->descending && n->kind == BF_NODE_APPLY && strcmp(n->sql, BF_DISTANCE_SQL) == 0 &&
           n->left->kind == BF_NODE_COLUMN && n->left->column->type == BF_GEO_POINT &&
           n->left->next->kind == BF_NODE_VALUE;
}

static bool is_backwards(const struct bf_sort *s)
{
    const struct bf_node *n = s->node;
    return s->descending && n->kind == BF_NODE_COLUMN && n->column->flags & INDEXED &&
           !(n->column->flags & BF_COLUMN_MULTIVALUED);
}

bool bf_first_is(const struct bf_query *q)
{
    bool page = q->many && q->limit >= 0 && !q->one && !q->place && !q->as_of;
    bool records = q->nkeys + q->naggregates == 0;
    return page && records && q->nsorts && q->nfulltexts == 0 &&
           (is_distance(q->sorts) || is_backwards(q->sorts));
}

/* The field whose null puts a record at the end. */
static const struct bf_node *field_of(const struct bf_sort *s)
{
    return s->node->kind == BF_NODE_COLUMN ? s->node : s->node->left;
}

struct first {
    struct bf_sql_writer *w;
    size_t from, where; /* of the conditions */
    size_t wanted;      /* the parameter of put_wanted; 0: not bound yet */
};

/* The number of records up to the end of the window. */
static void put_wanted(struct first *f)
{
    const struct bf_query *q = f->w->q;
    if (f->wanted) {
        put(f->w, "$");
        bf_text_number(&f->w->text, f->wanted);
        put(f->w, "::bigint");
        return;
    }
    bf_sql_param(f->w, (struct bf_value){.type = BF_INT, .integer = q->limit + q->offset});
    f->wanted = q->bound + f->w->nparams;
}

/* ` FROM … WHERE … AND field` */
static void put_from(const struct first *f)
{
    struct bf_sql_writer *w = f->w;
    put(w, " FROM ");
    bf_text_str(&w->text, w->q->schema->relation);
    put(w, " AS t");
    bf_text_again(&w->text, f->from, f->where);
    put(w, f->from == f->where ? " WHERE " : " AND ");
    bf_sql_node(w, field_of(w->q->sorts));
}

static void put_rest(struct first *f)
{
    struct bf_sql_writer *w = f->w;
    for (size_t i = 1; i < w->q->nsorts; i++) {
        bf_sql_node(w, w->q->sorts[i].node);
        put(w, w->q->sorts[i].descending ? " DESC NULLS LAST, " : ", ");
    }
    bf_text_str(&w->text, w->q->schema->order);
    put(w, " LIMIT ");
    put_wanted(f);
}

static void put_near(struct first *f)
{
    struct bf_sql_writer *w = f->w;
    const struct bf_node *distance = w->q->sorts[0].node;
    put_from(f);
    put(w, " && (SELECT catalog.around(");
    bf_sql_node(w, distance->left->next);
    put(w, ", CASE WHEN count(*) = ");
    put_wanted(f);
    put(w, " THEN max(c.d) END) FROM (SELECT ");
    bf_sql_node(w, distance);
    put(w, " AS d");
    put_from(f);
    put(w, " IS NOT NULL ORDER BY ");
    bf_sql_node(w, distance->left);
    put(w, " <-> ");
    bf_sql_node(w, distance->left->next);
    put(w, " LIMIT ");
    put_wanted(f);
    put(w, ") AS c) ORDER BY ");
    bf_sql_node(w, distance);
    put(w, ", ");
    put_rest(f);
}

static void put_backwards(struct first *f)
{
    struct bf_sql_writer *w = f->w;
    put_from(f);
    put(w, " IS NOT NULL ORDER BY ");
    bf_sql_node(w, w->q->sorts[0].node);
    put(w, " DESC, ");
    put_rest(f);
}

void bf_first_rows(struct bf_sql_writer *w, size_t from, size_t where)
{
    struct first f = {w, from, where, 0};
    put(w, "((SELECT t.*");
    if (is_distance(w->q->sorts))
        put_near(&f);
    else
        put_backwards(&f);
    put(w, ") UNION ALL (SELECT t.*");
    put_from(&f);
    put(w, " IS NULL ORDER BY ");
    put_rest(&f);
    put(w, ")) AS t");
}
