#include "query/walk.h"

#include "query/walk_sql.h"

bool bf_walk_possible(const struct bf_query *q)
{
    return q->nkeys == 0 && q->naggregates == 0 && !q->present && q->schema->history.n > 0;
}

void bf_walk_begin(struct bf_query *q)
{
    q->walking = true;
}

void bf_walk_as_of(struct bf_query *q, int64_t commit)
{
    q->as_of = commit;
}

void bf_walk_after(struct bf_query *q, const struct bf_walk_place *place)
{
    q->place = place;
}

void bf_walk_limit(struct bf_query *q, int64_t limit)
{
    q->limit = limit;
}

size_t bf_walk_keys(const struct bf_query *q)
{
    return q->nsorts;
}

enum bf_type bf_walk_key(const struct bf_query *q, size_t i)
{
    return bf_node_type(q->sorts[i].node);
}

/* ---- SQL ------------------------------------------------------------------------------------ */

static void put(struct bf_sql_writer *w, const char *text)
{
    bf_text_str(&w->text, bf_str_of(text));
}

static void put_key(struct bf_sql_writer *w, size_t i)
{
    bf_sql_node(w, w->q->sorts[i].node);
}

static const struct bf_value *key_of(const struct bf_sql_writer *w, size_t i)
{
    return &w->q->place->keys[i];
}

/* One parameter for all places: a piece of SQL that is not used leaves none without a type. */
static void put_commit(struct bf_sql_writer *w)
{
    if (w->as_of) {
        put(w, "$");
        bf_text_number(&w->text, w->as_of);
        put(w, "::bigint");
        return;
    }
    bf_sql_param(w, (struct bf_value){.type = BF_INT, .integer = w->q->as_of});
    w->as_of = w->q->bound + w->nparams;
}

void bf_walk_during(struct bf_sql_writer *w)
{
    struct bf_str rest = w->q->schema->during;
    while (rest.p) {
        struct bf_str piece = bf_str_cut(rest, '@', &rest);
        bf_text_str(&w->text, piece);
        if (rest.p)
            put_commit(w);
    }
}

/* Key i lies behind its value: nulls come last, so behind null there is nothing. */
static void put_behind(struct bf_sql_writer *w, size_t i)
{
    if (key_of(w, i)->type == BF_NULL) {
        put(w, "false");
        return;
    }
    put(w, "(");
    put_key(w, i);
    put(w, w->q->sorts[i].descending ? " < " : " > ");
    bf_sql_param(w, *key_of(w, i));
    put(w, " OR ");
    put_key(w, i);
    put(w, " IS NULL)");
}

static void put_same(struct bf_sql_writer *w, size_t i)
{
    put_key(w, i);
    if (key_of(w, i)->type == BF_NULL) {
        put(w, " IS NULL");
        return;
    }
    put(w, " = ");
    bf_sql_param(w, *key_of(w, i));
}

/* The first key alone bounds what an index has to read; nulls of it are another page's. */
static void put_bound(struct bf_sql_writer *w)
{
    put_key(w, 0);
    if (w->q->place->at_nulls || key_of(w, 0)->type == BF_NULL) {
        put(w, " IS NULL");
        return;
    }
    put(w, w->q->sorts[0].descending ? " <= " : " >= ");
    bf_sql_param(w, *key_of(w, 0));
}

static void put_number(struct bf_sql_writer *w, const char *compare)
{
    bf_text_str(&w->text, w->q->schema->order);
    put(w, compare);
    bf_sql_param(w, (struct bf_value){.type = BF_INT, .integer = w->q->place->number});
}

/* a behind, or the same a and b behind, …, or all the same and the number behind. */
static void put_chain(struct bf_sql_writer *w)
{
    size_t n = w->q->nsorts;
    put(w, "(");
    for (size_t i = 0; i <= n; i++) {
        put(w, i ? " OR " : "");
        for (size_t same = 0; same < i; same++) {
            put_same(w, same);
            put(w, " AND ");
        }
        if (i < n)
            put_behind(w, i);
        else
            put_number(w, " > ");
    }
    put(w, ")");
}

void bf_walk_where(struct bf_sql_writer *w)
{
    if (w->q->nsorts) {
        put_bound(w);
        if (w->q->place->at_nulls)
            return;
        put(w, " AND ");
    }
    put_chain(w);
}

bool bf_walk_nulls_follow(const struct bf_query *q)
{
    const struct bf_walk_place *at = q->place;
    return at && q->nsorts && !at->at_nulls && at->keys[0].type != BF_NULL;
}

bool bf_walk_keys_sql(const struct bf_query *q, int64_t number, struct bf_sql *out,
                      struct bf_err *err)
{
    const struct bf_walk_place at = {.number = number};
    struct bf_query walk = *q;
    struct bf_sql_writer w = {.q = &walk};
    walk.place = &at;
    bf_text_init(&w.text, q->arena, q->schema->history.n + 256);
    for (size_t i = 0; i < q->nsorts; i++) {
        put(&w, i ? ", " : "");
        put_key(&w, i);
    }
    size_t columns = w.text.n;
    bf_text_str(&w.text, q->schema->history);
    put(&w, " AS t");
    size_t from = w.text.n;
    put(&w, " WHERE ");
    bf_walk_during(&w);
    put(&w, " AND ");
    put_number(&w, " = ");
    size_t where = w.text.n;
    if (bf_text_failed(&w.text))
        return BF_FAIL_WITH(err, BF_E_MEMORY,
                            "The query needs more memory than a request may have.");
    *out = (struct bf_sql){.columns = bf_text_piece(&w.text, 0, columns),
                           .ncolumns = q->nsorts,
                           .from = bf_text_piece(&w.text, columns, from),
                           .where = bf_text_piece(&w.text, from, where),
                           .rows = bf_text_piece(&w.text, columns, where),
                           .params = w.params,
                           .nparams = w.nparams};
    return true;
}
