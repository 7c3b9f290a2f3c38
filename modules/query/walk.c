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

bool bf_walk_has_nulls(const struct bf_query *q)
{
    return q->nsorts > 0;
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

/* Key i of the record at the place: found once, by bf_walk_with. */
static void put_there(struct bf_sql_writer *w, size_t i)
{
    put(w, "(SELECT p.k");
    bf_text_number(&w->text, i);
    put(w, " FROM p)");
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

static void put_number(struct bf_sql_writer *w, int64_t number, const char *compare)
{
    bf_text_str(&w->text, w->q->schema->order);
    put(w, compare);
    bf_sql_param(w, (struct bf_value){.type = BF_INT, .integer = number});
}

/* ` FROM … WHERE …` of the record of that number. */
static void put_record(struct bf_sql_writer *w, int64_t number)
{
    put(w, " FROM ");
    bf_text_str(&w->text, w->q->as_of ? w->q->schema->history : w->q->schema->relation);
    put(w, " AS t WHERE ");
    if (w->q->as_of) {
        bf_walk_during(w);
        put(w, " AND ");
    }
    put_number(w, number, " = ");
}

void bf_walk_with(struct bf_sql_writer *w)
{
    put(w, "WITH p AS MATERIALIZED (SELECT ");
    for (size_t i = 0; i < w->q->nsorts; i++) {
        put(w, i ? ", " : "");
        put_key(w, i);
        put(w, " AS k");
        bf_text_number(&w->text, i);
    }
    put_record(w, w->q->place->number);
    put(w, ") ");
}

/* Key i lies behind that of the place: nulls come last, so behind null there is nothing. */
static void put_behind(struct bf_sql_writer *w, size_t i)
{
    put(w, "(");
    put_key(w, i);
    put(w, w->q->sorts[i].descending ? " < " : " > ");
    put_there(w, i);
    if (i) {
        put(w, " OR ");
        put_key(w, i);
        put(w, " IS NULL AND ");
        put_there(w, i);
        put(w, " IS NOT NULL");
    }
    put(w, ")");
}

static void put_same(struct bf_sql_writer *w, size_t i)
{
    put_key(w, i);
    put(w, i ? " IS NOT DISTINCT FROM " : " = ");
    put_there(w, i);
}

/* a behind, or the same a and b behind, …, or all the same and the number behind. */
static void put_chain(struct bf_sql_writer *w, size_t first)
{
    size_t n = w->q->nsorts;
    for (size_t i = first; i <= n; i++) {
        put(w, i > first ? " OR " : "");
        for (size_t same = first; same < i; same++) {
            put_same(w, same);
            put(w, " AND ");
        }
        if (i < n)
            put_behind(w, i);
        else
            put_number(w, w->q->place->number, " > ");
    }
}

/* After a record that has a first key come all that have none. */
static void put_nulls(struct bf_sql_writer *w)
{
    put_key(w, 0);
    put(w, " IS NULL AND EXISTS (SELECT FROM p) AND (");
    put_there(w, 0);
    put(w, " IS NOT NULL OR ");
    put_chain(w, 1);
    put(w, ")");
}

void bf_walk_where(struct bf_sql_writer *w)
{
    if (w->q->place->nulls) {
        put_nulls(w);
        return;
    }
    if (w->q->nsorts) { /* the first key alone bounds what an index has to read */
        put_key(w, 0);
        put(w, w->q->sorts[0].descending ? " <= " : " >= ");
        put_there(w, 0);
        put(w, " AND ");
    }
    put(w, "(");
    put_chain(w, 0);
    put(w, ")");
}

bool bf_walk_place_sql(const struct bf_query *q, int64_t number, struct bf_sql *out,
                       struct bf_err *err)
{
    struct bf_sql_writer w = {.q = q};
    bf_text_init(&w.text, q->arena, q->schema->history.n + 256);
    put_record(&w, number);
    if (bf_text_failed(&w.text))
        return BF_FAIL_WITH(err, BF_E_MEMORY,
                            "The query needs more memory than a request may have.");
    size_t head = sizeof " FROM " - 1;
    *out = (struct bf_sql){.columns = BF_STR("true"),
                           .ncolumns = 1,
                           .rows = bf_text_piece(&w.text, head, w.text.n),
                           .params = w.params,
                           .nparams = w.nparams};
    return true;
}
