#include "query/sql.h"

#include "query/cluster_sql.h"
#include "query/decided.h"
#include "query/first.h"
#include "query/function.h"
#include "query/given.h"
#include "query/sql_node.h"
#include "query/sql_order.h"
#include "query/sql_where.h"
#include "query/walk_sql.h"

#include <string.h>

enum { FIRST_ROOM = 1024 };

/* Ends of the pieces in the one text that they are written into. */
struct pieces {
    size_t from, where, with, columns, rows, total, order, window;
};

static void put_text(struct bf_sql_writer *w, struct bf_str s)
{
    bf_text_str(&w->text, s);
}

/* What was written before, once more. */
static void put_again(struct bf_sql_writer *w, size_t from, size_t to)
{
    bf_text_again(&w->text, from, to);
}

/* ---- groups and aggregates ------------------------------------------------------------------ */

static void put_relation(struct bf_sql_writer *w)
{
    put_text(w, w->q->as_of ? w->q->schema->history : w->q->schema->relation);
    bf_text_put(&w->text, " AS t");
}

/* Records that lie in no interval of a range belong to no group. */
static void put_bounds(struct bf_sql_writer *w, const struct bf_key *key, bool first)
{
    put_text(w, first ? BF_STR(" WHERE (") : BF_STR(" AND ("));
    bf_sql_node(w, key->node->left);
    bf_text_put(&w->text, " IS NULL OR ");
    bf_sql_node(w, key->node);
    bf_text_put(&w->text, " BETWEEN ");
    bf_text_number(&w->text, (size_t)key->low);
    bf_text_put(&w->text, " AND ");
    bf_text_number(&w->text, (size_t)key->high);
    bf_text_put(&w->text, ")");
}

/* Beside other aggregates PostgreSQL sorts all values to find the different ones. Of a facet, which
 * has few, it is quicker to hash them, or to have several workers look at its index. A million
 * different ones are sorted sooner than hashed; of all records, those of a field with an index lie
 * in their order there, and texts are sorted sooner by a number that each one makes first. */
static bool is_count_of_all(const struct bf_query *q, const struct bf_node *n,
                            const struct pieces *p)
{
    if (q->nkeys || n->kind != BF_NODE_APPLY || strcmp(n->sql, BF_COUNT_DISTINCT_SQL) != 0 ||
        n->left->kind != BF_NODE_COLUMN)
        return false;
    const struct bf_column *c = n->left->column;
    bool stored = !(c->flags & (BF_COLUMN_COMPUTED | BF_COLUMN_MULTIVALUED));
    return c->flags & BF_COLUMN_FACET ||
           (p->from == p->where && stored && (c->flags & BF_COLUMN_SORTABLE || c->type == BF_TEXT));
}

static bool has_order(const struct bf_column *c)
{
    return c->flags & (BF_COLUMN_FACET | BF_COLUMN_SORTABLE);
}

static void put_count_of_all(struct bf_sql_writer *w, const struct bf_node *n,
                             const struct pieces *p)
{
    bf_text_put(&w->text, "(SELECT count(d._v) FROM (SELECT DISTINCT ");
    if (!has_order(n->left->column)) {
        bf_text_put(&w->text, "ON (hashtextextended(");
        bf_sql_node(w, n->left);
        bf_text_put(&w->text, ", 0), ");
        bf_sql_node(w, n->left);
        bf_text_put(&w->text, ") ");
    }
    bf_sql_node(w, n->left);
    bf_text_put(&w->text, " AS _v FROM ");
    put_relation(w);
    put_again(w, p->from, p->where);
    bf_text_put(&w->text, ") AS d)");
}

/* Their names begin as no field does: the SQL of a computed field names others without a table. */
static void put_inner_columns(struct bf_sql_writer *w, const struct pieces *p)
{
    const struct bf_query *q = w->q;
    for (size_t i = 0; i < q->nkeys; i++) {
        put_text(w, i ? BF_STR(", ") : BF_STR(""));
        bf_sql_node(w, q->keys[i].node);
        bf_text_put(&w->text, " AS _k");
        bf_text_number(&w->text, i + 1);
    }
    for (size_t i = 0; i < q->naggregates; i++) {
        put_text(w, q->nkeys + i ? BF_STR(", ") : BF_STR(""));
        if (is_count_of_all(q, q->aggregates[i], p))
            put_count_of_all(w, q->aggregates[i], p);
        else
            bf_sql_node(w, q->aggregates[i]);
        bf_text_put(&w->text, " AS _a");
        bf_text_number(&w->text, i + 1);
    }
    if (q->nkeys == 0)
        bf_text_put(&w->text, ", count(*) AS _n");
}

static void put_elements(struct bf_sql_writer *w, const struct bf_node *n)
{
    bf_text_put(&w->text, " LEFT JOIN LATERAL (SELECT DISTINCT e._v FROM unnest(");
    put_text(w, n->left->column->list);
    bf_text_put(&w->text, ") AS e(_v)) AS u");
    bf_text_number(&w->text, n->index + 1);
    bf_text_put(&w->text, " ON true");
}

static void put_joins(struct bf_sql_writer *w, const struct pieces *p)
{
    const struct bf_query *q = w->q;
    for (size_t i = 0; i < q->nkeys; i++) {
        const struct bf_node *n = q->keys[i].node;
        if (n->kind == BF_NODE_CLUSTER)
            bf_cluster_join(w, n, p->from, p->where);
        else if (n->kind == BF_NODE_ELEMENT)
            put_elements(w, n);
    }
}

static void put_with(struct bf_sql_writer *w, const struct pieces *p)
{
    const struct bf_query *q = w->q;
    if (w->finds)
        bf_sql_finds(w);
    if (q->place && q->nsorts)
        bf_walk_with(w);
    if (bf_decided_is(q))
        bf_decided_with(w, p->from, p->where);
    if (q->nkeys + q->naggregates == 0)
        return;
    const struct bf_node *cluster = bf_cluster_of(q);
    if (cluster && bf_cluster_parts(q)) {
        bf_cluster_with(w, cluster, p->from, p->where);
        return;
    }
    bf_text_put(&w->text, "WITH g AS (SELECT ");
    put_inner_columns(w, p);
    bf_text_put(&w->text, " FROM ");
    if (cluster)
        bf_cluster_records(w, cluster, p->from, p->where);
    else
        put_relation(w);
    put_joins(w, p);
    if (!cluster)
        put_again(w, p->from, p->where);
    bool first = cluster || p->from == p->where;
    for (size_t i = 0; i < q->nkeys; i++) {
        if (!q->keys[i].bounded)
            continue;
        put_bounds(w, &q->keys[i], first);
        first = false;
    }
    for (size_t i = 0; i < q->nkeys; i++) {
        put_text(w, i ? BF_STR(", ") : BF_STR(" GROUP BY "));
        bf_text_number(&w->text, i + 1);
    }
    bf_text_put(&w->text, ") ");
}

/* ---- the rows ------------------------------------------------------------------------------- */

static void put_column(struct bf_sql_writer *w, const struct bf_column *column, bool first)
{
    if (!first)
        bf_text_put(&w->text, ", ");
    if (!(column->flags & BF_COLUMN_OUTPUT_ONLY)) {
        put_text(w, column->sql);
        return;
    }
    bf_text_put(&w->text, "NULL::");
    put_text(w, bf_str_of(bf_type_info(column->type)->column));
}

static void put_columns(struct bf_sql_writer *w)
{
    const struct bf_query *q = w->q;
    for (size_t i = 0; i < q->noutputs; i++) {
        const struct bf_output *o = &q->outputs[i];
        if (o->column) {
            put_column(w, o->column, i == 0);
            continue;
        }
        put_text(w, i ? BF_STR(", ") : BF_STR(""));
        bf_sql_node(w, o->value);
    }
    for (size_t i = 0; i < q->ncarried; i++)
        put_column(w, q->carried[i], q->noutputs + i == 0);
    if (q->noutputs + q->ncarried == 0) /* a dataset whose fields are all hidden */
        bf_text_put(&w->text, "NULL::text");
    if (q->walking) {
        bf_text_put(&w->text, ", ");
        put_text(w, q->schema->order);
    }
}

static void put_total(struct bf_sql_writer *w)
{
    if (w->q->nkeys)
        bf_text_put(&w->text, "(SELECT count(*) FROM g)");
    else if (w->q->naggregates)
        bf_text_put(&w->text, "(SELECT g._n FROM g)");
    else if (bf_decided_is(w->q))
        bf_decided_total(w);
}

static void put_records(struct bf_sql_writer *w, const struct pieces *p)
{
    put_relation(w);
    if (w->q->naggregates)
        bf_text_put(&w->text, ", g");
    put_again(w, p->from, p->where);
}

static void put_rows(struct bf_sql_writer *w, const struct pieces *p)
{
    if (w->q->nkeys) {
        bf_text_put(&w->text, "g");
    } else if (bf_first_is(w->q)) {
        bf_first_rows(w, p->from, p->where);
    } else if (bf_decided_is(w->q)) {
        bf_decided_rows(w, p->from, p->where);
    } else if (bf_first_told(w->q)) {
        bf_text_put(&w->text, "(");
        bf_sql_select(w);
        bf_text_put(&w->text, " FROM ");
        put_records(w, p);
        bf_sql_order(w);
        bf_first_limit(w);
        bf_text_put(&w->text, ") AS t");
    } else {
        put_records(w, p);
    }
}

/* Empty where the rows come in order. */
static void put_order(struct bf_sql_writer *w)
{
    if (!bf_first_is(w->q) && !bf_first_told(w->q) && !bf_decided_is(w->q))
        bf_sql_order(w);
}

static void put_window(struct bf_sql_writer *w)
{
    const struct bf_query *q = w->q;
    if (bf_first_cut(q))
        return;
    if (q->limit >= 0) {
        bf_text_put(&w->text, " LIMIT ");
        bf_sql_param(w, (struct bf_value){.type = BF_INT, .integer = q->limit});
    }
    if (q->offset > 0) {
        bf_text_put(&w->text, " OFFSET ");
        bf_sql_param(w, (struct bf_value){.type = BF_INT, .integer = q->offset});
    }
}

static void write(struct bf_sql_writer *w, struct pieces *p)
{
    put_relation(w);
    p->from = w->text.n;
    bf_sql_where(w);
    p->where = w->text.n;
    put_with(w, p);
    p->with = w->text.n;
    put_columns(w);
    p->columns = w->text.n;
    put_rows(w, p);
    p->rows = w->text.n;
    put_total(w);
    p->total = w->text.n;
    put_order(w);
    p->order = w->text.n;
    put_window(w);
    p->window = w->text.n;
}

static bool no_memory(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_MEMORY, "The query needs more memory than a request may have.");
}

/* The quotient of doubles is numeric, and may be beyond them. */
static struct bf_str ends(const struct bf_key *key)
{
    if (bf_node_type(key->node) != BF_DOUBLE)
        return BF_STR("min(g._k1), max(g._k1)");
    return BF_STR("greatest(least(min(g._k1), 1e300), -1e300)::float8 AS first, "
                  "greatest(least(max(g._k1), 1e300), -1e300)::float8 AS last");
}

bool bf_sql_ends(const struct bf_query *q, struct bf_sql *out, struct bf_err *err)
{
    struct bf_sql_writer w = {.q = q};
    struct pieces p;
    bf_text_init(&w.text, q->arena, FIRST_ROOM);
    w.text.failed |= !bf_given_params(q, &w.params, &w.nparams, &w.room);
    put_relation(&w);
    p.from = w.text.n;
    bf_sql_where(&w);
    p.where = w.text.n;
    put_with(&w, &p);
    p.with = w.text.n;
    if (bf_text_failed(&w.text))
        return no_memory(err);
    *out = (struct bf_sql){
        .from = bf_text_piece(&w.text, 0, p.from),
        .where = bf_text_piece(&w.text, p.from, p.where),
        .with = bf_text_piece(&w.text, p.where, p.with),
        .columns = ends(&q->keys[0]),
        .ncolumns = 2,
        .rows = BF_STR("g"),
        .params = w.params,
        .nparams = w.nparams,
    };
    return true;
}

/* Of groups and facets the conditions stand in pieces that do not know `with`. */
static bool finds_once(const struct bf_query *q)
{
    return q->nkeys + q->naggregates == 0 && !q->facets && !q->place;
}

bool bf_sql_make(const struct bf_query *q, struct bf_sql *out, struct bf_err *err)
{
    struct bf_sql_writer w = {.q = q, .finds = finds_once(q)};
    struct pieces p;
    bf_text_init(&w.text, q->arena, FIRST_ROOM);
    w.text.failed |= !bf_given_params(q, &w.params, &w.nparams, &w.room);
    write(&w, &p);
    if (bf_text_failed(&w.text))
        return no_memory(err);
    size_t ncolumns = q->noutputs + q->ncarried;
    bool groups = q->nkeys + q->naggregates > 0;
    *out = (struct bf_sql){
        .from = bf_text_piece(&w.text, 0, p.from),
        .where = bf_text_piece(&w.text, p.from, p.where),
        .with = bf_text_piece(&w.text, p.where, p.with),
        .columns = bf_text_piece(&w.text, p.with, p.columns),
        .ncolumns = (ncolumns ? ncolumns : 1) + q->walking,
        .rows = bf_text_piece(&w.text, p.columns, p.rows),
        .total = bf_text_piece(&w.text, p.rows, p.total),
        .order = bf_text_piece(&w.text, p.total, p.order),
        .window = bf_text_piece(&w.text, p.order, p.window),
        .windowed = q->limit >= 0 || q->offset > 0,
        .present = groups ? (struct bf_str){NULL, 0} : q->schema->order,
        .params = w.params,
        .nparams = w.nparams,
        .outputs = q->outputs,
        .noutputs = q->noutputs,
        .unfiltered = p.from == p.where && p.rows == p.total && !q->schema->selected,
        .from_first = q->limit > 0 && q->offset == 0 && !q->place,
        .numbered = q->walking,
    };
    return true;
}
