#include "query/first.h"

#include "query/function.h"
#include "query/tally.h"

#include <math.h>
#include <string.h>

/* Metres of a degree: a little fewer than there are, because the index compares with rounded
 * numbers, and because meridians come nearer to each other towards a pole. */
#define DEGREE 111000.0

/* Up to so many metres from a place up to this far in the north or south, the width of the box is
 * less than a thousandth more than by the cosine of the place alone. */
enum { NEAR = 100000, LATITUDE = 60, LONGITUDE = 178 };

enum { INDEXED = BF_COLUMN_FACET | BF_COLUMN_SORTABLE };

/* The ends of windows that PostgreSQL is told. */
static const int64_t steps[] = {10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000};
enum { STEPS = sizeof steps / sizeof steps[0] };

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

bool bf_first_page(const struct bf_query *q)
{
    return q->records && q->limit >= 0 && q->limit + q->offset <= steps[STEPS - 1] &&
           q->nkeys + q->naggregates == 0;
}

int64_t bf_first_step(const struct bf_query *q)
{
    size_t i = 0;
    while (steps[i] < q->limit + q->offset)
        i++;
    return steps[i];
}

bool bf_first_is(const struct bf_query *q)
{
    return bf_first_page(q) && !q->one && !q->place && !q->as_of && q->nsorts &&
           q->nfulltexts == 0 && (is_distance(q->sorts) || is_backwards(q->sorts));
}

static const struct bf_point *center_of(const struct bf_sort *s)
{
    return &s->node->left->next->value.point;
}

bool bf_first_full(const struct bf_query *q)
{
    if (!q->full || !bf_first_is(q) || !bf_tally_of_all(q))
        return false;
    const struct bf_point *c = is_distance(q->sorts) ? center_of(q->sorts) : NULL;
    return !c || (fabs(c->lat) < LATITUDE && fabs(c->lon) < LONGITUDE);
}

/* The field whose null puts a record at the end. */
static const struct bf_node *field_of(const struct bf_sort *s)
{
    return s->node->kind == BF_NODE_COLUMN ? s->node : s->node->left;
}

struct first {
    struct bf_sql_writer *w;
    size_t from, where; /* of the conditions */
};

bool bf_first_told(const struct bf_query *q)
{
    return bf_first_page(q) && !bf_first_is(q) && bf_query_steady(q);
}

bool bf_first_cut(const struct bf_query *q)
{
    return q->offset == 0 && (bf_first_full(q) || bf_first_told(q)) && bf_first_step(q) == q->limit;
}

void bf_first_limit(struct bf_sql_writer *w)
{
    put(w, " LIMIT ");
    bf_text_number(&w->text, (size_t)bf_first_step(w->q));
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

static void put_rest(const struct first *f)
{
    struct bf_sql_writer *w = f->w;
    for (size_t i = 1; i < w->q->nsorts; i++) {
        bf_sql_node(w, w->q->sorts[i].node);
        put(w, w->q->sorts[i].descending ? " DESC NULLS LAST, " : ", ");
    }
    bf_text_str(&w->text, w->q->schema->order);
    bf_first_limit(w);
}

/* The box around all places within r.m metres; null, and so around none, when r.m is. */
static void put_box(struct bf_sql_writer *w, const struct bf_sort *s)
{
    const double degrees = 1 / DEGREE;
    const double wide = degrees / cos(center_of(s)->lat * acos(-1) / 180);
    put(w, "LATERAL (SELECT ST_Expand(");
    bf_sql_node(w, s->node->left->next);
    put(w, ", r.m * ");
    bf_sql_param(w, (struct bf_value){.type = BF_DOUBLE, .real = wide});
    put(w, ", r.m * ");
    bf_sql_param(w, (struct bf_value){.type = BF_DOUBLE, .real = degrees});
    put(w, ") AS box)");
}

static void put_around(struct bf_sql_writer *w, const struct bf_sort *s)
{
    put(w, "catalog.around(");
    bf_sql_node(w, s->node->left->next);
    put(w, ", r.m)");
}

static void put_near(const struct first *f)
{
    struct bf_sql_writer *w = f->w;
    bool full = bf_first_full(w->q);
    const struct bf_node *distance = w->q->sorts[0].node;
    put_from(f);
    put(w, " && (SELECT b.box FROM (SELECT CASE WHEN count(*) = ");
    bf_text_number(&w->text, (size_t)bf_first_step(w->q));
    if (full) {
        put(w, " AND max(c.d) < ");
        bf_text_number(&w->text, NEAR);
    }
    put(w, full ? " THEN max(c.d) + 1 END" : " THEN max(c.d) END");
    put(w, " AS m FROM (SELECT ");
    bf_sql_node(w, distance);
    put(w, " AS d");
    put_from(f);
    put(w, " IS NOT NULL ORDER BY ");
    bf_sql_node(w, distance->left);
    put(w, " <-> ");
    bf_sql_node(w, distance->left->next);
    bf_first_limit(w);
    put(w, ") AS c) AS r, ");
    if (full)
        put_box(w, w->q->sorts);
    else
        put_around(w, w->q->sorts);
    put(w, " AS b) ORDER BY ");
    bf_sql_node(w, distance);
    put(w, ", ");
    put_rest(f);
}

static void put_backwards(const struct first *f)
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
    struct first f = {w, from, where};
    put(w, "((");
    bf_sql_select(w);
    if (is_distance(w->q->sorts))
        put_near(&f);
    else
        put_backwards(&f);
    put(w, ")");
    if (!bf_first_full(w->q)) {
        put(w, " UNION ALL (");
        bf_sql_select(w);
        put_from(&f);
        put(w, " IS NULL ORDER BY ");
        put_rest(&f);
        put(w, ")");
    }
    put(w, ") AS t");
}
