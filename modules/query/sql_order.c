#include "query/sql_order.h"

#include "query/fulltext.h"
#include "query/query.h"
#include "query/walk.h"

/* Calls `what` for each full-text condition that every row fulfils and the index finds. */
static size_t each_found(struct bf_sql_writer *w, const struct bf_node *n,
                         void (*what)(struct bf_sql_writer *, const struct bf_node *))
{
    size_t found = 0;
    if (n->kind == BF_NODE_AND)
        for (const struct bf_node *item = n->left; item; item = item->next)
            found += each_found(w, item, what);
    if (n->kind != BF_NODE_FULLTEXT || !bf_fulltext_indexed(w->q->schema, n))
        return found;
    what(w, n);
    return 1;
}

/* Then those that hold the words where they weigh most. */
static void put_weight(struct bf_sql_writer *w, const struct bf_node *n)
{
    bf_text_put(&w->text, "ts_rank(");
    bf_text_str(&w->text, w->q->schema->words);
    bf_text_put(&w->text, ", (SELECT catalog.finds(");
    for (size_t i = 0; i < BF_FULLTEXT_BINDS; i++) {
        bf_text_str(&w->text, i ? BF_STR(", $") : BF_STR("$"));
        bf_text_number(&w->text, w->sought[n->count] + i);
    }
    bf_text_put(&w->text, "))) DESC, ");
}

/* Rows that hold every word as it was typed come first. Those are found by the index as well, so
 * that no row is cut into words again. */
static void put_rank(struct bf_sql_writer *w, const struct bf_node *n)
{
    const struct bf_schema *schema = w->q->schema;
    if (!bf_fulltext_ranks(n))
        return;
    bf_text_put(&w->text, "(");
    bf_text_str(&w->text, schema->order);
    bf_text_put(&w->text, " IN (SELECT ");
    bf_text_str(&w->text, schema->order);
    bf_text_put(&w->text, " FROM ");
    bf_text_str(&w->text, schema->relation);
    bf_text_put(&w->text, " AS t WHERE ");
    bf_text_str(&w->text, schema->words);
    bf_fulltext_exactly(&w->text, schema, n, w->sought[n->count]);
    bf_text_put(&w->text, ")) DESC, ");
    if (schema->weighted)
        put_weight(w, n);
}

static void no_rank(struct bf_sql_writer *w, const struct bf_node *n)
{
    (void)w;
    (void)n;
}

/* A statement is planned before its words are known: PostgreSQL may hope to meet ten of them soon
 * in the order of an index, and reads the whole table for a rare word. A first key that no index
 * has leaves it the index of the words. */
static void put_found_first(struct bf_sql_writer *w)
{
    size_t found = 0;
    size_t start = w->text.n;
    for (const struct bf_condition *c = w->q->conditions; c; c = c->next)
        if (c->node)
            found += each_found(w, c->node, bf_query_ranked(w->q) ? put_rank : no_rank);
    if (!found || w->text.n > start)
        return;
    bf_text_str(&w->text, w->q->schema->order);
    bf_text_put(&w->text, " IS NULL, ");
}

/* Keys of groups: null first ascending, last descending; all else null last both ways. */
static void put_sort(struct bf_sql_writer *w, const struct bf_sort *s)
{
    bool key = s->node->kind == BF_NODE_KEY;
    bf_sql_node(w, s->node);
    /* Where a walk leaves nulls out, the order is that of an index read backwards. */
    if (s->descending && s == w->q->sorts && w->q->place && !w->q->place->nulls)
        bf_text_put(&w->text, " DESC");
    else if (s->descending)
        bf_text_put(&w->text, " DESC NULLS LAST");
    else if (key)
        bf_text_put(&w->text, " NULLS FIRST");
}

void bf_sql_order(struct bf_sql_writer *w)
{
    const struct bf_query *q = w->q;
    bf_text_put(&w->text, " ORDER BY ");
    if (q->nkeys == 0)
        put_found_first(w);
    for (size_t i = 0; i < q->nsorts; i++) {
        bf_text_str(&w->text, i ? BF_STR(", ") : BF_STR(""));
        put_sort(w, &q->sorts[i]);
    }
    if (q->nkeys)
        return;
    bf_text_str(&w->text, q->nsorts ? BF_STR(", ") : BF_STR(""));
    bf_text_str(&w->text, q->schema->order);
}
