#include "query/sql_node.h"

#include "query/fulltext.h"

#include <string.h>

enum { FIRST_PARAMS = 16 };

void bf_sql_bind(struct bf_sql_writer *w, struct bf_value v, struct bf_str cast)
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

/* Stored under its own name: `t."nom"`. */
static bool is_stored(const struct bf_column *c)
{
    const char *p = c->sql.p;
    return c->sql.n == c->name.n + 4 && memcmp(p, "t.\"", 3) == 0 &&
           memcmp(p + 3, c->name.p, c->name.n) == 0 && p[c->sql.n - 1] == '"';
}

static bool all_stored(const struct bf_query *q)
{
    for (size_t i = 0; i < q->noutputs; i++)
        if (!q->outputs[i].column || !is_stored(q->outputs[i].column))
            return false;
    for (size_t i = 0; i < q->ncarried; i++)
        if (!is_stored(q->carried[i]))
            return false;
    return q->noutputs > 0;
}

static bool is_shown(const struct bf_query *q, const struct bf_column *column)
{
    return bf_query_place(q, column) >= 0;
}

/* All of a row is wider than what is shown of it, and every step carries it. */
void bf_sql_select(struct bf_sql_writer *w)
{
    const struct bf_schema *schema = w->q->schema;
    if (!all_stored(w->q)) {
        bf_text_put(&w->text, "SELECT t.*");
        return;
    }
    bf_text_put(&w->text, "SELECT ");
    for (size_t i = 0; i < schema->n; i++) {
        if (!is_shown(w->q, &schema->columns[i]))
            continue;
        bf_text_str(&w->text, schema->columns[i].sql);
        bf_text_put(&w->text, ", ");
    }
    bf_text_str(&w->text, schema->order);
}

static bool is_same_geometry(const struct bf_value *a, const struct bf_value *b)
{
    if (a->type != b->type)
        return false;
    if (a->type == BF_GEO_POINT)
        return memcmp(&a->point, &b->point, sizeof a->point) == 0;
    return a->type == BF_GEO_SHAPE && a->text.p == b->text.p;
}

/* A geometry may be long, and takes PostgreSQL longer to receive than a number: one that stands
 * several times in a statement is sent once, as what it is first; both kinds come as the same
 * bytes. */
static void put_once(struct bf_sql_writer *w, struct bf_value v, struct bf_str cast)
{
    for (size_t i = 0; i < w->nparams; i++) {
        if (!is_same_geometry(&w->params[i], &v))
            continue;
        bf_text_put(&w->text, "$");
        bf_text_number(&w->text, w->q->bound + i + 1);
        bf_text_str(&w->text, cast);
        return;
    }
    bf_sql_bind(w, v, cast);
}

void bf_sql_param(struct bf_sql_writer *w, struct bf_value v)
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
    put_once(w, v, casts[v.type]);
}

static void put_geography(struct bf_sql_writer *w, const struct bf_node *place)
{
    put_once(w, place->value, BF_STR("::geography"));
}

static void put_column(struct bf_sql_writer *w, const struct bf_node *n)
{
    bf_text_str(&w->text, n->column->sql);
}

static void put_value(struct bf_sql_writer *w, const struct bf_node *n)
{
    bf_sql_param(w, n->value);
}

static void put_constant(struct bf_sql_writer *w, const struct bf_node *n)
{
    bf_text_str(&w->text, n->value.boolean ? BF_STR("true") : BF_STR("false"));
}

static void put_compare(struct bf_sql_writer *w, const struct bf_node *n)
{
    static const struct bf_str operators[] = {
        [BF_EQ] = BF_STR_INIT(" = "),  [BF_NE] = BF_STR_INIT(" <> "), [BF_LT] = BF_STR_INIT(" < "),
        [BF_LE] = BF_STR_INIT(" <= "), [BF_GT] = BF_STR_INIT(" > "),  [BF_GE] = BF_STR_INIT(" >= "),
    };
    bf_sql_node(w, n->left);
    bf_text_str(&w->text, operators[n->op]);
    bf_sql_node(w, n->right);
}

static void put_items(struct bf_sql_writer *w, const struct bf_node *list)
{
    for (const struct bf_node *item = list->left; item; item = item->next) {
        bf_sql_node(w, item);
        if (item->next)
            bf_text_put(&w->text, ", ");
    }
}

static void put_in(struct bf_sql_writer *w, const struct bf_node *n)
{
    if (n->left->kind == BF_NODE_COLUMN && n->left->column->flags & BF_COLUMN_MULTIVALUED) {
        bf_text_str(&w->text, n->negated ? BF_STR("NOT ") : BF_STR(""));
        bf_text_str(&w->text, n->left->column->list);
        bf_text_put(&w->text, " && ARRAY[");
        put_items(w, n->right);
        bf_text_put(&w->text, "]");
        return;
    }
    bf_sql_node(w, n->left);
    bf_text_str(&w->text, n->negated ? BF_STR(" NOT IN (") : BF_STR(" IN ("));
    put_items(w, n->right);
    bf_text_put(&w->text, ")");
}

static void put_is(struct bf_sql_writer *w, const struct bf_node *n)
{
    static const struct bf_str what[] = {
        [BF_IS_NULL] = BF_STR_INIT("NULL"),
        [BF_IS_TRUE] = BF_STR_INIT("TRUE"),
        [BF_IS_FALSE] = BF_STR_INIT("FALSE"),
    };
    bf_sql_node(w, n->left);
    bf_text_str(&w->text, n->negated ? BF_STR(" IS NOT ") : BF_STR(" IS "));
    bf_text_str(&w->text, what[n->op]);
}

static void put_not(struct bf_sql_writer *w, const struct bf_node *n)
{
    bf_text_put(&w->text, "(");
    bf_sql_node(w, n->left);
    bf_text_put(&w->text, ") IS NOT TRUE");
}

static void put_junction(struct bf_sql_writer *w, const struct bf_node *n)
{
    struct bf_str word = n->kind == BF_NODE_AND ? BF_STR(" AND ") : BF_STR(" OR ");
    bf_text_put(&w->text, "(");
    for (const struct bf_node *item = n->left; item; item = item->next) {
        bf_sql_node(w, item);
        if (item->next)
            bf_text_str(&w->text, word);
    }
    bf_text_put(&w->text, ")");
}

/* ST_MakeEnvelope of the four VALUEs west, south, east, north. */
static void put_envelope(struct bf_sql_writer *w, const struct bf_node *west)
{
    bf_text_put(&w->text, "ST_MakeEnvelope(");
    for (const struct bf_node *v = west; v; v = v->next) {
        bf_sql_node(w, v);
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

static void put_near(struct bf_sql_writer *w, const struct bf_node *n)
{
    const struct bf_node *metres = n->right->next;
    const struct bf_node *box = metres->next;
    bf_text_put(&w->text, "(");
    if (!whole_world(box)) {
        bf_sql_node(w, n->left);
        bf_text_put(&w->text, " && ");
        put_envelope(w, box);
        bf_text_put(&w->text, " AND ");
    }
    bf_text_put(&w->text, "ST_Distance(geography(");
    bf_sql_node(w, n->left);
    bf_text_put(&w->text, "), ");
    put_geography(w, n->right);
    bf_text_put(&w->text, ", false) <= ");
    bf_sql_node(w, metres);
    bf_text_put(&w->text, ")");
}

static void put_between(struct bf_sql_writer *w, struct bf_str function,
                        const struct bf_node *column, const struct bf_node *low,
                        const struct bf_node *high)
{
    bf_text_put(&w->text, " AND ");
    bf_text_str(&w->text, function);
    bf_sql_node(w, column);
    bf_text_put(&w->text, ") BETWEEN ");
    bf_sql_node(w, low);
    bf_text_put(&w->text, " AND ");
    bf_sql_node(w, high);
}

static void put_box(struct bf_sql_writer *w, const struct bf_node *n)
{
    const struct bf_node *west = n->right;
    const struct bf_node *south = west->next;
    const struct bf_node *east = south->next;
    if (n->left->column->type == BF_GEO_SHAPE) {
        bf_text_put(&w->text, "ST_DWithin("); /* see query/place.h */
        bf_sql_node(w, n->left);
        bf_text_put(&w->text, ", ");
        put_envelope(w, west);
        bf_text_put(&w->text, ", 0)");
        return;
    }
    bf_text_put(&w->text, "(");
    bf_sql_node(w, n->left);
    bf_text_put(&w->text, " && ");
    put_envelope(w, west);
    put_between(w, BF_STR("ST_X("), n->left, west, east);
    put_between(w, BF_STR("ST_Y("), n->left, south, east->next);
    bf_text_put(&w->text, ")");
}

/* Of values with levels: the second operand starts what lies below the first. */
static void put_among_below(struct bf_sql_writer *w, const struct bf_node *n)
{
    bf_text_put(&w->text, "EXISTS (SELECT FROM unnest(");
    bf_text_str(&w->text, n->left->column->list);
    bf_text_put(&w->text, ") AS e(v) WHERE e.v = ");
    bf_sql_node(w, n->right);
    bf_text_put(&w->text, " OR starts_with(e.v, ");
    bf_sql_node(w, n->right->next);
    bf_text_put(&w->text, "))");
}

static void put_among(struct bf_sql_writer *w, const struct bf_node *n)
{
    if (n->right->next) {
        put_among_below(w, n);
        return;
    }
    bf_text_str(&w->text, n->negated ? BF_STR("NOT ") : BF_STR(""));
    bf_text_str(&w->text, n->left->column->list);
    bf_text_put(&w->text, " @> ARRAY[");
    bf_sql_node(w, n->right);
    bf_text_put(&w->text, "]");
}

static void bind_sought(void *self, struct bf_value v)
{
    bf_sql_param(self, v);
}

static void put_sought(void *self, const struct bf_node *n)
{
    bf_sql_node(self, n);
}

static void find_sought(void *self, const struct bf_node *n);

static struct bf_fulltext_out fulltext_out(struct bf_sql_writer *w)
{
    return (struct bf_fulltext_out){w->q->schema, &w->text,    bind_sought,
                                    put_sought,   find_sought, w};
}

static void find_sought(void *self, const struct bf_node *n)
{
    struct bf_sql_writer *w = self;
    const struct bf_fulltext_out out = fulltext_out(w);
    if (!w->finds) {
        bf_fulltext_finds(&out, n);
        return;
    }
    w->found[n->count] = n;
    bf_text_put(&w->text, "f.f");
    bf_text_number(&w->text, n->count);
    bf_text_put(&w->text, " FROM f");
}

static void put_fulltext(struct bf_sql_writer *w, const struct bf_node *n)
{
    const struct bf_fulltext_out out = fulltext_out(w);
    w->sought[n->count] = w->nparams + 1;
    bf_fulltext_sql(&out, n);
}

void bf_sql_finds(struct bf_sql_writer *w)
{
    const struct bf_fulltext_out out = fulltext_out(w);
    size_t start = w->text.n;
    for (size_t i = 0; i < BF_MOST_FULLTEXTS; i++) {
        if (!w->found[i])
            continue;
        bf_text_str(&w->text,
                    w->text.n > start ? BF_STR(", ") : BF_STR("WITH f AS MATERIALIZED (SELECT "));
        w->sought[i] = w->nparams + 1;
        bf_fulltext_finds(&out, w->found[i]);
        bf_text_put(&w->text, " AS f");
        bf_text_number(&w->text, i);
    }
    if (w->text.n > start)
        bf_text_put(&w->text, ") ");
}

/* ---- values computed ------------------------------------------------------------------------ */

/* What the clock on the wall shows at the first argument. */
static void put_wall(struct bf_sql_writer *w, const struct bf_node *arg)
{
    bf_text_put(&w->text, "((");
    bf_sql_node(w, arg);
    if (bf_node_type(arg) == BF_DATE) {
        bf_text_put(&w->text, ")::timestamp)");
        return;
    }
    bf_text_put(&w->text, ") AT TIME ZONE ");
    bf_sql_param(w, (struct bf_value){.type = BF_TEXT, .text = bf_zone_sql(w->q->zone)});
    bf_text_put(&w->text, ")");
}

static void put_argument(struct bf_sql_writer *w, const struct bf_node *n, char which)
{
    const struct bf_node *arg = n->left;
    if (which == 'w') {
        put_wall(w, arg);
    } else if (which == 'z') {
        bf_sql_param(w, (struct bf_value){.type = BF_TEXT, .text = bf_zone_sql(w->q->zone)});
    } else if (which == 'g') {
        put_geography(w, arg->next);
    } else if (which == 's') {
        bf_text_str(&w->text, w->q->schema->order);
    } else {
        for (; which > '1'; which--)
            arg = arg->next;
        bf_sql_node(w, arg);
    }
}

static void put_apply(struct bf_sql_writer *w, const struct bf_node *n)
{
    struct bf_str rest = bf_str_of(n->sql);
    while (rest.n) {
        bf_text_str(&w->text, bf_str_cut(rest, '%', &rest));
        if (rest.n == 0)
            break;
        put_argument(w, n, rest.p[0]);
        rest = (struct bf_str){rest.p + 1, rest.n - 1};
    }
}

static void put_aggregate(struct bf_sql_writer *w, const struct bf_node *n)
{
    bf_text_put(&w->text, "g._a");
    bf_text_number(&w->text, n->index + 1);
}

static void put_key(struct bf_sql_writer *w, const struct bf_node *n)
{
    bf_text_put(&w->text, "g._k");
    bf_text_number(&w->text, n->index + 1);
}

static void put_array(struct bf_sql_writer *w, const struct bf_node *first)
{
    bf_text_put(&w->text, "ARRAY[");
    for (const struct bf_node *v = first; v; v = v->next) {
        bf_sql_node(w, v);
        if (v->next)
            bf_text_put(&w->text, ", ");
    }
    bf_text_put(&w->text, "]");
}

static void put_bucket(struct bf_sql_writer *w, const struct bf_node *n)
{
    bf_text_put(&w->text, "width_bucket(");
    bf_sql_node(w, n->left);
    bf_text_put(&w->text, ", ");
    put_array(w, n->right);
    bf_text_put(&w->text, ")");
}

static void put_label(struct bf_sql_writer *w, const struct bf_node *n)
{
    bf_text_put(&w->text, "(");
    put_array(w, n->right);
    bf_text_put(&w->text, ")[");
    bf_sql_node(w, n->left);
    bf_text_str(&w->text, n->index ? BF_STR("]") : BF_STR(" + 1]"));
}

static void put_element(struct bf_sql_writer *w, const struct bf_node *n)
{
    bf_text_put(&w->text, "u");
    bf_text_number(&w->text, n->index + 1);
    bf_text_put(&w->text, "._v");
}

static void put_cluster(struct bf_sql_writer *w, const struct bf_node *n)
{
    (void)n;
    bf_text_put(&w->text, "c._cluster");
}

void bf_sql_node(struct bf_sql_writer *w, const struct bf_node *n)
{
    static void (*const writers[BF_NODE_KINDS])(struct bf_sql_writer *, const struct bf_node *) = {
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
        [BF_NODE_ELEMENT] = put_element,
        [BF_NODE_APPLY] = put_apply,
        [BF_NODE_AGGREGATE] = put_aggregate,
        [BF_NODE_KEY] = put_key,
        [BF_NODE_BUCKET] = put_bucket,
        [BF_NODE_LABEL] = put_label,
        [BF_NODE_CLUSTER] = put_cluster,
    };
    writers[n->kind](w, n);
}
