#include "query/sql.h"

#include "query/fulltext.h"

enum { FIRST_ROOM = 1024, FIRST_PARAMS = 16 };

struct writer {
    const struct bf_query *q;
    struct bf_text text;
    struct bf_value *params;
    size_t nparams, room;
    size_t sought[BF_QUERY_FULLTEXTS]; /* the parameter of each full-text condition */
};

static void bind(struct writer *w, struct bf_value v, struct bf_str cast)
{
    if (w->nparams == w->room) {
        struct bf_value *more =
            bf_arena_grow(w->q->arena, w->params, &w->room, FIRST_PARAMS, sizeof *more);
        if (!more) {
            w->text.failed = true;
            return;
        }
        w->params = more;
    }
    w->params[w->nparams++] = v;
    bf_text_put(&w->text, "$");
    bf_text_number(&w->text, w->q->bound + w->nparams);
    bf_text_str(&w->text, cast);
}

static void put_param(struct writer *w, struct bf_value v)
{
    static const struct bf_str casts[] = {
        [BF_NULL] = BF_STR_INIT("::text"),
        [BF_BOOL] = BF_STR_INIT("::bool"),
        [BF_INT] = BF_STR_INIT("::bigint"),
        [BF_DOUBLE] = BF_STR_INIT("::float8"),
        [BF_TEXT] = BF_STR_INIT("::text"),
        [BF_DATE] = BF_STR_INIT("::date"),
        [BF_DATETIME] = BF_STR_INIT("::timestamptz"),
        [BF_GEO_POINT] = BF_STR_INIT("::geometry"),
        [BF_GEO_SHAPE] = BF_STR_INIT("::geometry"),
        [BF_JSON] = BF_STR_INIT("::text"),
    };
    bind(w, v, casts[v.type]);
}

static void put(struct writer *w, const struct bf_node *n);

static void put_column(struct writer *w, const struct bf_node *n)
{
    bf_text_str(&w->text, n->column->sql);
}

static void put_value(struct writer *w, const struct bf_node *n)
{
    put_param(w, n->value);
}

static void put_constant(struct writer *w, const struct bf_node *n)
{
    bf_text_str(&w->text, n->value.boolean ? BF_STR("true") : BF_STR("false"));
}

static void put_compare(struct writer *w, const struct bf_node *n)
{
    static const struct bf_str operators[] = {
        [BF_EQ] = BF_STR_INIT(" = "),  [BF_NE] = BF_STR_INIT(" <> "), [BF_LT] = BF_STR_INIT(" < "),
        [BF_LE] = BF_STR_INIT(" <= "), [BF_GT] = BF_STR_INIT(" > "),  [BF_GE] = BF_STR_INIT(" >= "),
    };
    put(w, n->left);
    bf_text_str(&w->text, operators[n->op]);
    put(w, n->right);
}

static void put_items(struct writer *w, const struct bf_node *list)
{
    for (const struct bf_node *item = list->left; item; item = item->next) {
        put(w, item);
        if (item->next)
            bf_text_put(&w->text, ", ");
    }
}

static void put_in(struct writer *w, const struct bf_node *n)
{
    if (n->left->kind == BF_NODE_COLUMN && n->left->column->flags & BF_COLUMN_MULTIVALUED) {
        bf_text_str(&w->text, n->negated ? BF_STR("NOT ") : BF_STR(""));
        bf_text_str(&w->text, n->left->column->list);
        bf_text_put(&w->text, " && ARRAY[");
        put_items(w, n->right);
        bf_text_put(&w->text, "]");
        return;
    }
    put(w, n->left);
    bf_text_str(&w->text, n->negated ? BF_STR(" NOT IN (") : BF_STR(" IN ("));
    put_items(w, n->right);
    bf_text_put(&w->text, ")");
}

static void put_is(struct writer *w, const struct bf_node *n)
{
    static const struct bf_str what[] = {
        [BF_IS_NULL] = BF_STR_INIT("NULL"),
        [BF_IS_TRUE] = BF_STR_INIT("TRUE"),
        [BF_IS_FALSE] = BF_STR_INIT("FALSE"),
    };
    put(w, n->left);
    bf_text_str(&w->text, n->negated ? BF_STR(" IS NOT ") : BF_STR(" IS "));
    bf_text_str(&w->text, what[n->op]);
}

static void put_not(struct writer *w, const struct bf_node *n)
{
    bf_text_put(&w->text, "(");
    put(w, n->left);
    bf_text_put(&w->text, ") IS NOT TRUE");
}

static void put_junction(struct writer *w, const struct bf_node *n)
{
    struct bf_str word = n->kind == BF_NODE_AND ? BF_STR(" AND ") : BF_STR(" OR ");
    bf_text_put(&w->text, "(");
    for (const struct bf_node *item = n->left; item; item = item->next) {
        put(w, item);
        if (item->next)
            bf_text_str(&w->text, word);
    }
    bf_text_put(&w->text, ")");
}

/* ST_MakeEnvelope of the four VALUEs west, south, east, north. */
static void put_envelope(struct writer *w, const struct bf_node *west)
{
    bf_text_put(&w->text, "ST_MakeEnvelope(");
    for (const struct bf_node *v = west; v; v = v->next) {
        put(w, v);
        bf_text_put(&w->text, ", ");
    }
    bf_text_put(&w->text, "4326)");
}

static bool whole_world(const struct bf_node *west)
{
    const struct bf_node *south = west->next;
    return west->value.real <= -180 && south->value.real <= -90 && south->next->value.real >= 180 &&
           south->next->next->value.real >= 90;
}

static void put_near(struct writer *w, const struct bf_node *n)
{
    const struct bf_node *metres = n->right->next;
    const struct bf_node *box = metres->next;
    bf_text_put(&w->text, "(");
    if (!whole_world(box)) {
        put(w, n->left);
        bf_text_put(&w->text, " && ");
        put_envelope(w, box);
        bf_text_put(&w->text, " AND ");
    }
    bf_text_put(&w->text, "ST_DistanceSphere(");
    put(w, n->left);
    bf_text_put(&w->text, ", ");
    put(w, n->right);
    bf_text_put(&w->text, ") <= ");
    put(w, metres);
    bf_text_put(&w->text, ")");
}

static void put_between(struct writer *w, struct bf_str function, const struct bf_node *column,
                        const struct bf_node *low, const struct bf_node *high)
{
    bf_text_put(&w->text, " AND ");
    bf_text_str(&w->text, function);
    put(w, column);
    bf_text_put(&w->text, ") BETWEEN ");
    put(w, low);
    bf_text_put(&w->text, " AND ");
    put(w, high);
}

static void put_box(struct writer *w, const struct bf_node *n)
{
    const struct bf_node *west = n->right;
    const struct bf_node *south = west->next;
    const struct bf_node *east = south->next;
    if (n->left->column->type == BF_GEO_SHAPE) {
        bf_text_put(&w->text, "ST_Intersects(");
        put(w, n->left);
        bf_text_put(&w->text, ", ");
        put_envelope(w, west);
        bf_text_put(&w->text, ")");
        return;
    }
    bf_text_put(&w->text, "(");
    put(w, n->left);
    bf_text_put(&w->text, " && ");
    put_envelope(w, west);
    put_between(w, BF_STR("ST_X("), n->left, west, east);
    put_between(w, BF_STR("ST_Y("), n->left, south, east->next);
    bf_text_put(&w->text, ")");
}

/* Of values with levels: the second operand starts what lies below the first. */
static void put_among_below(struct writer *w, const struct bf_node *n)
{
    bf_text_put(&w->text, "EXISTS (SELECT FROM unnest(");
    bf_text_str(&w->text, n->left->column->list);
    bf_text_put(&w->text, ") AS e(v) WHERE e.v = ");
    put(w, n->right);
    bf_text_put(&w->text, " OR starts_with(e.v, ");
    put(w, n->right->next);
    bf_text_put(&w->text, "))");
}

static void put_among(struct writer *w, const struct bf_node *n)
{
    if (n->right->next) {
        put_among_below(w, n);
        return;
    }
    bf_text_str(&w->text, n->negated ? BF_STR("NOT ") : BF_STR(""));
    bf_text_str(&w->text, n->left->column->list);
    bf_text_put(&w->text, " @> ARRAY[");
    put(w, n->right);
    bf_text_put(&w->text, "]");
}

static void bind_sought(void *self, struct bf_value v)
{
    put_param(self, v);
}

static void put_sought(void *self, const struct bf_node *n)
{
    put(self, n);
}

static void put_fulltext(struct writer *w, const struct bf_node *n)
{
    const struct bf_fulltext_out out = {w->q->schema, &w->text, bind_sought, put_sought, w};
    w->sought[n->count] = w->nparams + 1;
    bf_fulltext_sql(&out, n);
}

static void put(struct writer *w, const struct bf_node *n)
{
    static void (*const writers[BF_NODE_KINDS])(struct writer *, const struct bf_node *) = {
        [BF_NODE_COLUMN] = put_column,
        [BF_NODE_VALUE] = put_value,
        [BF_NODE_CONSTANT] = put_constant,
        [BF_NODE_COMPARE] = put_compare,
        [BF_NODE_IN] = put_in,
        [BF_NODE_IS] = put_is,
        [BF_NODE_NOT] = put_not,
        [BF_NODE_AND] = put_junction,
        [BF_NODE_OR] = put_junction,
        [BF_NODE_NEAR] = put_near,
        [BF_NODE_BOX] = put_box,
        [BF_NODE_AMONG] = put_among,
        [BF_NODE_FULLTEXT] = put_fulltext,
    };
    writers[n->kind](w, n);
}

/* ---- the pieces */

static void put_select(struct writer *w, const struct bf_column *column, bool first)
{
    if (!first)
        bf_text_put(&w->text, ", ");
    if (!(column->flags & BF_COLUMN_OUTPUT_ONLY)) {
        bf_text_str(&w->text, column->sql);
        return;
    }
    bf_text_put(&w->text, "NULL::");
    bf_text_str(&w->text, bf_str_of(bf_type_info(column->type)->column));
}

static void put_columns(struct writer *w)
{
    const struct bf_query *q = w->q;
    for (size_t i = 0; i < q->noutputs; i++)
        put_select(w, q->outputs[i].column, i == 0);
    for (size_t i = 0; i < q->ncarried; i++)
        put_select(w, q->carried[i], q->noutputs + i == 0);
    if (q->noutputs + q->ncarried == 0) /* a dataset whose fields are all hidden */
        bf_text_put(&w->text, "NULL::text");
}

static bool always(const struct bf_node *n)
{
    return n->kind == BF_NODE_CONSTANT && n->value.boolean;
}

static void put_where(struct writer *w)
{
    size_t start = w->text.n;
    const struct bf_query *q = w->q;
    for (const struct bf_condition *c = q->conditions; c; c = c->next) {
        if (!c->node || always(c->node))
            continue;
        bf_text_str(&w->text, w->text.n == start ? BF_STR(" WHERE ") : BF_STR(" AND "));
        put(w, c->node);
    }
    if (!q->one)
        return;
    bf_text_str(&w->text, w->text.n == start ? BF_STR(" WHERE ") : BF_STR(" AND "));
    if (q->schema->record_id.n == 0) {
        bf_text_put(&w->text, "false");
        return;
    }
    bf_text_str(&w->text, q->schema->record_id);
    bf_text_put(&w->text, " = ");
    /* The binary form of bytea is its bytes, as it is of text. */
    bind(w, (struct bf_value){.type = BF_TEXT, .text = {q->record, sizeof q->record}},
         BF_STR("::bytea"));
}

/* ---- full text and the order */

/* Calls `what` for each full-text condition that every row fulfils and the index finds. */
static size_t each_found(struct writer *w, const struct bf_node *n,
                         void (*what)(struct writer *, const struct bf_node *))
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

/* Rows that hold every word as it was typed come first. Those are found by the index as well, so
 * that no row is cut into words again. */
static void put_rank(struct writer *w, const struct bf_node *n)
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
    bf_text_put(&w->text, " @@ (SELECT catalog.finds_exactly($");
    bf_text_number(&w->text, w->sought[n->count]);
    bf_text_put(&w->text, ")))) DESC, ");
}

static void no_rank(struct writer *w, const struct bf_node *n)
{
    (void)w;
    (void)n;
}

/* A statement is planned before its words are known: PostgreSQL may hope to meet ten of them soon
 * in the order of an index, and reads the whole table for a rare word. A first key that no index
 * has leaves it the index of the words. */
static void put_found_first(struct writer *w)
{
    size_t found = 0;
    size_t start = w->text.n;
    for (const struct bf_condition *c = w->q->conditions; c; c = c->next)
        if (c->node)
            found += each_found(w, c->node, w->q->nsorts ? no_rank : put_rank);
    if (!found || w->text.n > start)
        return;
    bf_text_str(&w->text, w->q->schema->order);
    bf_text_put(&w->text, " IS NULL, ");
}

static void put_order(struct writer *w)
{
    const struct bf_query *q = w->q;
    bf_text_put(&w->text, " ORDER BY ");
    put_found_first(w);
    for (size_t i = 0; i < q->nsorts; i++) {
        bf_text_str(&w->text, q->sorts[i].column->sql);
        bf_text_str(&w->text, q->sorts[i].descending ? BF_STR(" DESC NULLS LAST, ") : BF_STR(", "));
    }
    bf_text_str(&w->text, q->schema->order);
}

static void put_window(struct writer *w)
{
    const struct bf_query *q = w->q;
    if (q->limit >= 0) {
        bf_text_put(&w->text, " LIMIT ");
        put_param(w, (struct bf_value){.type = BF_INT, .integer = q->limit});
    }
    if (q->offset > 0) {
        bf_text_put(&w->text, " OFFSET ");
        put_param(w, (struct bf_value){.type = BF_INT, .integer = q->offset});
    }
}

bool bf_sql_make(const struct bf_query *q, struct bf_sql *out, struct bf_err *err)
{
    struct writer w = {.q = q};
    size_t ends[5];
    bf_text_init(&w.text, q->arena, FIRST_ROOM);
    put_columns(&w);
    ends[0] = w.text.n;
    bf_text_str(&w.text, q->schema->relation);
    bf_text_put(&w.text, " AS t");
    ends[1] = w.text.n;
    put_where(&w);
    ends[2] = w.text.n;
    put_order(&w);
    ends[3] = w.text.n;
    put_window(&w);
    ends[4] = w.text.n;
    if (bf_text_failed(&w.text))
        return BF_FAIL_WITH(err, BF_E_MEMORY,
                            "The query needs more memory than a request may have.");
    size_t ncolumns = q->noutputs + q->ncarried;
    *out = (struct bf_sql){
        .columns = bf_text_piece(&w.text, 0, ends[0]),
        .ncolumns = ncolumns ? ncolumns : 1,
        .from = bf_text_piece(&w.text, ends[0], ends[1]),
        .where = bf_text_piece(&w.text, ends[1], ends[2]),
        .order = bf_text_piece(&w.text, ends[2], ends[3]),
        .window = bf_text_piece(&w.text, ends[3], ends[4]),
        .params = w.params,
        .nparams = w.nparams,
        .outputs = q->outputs,
        .noutputs = q->noutputs,
        .unfiltered = ends[1] == ends[2],
    };
    return true;
}
