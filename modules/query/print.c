#include "query/print.h"

#include "query/facet.h"
#include "query/fulltext.h"
#include "value/instant.h"
#include "value/number.h"

#include <string.h>

/* In quotes, which are doubled inside: no text can look like the rest of the form. */
static void put_text(struct bf_buf *b, struct bf_str s)
{
    bf_buf_char(b, '\'');
    while (s.n) {
        const char *quote = memchr(s.p, '\'', s.n);
        size_t n = quote ? (size_t)(quote - s.p) + 1 : s.n;
        bf_buf_bytes(b, s.p, n);
        if (quote)
            bf_buf_char(b, '\'');
        s = (struct bf_str){s.p + n, s.n - n};
    }
    bf_buf_char(b, '\'');
}

static void put_bool(struct bf_buf *b, const struct bf_value *v)
{
    bf_buf_text(b, v->boolean ? "true" : "false");
}

static void put_int(struct bf_buf *b, const struct bf_value *v)
{
    bf_buf_i64(b, v->integer);
}

static void put_real(struct bf_buf *b, const struct bf_value *v)
{
    bf_number_print(b, v->real);
}

static void put_string(struct bf_buf *b, const struct bf_value *v)
{
    put_text(b, v->text);
}

static void put_date(struct bf_buf *b, const struct bf_value *v)
{
    bf_date_print(b, v->date);
}

static void put_instant(struct bf_buf *b, const struct bf_value *v)
{
    bf_buf_char(b, '@');
    bf_buf_i64(b, v->instant);
}

static void put_point(struct bf_buf *b, const struct bf_value *v)
{
    bf_number_print(b, v->point.lon);
    bf_buf_char(b, ' ');
    bf_number_print(b, v->point.lat);
}

static void put_shape(struct bf_buf *b, const struct bf_value *v)
{
    bf_buf_hex(b, v->text.p, v->text.n);
}

static void put_null(struct bf_buf *b, const struct bf_value *v)
{
    (void)v;
    bf_buf_text(b, "null");
}

static void put(struct bf_buf *b, const struct bf_node *n);

static void put_value(struct bf_buf *b, const struct bf_node *n)
{
    static void (*const printers[])(struct bf_buf *, const struct bf_value *) = {
        [BF_NULL] = put_null,        [BF_BOOL] = put_bool,       [BF_INT] = put_int,
        [BF_DOUBLE] = put_real,      [BF_TEXT] = put_string,     [BF_DATE] = put_date,
        [BF_DATETIME] = put_instant, [BF_GEO_POINT] = put_point, [BF_GEO_SHAPE] = put_shape,
        [BF_JSON] = put_string,
    };
    printers[n->value.type](b, &n->value);
}

static void put_column(struct bf_buf *b, const struct bf_node *n)
{
    bf_buf_str(b, n->column->name);
}

static void put_list(struct bf_buf *b, const struct bf_node *first, const char *between)
{
    bf_buf_char(b, '(');
    for (const struct bf_node *n = first; n; n = n->next) {
        put(b, n);
        if (n->next)
            bf_buf_text(b, between);
    }
    bf_buf_char(b, ')');
}

static void put_compare(struct bf_buf *b, const struct bf_node *n)
{
    static const char *const operators[] = {
        [BF_EQ] = "=", [BF_NE] = "!=", [BF_LT] = "<", [BF_LE] = "<=", [BF_GT] = ">", [BF_GE] = ">=",
    };
    put(b, n->left);
    bf_buf_text(b, operators[n->op]);
    put(b, n->right);
}

static void put_in(struct bf_buf *b, const struct bf_node *n)
{
    put(b, n->left);
    bf_buf_text(b, n->negated ? " not in " : " in ");
    put_list(b, n->right->left, ",");
}

static void put_is(struct bf_buf *b, const struct bf_node *n)
{
    static const char *const what[] = {
        [BF_IS_NULL] = "null", [BF_IS_TRUE] = "true", [BF_IS_FALSE] = "false"};
    put(b, n->left);
    bf_buf_text(b, n->negated ? " is not " : " is ");
    bf_buf_text(b, what[n->op]);
}

static void put_not(struct bf_buf *b, const struct bf_node *n)
{
    bf_buf_text(b, "not ");
    put(b, n->left);
}

static void put_junction(struct bf_buf *b, const struct bf_node *n)
{
    put_list(b, n->left, n->kind == BF_NODE_AND ? " and " : " or ");
}

/* The box of within_distance follows from point and distance. */
static void put_near(struct bf_buf *b, const struct bf_node *n)
{
    bf_buf_text(b, "near(");
    put(b, n->left);
    bf_buf_char(b, ',');
    put(b, n->right);
    bf_buf_char(b, ',');
    put(b, n->right->next);
    bf_buf_char(b, ')');
}

static void put_box(struct bf_buf *b, const struct bf_node *n)
{
    bf_buf_text(b, "box");
    bf_buf_char(b, '(');
    put(b, n->left);
    put_list(b, n->right, ",");
    bf_buf_char(b, ')');
}

static void put_among(struct bf_buf *b, const struct bf_node *n)
{
    put_list(b, n->right, " below ");
    bf_buf_text(b, n->negated ? " not among " : " among ");
    put(b, n->left);
}

/* All text has no brackets. */
static void put_fulltext(struct bf_buf *b, const struct bf_node *n)
{
    bf_buf_text(b, n->negated ? "not " : "");
    bf_buf_str(b, bf_fulltext_name((enum bf_fulltext)n->op));
    if (n->left)
        put_list(b, n->left, ",");
    put_value(b, n->right);
}

/* The SQL of an application is as good a name as any; arguments follow it. */
static void put_apply(struct bf_buf *b, const struct bf_node *n)
{
    bf_buf_char(b, '{');
    bf_buf_text(b, n->sql);
    bf_buf_char(b, '}');
    put_list(b, n->left, ",");
    if (n->op == BF_APPLY_JSON && n->text.p)
        put_text(b, n->text);
}

static void put_numbered(struct bf_buf *b, const struct bf_node *n)
{
    bf_buf_char(b, n->kind == BF_NODE_KEY ? 'k' : 'a');
    bf_buf_u64(b, n->index);
}

static void put_element(struct bf_buf *b, const struct bf_node *n)
{
    bf_buf_text(b, "each ");
    put(b, n->left);
}

static void put_bucket(struct bf_buf *b, const struct bf_node *n)
{
    bf_buf_text(b, n->kind == BF_NODE_CLUSTER ? "cluster(" : "bucket(");
    put(b, n->left);
    put_list(b, n->right, ",");
    bf_buf_char(b, ')');
}

static void put(struct bf_buf *b, const struct bf_node *n)
{
    static void (*const printers[BF_NODE_KINDS])(struct bf_buf *, const struct bf_node *) = {
        [BF_NODE_COLUMN] = put_column,
        [BF_NODE_VALUE] = put_value,
        [BF_NODE_CONSTANT] = put_value,
        [BF_NODE_COMPARE] = put_compare,
        [BF_NODE_IN] = put_in,
        [BF_NODE_IS] = put_is,
        [BF_NODE_NOT] = put_not,
        [BF_NODE_AND] = put_junction,
        [BF_NODE_OR] = put_junction,
        [BF_NODE_NEAR] = put_near,
        [BF_NODE_BOX] = put_box,
        [BF_NODE_APPLY] = put_apply,
        [BF_NODE_AGGREGATE] = put_numbered,
        [BF_NODE_KEY] = put_numbered,
        [BF_NODE_BUCKET] = put_bucket,
        [BF_NODE_LABEL] = put_bucket,
        [BF_NODE_CLUSTER] = put_bucket,
        [BF_NODE_AMONG] = put_among,
        [BF_NODE_ELEMENT] = put_element,
        [BF_NODE_FULLTEXT] = put_fulltext,
    };
    printers[n->kind](b, n);
}

void bf_print_node(const struct bf_node *n, struct bf_buf *out)
{
    put(out, n);
}

static void put_outputs(struct bf_buf *b, const struct bf_query *q)
{
    for (size_t i = 0; i < q->noutputs; i++) {
        const struct bf_output *o = &q->outputs[i];
        bf_buf_char(b, i ? ',' : ' ');
        if (o->column)
            bf_buf_str(b, o->column->name);
        else
            put(b, o->value);
        if (o->column && bf_str_eq(o->key, o->column->name))
            continue;
        bf_buf_char(b, ' ');
        put_text(b, o->key);
    }
}

static void put_sorts(struct bf_buf *b, const struct bf_query *q)
{
    for (size_t i = 0; i < q->nsorts; i++) {
        bf_buf_text(b, i ? "," : " order ");
        bf_buf_text(b, q->sorts[i].descending ? "-" : "");
        put(b, q->sorts[i].node);
    }
}

static void put_groups(struct bf_buf *b, const struct bf_query *q)
{
    for (size_t i = 0; i < q->nkeys; i++) {
        bf_buf_text(b, i ? "," : " group ");
        put(b, q->keys[i].node);
        if (q->keys[i].bounded)
            bf_buf_printf(b, " in %lld..%lld", (long long)q->keys[i].low,
                          (long long)q->keys[i].high);
    }
    for (size_t i = 0; i < q->naggregates; i++) {
        bf_buf_text(b, i ? "," : " aggregate ");
        put(b, q->aggregates[i]);
    }
}

static void put_facets(struct bf_buf *b, const struct bf_query *q)
{
    for (const struct bf_facet *f = q->facets; f; f = f->next) {
        bf_buf_text(b, " facet ");
        put_text(b, f->name);
        bf_buf_printf(b, " %d %lld %d ", (int)f->order, (long long)f->limit, f->disjunctive);
        put_text(b, f->path);
        for (size_t i = 0; i < f->nmarks; i++) {
            bf_buf_text(b, f->marks[i].excluded ? " -" : " +");
            put_text(b, f->marks[i].path);
        }
    }
}

static void put_conditions(struct bf_buf *out, const struct bf_query *q)
{
    for (const struct bf_condition *c = q->conditions; c; c = c->next) {
        if (!c->node)
            continue;
        bf_buf_text(out, " where ");
        put(out, c->node);
    }
}

static void put_record(struct bf_buf *out, const struct bf_query *q)
{
    if (!q->one)
        return;
    bf_buf_text(out, " record ");
    bf_buf_hex(out, q->record, sizeof q->record);
}

static void put_zone(struct bf_buf *out, const struct bf_query *q)
{
    bf_buf_text(out, " zone ");
    bf_buf_str(out, bf_zone_name(q->zone));
}

/* The zone is part of what hour(d) = 3 means. */
void bf_print_counts(const struct bf_query *q, struct bf_buf *out)
{
    bf_print_conditions(q, out);
    put_facets(out, q);
}

void bf_print_conditions(const struct bf_query *q, struct bf_buf *out)
{
    put_conditions(out, q);
    put_zone(out, q);
    put_record(out, q);
}

void bf_print_query(const struct bf_query *q, struct bf_buf *out)
{
    bf_buf_text(out, "select");
    put_outputs(out, q);
    put_conditions(out, q);
    put_groups(out, q);
    put_sorts(out, q);
    put_facets(out, q);
    bf_buf_text(out, " limit ");
    bf_buf_i64(out, q->limit);
    bf_buf_text(out, " offset ");
    bf_buf_i64(out, q->offset);
    put_zone(out, q);
    put_record(out, q);
}
