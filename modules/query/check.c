#include "query/check.h"

#include "query/expr.h"
#include "query/fulltext.h"
#include "query/function.h"

const struct bf_column *bf_check_name(struct bf_query *q, struct bf_clause *c, struct bf_str name,
                                      int64_t at)
{
    const struct bf_column *column = bf_schema_column(q->schema, name);
    if (!column) {
        BF_MALFORMED(c, at, "Unknown field: %.*s", BF_STR_ARG(name));
        return NULL;
    }
    if (c->client)
        q->named[column - q->schema->columns] = true;
    return column;
}

const struct bf_column *bf_check_filter(struct bf_query *q, struct bf_clause *c, struct bf_str name,
                                        int64_t at)
{
    const struct bf_column *column = bf_check_name(q, c, name, at);
    if (!column || !(column->flags & BF_COLUMN_OUTPUT_ONLY))
        return column;
    BF_MALFORMED(
        c, at,
        "Field %.*s is filled while the answer is written: it can be selected, not filtered "
        "or sorted on (a column computed by an SQL expression of the manifest can)",
        BF_STR_ARG(name));
    return NULL;
}

bool bf_check_unsupported(struct bf_clause *c, const struct bf_node *n)
{
    struct bf_str shown = bf_node_source(c, n);
    if (n->kind == BF_NODE_CALL && !n->function) /* the contract's text, without a full stop */
        return bf_clause_place(c, n->at,
                               BF_FAIL_WITH(c->err, BF_E_ODSQL,
                                            "ODSQL query is malformed: %.*s() Clause(s) "
                                            "containing the error(s): %s.",
                                            BF_STR_ARG(n->text), c->name));
    if (n->kind == BF_NODE_CALL)
        return BF_MALFORMED(c, n->at, "%s() is not supported yet", n->function->name);
    if (bf_literal_is(n))
        return BF_MALFORMED(c, n->at, "A field is expected, not the value %.*s", BF_STR_ARG(shown));
    return BF_MALFORMED(c, n->at, "A value is expected, not %.*s", BF_STR_ARG(shown));
}

/* ---- operands and comparisons */

static bool constant(struct bf_node *n, bool value)
{
    n->kind = BF_NODE_CONSTANT;
    n->value = (struct bf_value){.type = BF_BOOL, .boolean = value};
    return true;
}

static bool not_null(struct bf_node *n, struct bf_node *left)
{
    n->kind = BF_NODE_IS;
    n->op = BF_IS_NULL;
    n->negated = true;
    n->left = left;
    n->right = NULL;
    return true;
}

static bool has_order(enum bf_type type)
{
    return type != BF_BOOL && type != BF_GEO_POINT && type != BF_GEO_SHAPE;
}

bool bf_check_among(struct bf_node *n, struct bf_node *left, struct bf_node *right, bool negated)
{
    n->kind = BF_NODE_AMONG;
    n->negated = negated;
    n->left = left;
    n->right = right;
    return right != NULL;
}

bool bf_check_settle(struct bf_clause *c, struct bf_node *n, struct bf_node *left,
                     enum bf_compare op, const struct bf_literal *literal)
{
    struct bf_subject subject = bf_subject_node(c, left);
    if (op != BF_EQ && op != BF_NE && !has_order(subject.type))
        return BF_MALFORMED(c, n->at, "%s%.*s is of type %s, which has no order",
                            BF_SUBJECT_ARG(subject), bf_type_info(subject.type)->name);
    enum bf_outcome outcome = bf_literal_against(literal, &op);
    if (outcome == BF_OUTCOME_NEVER)
        return constant(n, false);
    if (outcome == BF_OUTCOME_NOT_NULL)
        return not_null(n, left);
    struct bf_node *right = bf_node_value(c, literal->value);
    bool many = left->kind == BF_NODE_COLUMN && left->column->flags & BF_COLUMN_MULTIVALUED;
    if (many && (op == BF_EQ || op == BF_NE))
        return bf_check_among(n, left, right, op == BF_NE);
    n->kind = BF_NODE_COMPARE;
    n->op = (uint8_t)op;
    n->negated = false;
    n->left = left;
    n->right = right;
    return right != NULL;
}

static bool comparable(enum bf_type a, enum bf_type b)
{
    bool numbers = (a == BF_INT || a == BF_DOUBLE) && (b == BF_INT || b == BF_DOUBLE);
    bool texts = (a == BF_TEXT || a == BF_JSON) && (b == BF_TEXT || b == BF_JSON);
    return numbers || texts || (a == b && a != BF_GEO_POINT && a != BF_GEO_SHAPE);
}

static bool is_instant(const struct bf_node *n)
{
    return n->kind == BF_NODE_VALUE && n->value.type == BF_DATETIME;
}

/* A date and an instant, left and right: a constant instant as what the wall clock shows then, any
 * other beside the first instant of the date. */
static bool compare_day(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    if (is_instant(n->right)) {
        struct bf_literal day = bf_literal_day(q, n->right->value.instant);
        return bf_check_settle(c, n, n->left, (enum bf_compare)n->op, &day);
    }
    n->left = bf_expr_midnight(c, n->left);
    return n->left != NULL;
}

static void flip(struct bf_node *n)
{
    static const enum bf_compare flipped[] = {
        [BF_EQ] = BF_EQ, [BF_NE] = BF_NE, [BF_LT] = BF_GT,
        [BF_LE] = BF_GE, [BF_GT] = BF_LT, [BF_GE] = BF_LE,
    };
    struct bf_node *left = n->left;
    n->left = n->right;
    n->right = left;
    n->op = (uint8_t)flipped[n->op];
}

static bool compare_values(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    struct bf_subject a = bf_subject_node(c, n->left);
    struct bf_subject b = bf_subject_node(c, n->right);
    bool order = n->op != BF_EQ && n->op != BF_NE;
    if (comparable(a.type, b.type) && (!order || has_order(a.type)))
        return true;
    if (a.type == BF_DATETIME && b.type == BF_DATE)
        flip(n);
    if ((a.type == BF_DATETIME && b.type == BF_DATE) ||
        (a.type == BF_DATE && b.type == BF_DATETIME))
        return compare_day(q, c, n);
    return BF_MALFORMED(c, n->at, "%s%.*s (%s) and %.*s (%s) cannot be compared",
                        a.field && b.field ? "Fields " : "", BF_STR_ARG(a.name),
                        bf_type_info(a.type)->name, BF_STR_ARG(b.name), bf_type_info(b.type)->name);
}

static bool compare_booleans(struct bf_clause *c, struct bf_node *n)
{
    bool same = n->left->value.boolean == n->right->value.boolean;
    if (n->op == BF_EQ || n->op == BF_NE)
        return constant(n, same == (n->op == BF_EQ));
    return BF_MALFORMED(c, n->at, "Values of type boolean have no order");
}

/* Two literals: query builders write 1=1, and true = true. */
static bool compare_literals(struct bf_clause *c, struct bf_node *n)
{
    const struct bf_node *a = n->left;
    const struct bf_node *b = n->right;
    double x;
    double y;
    int order;
    if (a->kind == BF_NODE_NULL || b->kind == BF_NODE_NULL)
        return constant(n, false);
    if (a->kind == BF_NODE_BOOL && b->kind == BF_NODE_BOOL)
        return compare_booleans(c, n);
    if (a->kind == BF_NODE_STRING && b->kind == BF_NODE_STRING) {
        order = bf_str_cmp(a->text, b->text);
    } else {
        if (!bf_literal_real(c, a, &x) || !bf_literal_real(c, b, &y))
            return false;
        order = (x > y) - (x < y);
    }
    const bool outcomes[] = {
        [BF_EQ] = order == 0,
        [BF_NE] = order != 0,
        [BF_LT] = order<0, [BF_LE] = order <= 0, [BF_GT] = order> 0,
        [BF_GE] = order >= 0,
    };
    return constant(n, outcomes[n->op]);
}

static bool check_compare(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    if (bf_literal_is(n->left) && bf_literal_is(n->right))
        return compare_literals(c, n);
    if (bf_literal_is(n->left))
        flip(n);
    if (!bf_expr_check(q, c, n->left))
        return false;
    if (!bf_literal_is(n->right))
        return bf_expr_check(q, c, n->right) && compare_values(q, c, n);
    struct bf_literal literal;
    return bf_literal_read(q, c, n->right, bf_subject_node(c, n->left), &literal) &&
           bf_check_settle(c, n, n->left, (enum bf_compare)n->op, &literal);
}

/* ---- in */

/* A bare word where a value must stand is most often a text without quotes: the contract calls it
 * an unknown field. */
static bool not_literal(struct bf_query *q, struct bf_clause *c, const struct bf_node *n)
{
    if (n->kind == BF_NODE_NAME && !bf_check_filter(q, c, n->text, n->at))
        return false;
    return bf_check_unsupported(c, n);
}

/* Keeps the members that a value of the type can equal, as VALUEs. *null: one of the others is
 * null. */
static bool check_members(struct bf_query *q, struct bf_clause *c, struct bf_node *list,
                          struct bf_subject subject, bool *null)
{
    struct bf_node *next;
    struct bf_node *item = list->left;
    list->left = list->right = NULL;
    list->count = 0;
    for (; item; item = next) {
        struct bf_literal literal;
        next = item->next;
        if (!bf_literal_is(item))
            return not_literal(q, c, item);
        if (!bf_literal_read(q, c, item, subject, &literal))
            return false;
        *null |= literal.null;
        enum bf_compare op = BF_EQ;
        if (bf_literal_against(&literal, &op) != BF_OUTCOME_COMPARE)
            continue;
        item->kind = BF_NODE_VALUE;
        item->value = literal.value;
        item->next = NULL;
        if (list->right)
            list->right->next = item;
        else
            list->left = item;
        list->right = item;
        list->count++;
    }
    return true;
}

static bool check_in(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    bool null = false;
    if (!bf_expr_check(q, c, n->left) ||
        !check_members(q, c, n->right, bf_subject_node(c, n->left), &null))
        return false;
    if (n->negated && null)
        return constant(n, false); /* f != null is false */
    if (n->right->count)
        return true;
    return n->negated ? not_null(n, n->left) : constant(n, false);
}

static bool check_member(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    const struct bf_column *column = bf_check_filter(q, c, n->right->text, n->right->at);
    if (!column)
        return false;
    if (!(column->flags & BF_COLUMN_MULTIVALUED))
        return BF_MALFORMED(c, n->at, "Field %.*s is not multivalued", BF_STR_ARG(column->name));
    struct bf_literal literal;
    struct bf_node *field = bf_node_column(c, column);
    if (!field || !bf_literal_read(q, c, n->left, bf_subject_column(column), &literal))
        return false;
    bool negated = n->negated;
    return bf_check_settle(c, n, field, negated ? BF_NE : BF_EQ, &literal);
}

/* low <= f <= high; negated: f < low or f > high, so that null is in neither. */
static bool check_range(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    struct bf_node *low = n->right;
    struct bf_node *high = low->next;
    if (!bf_expr_check(q, c, n->left))
        return false;
    if (!bf_literal_is(low) || !bf_literal_is(high))
        return not_literal(q, c, bf_literal_is(low) ? high : low);
    bool open_low = n->op & BF_OPEN_LOW;
    bool open_high = n->op & BF_OPEN_HIGH;
    enum bf_compare from = n->negated ? (open_low ? BF_LE : BF_LT) : (open_low ? BF_GT : BF_GE);
    enum bf_compare to = n->negated ? (open_high ? BF_GE : BF_GT) : (open_high ? BF_LT : BF_LE);
    struct bf_literal a;
    struct bf_literal b;
    struct bf_subject subject = bf_subject_node(c, n->left);
    if (!bf_literal_read(q, c, low, subject, &a) || !bf_literal_read(q, c, high, subject, &b))
        return false;
    if (a.null || b.null)
        return constant(n, false);
    struct bf_node *field = n->left;
    low->at = high->at = n->at;
    if (!bf_check_settle(c, low, field, from, &a) || !bf_check_settle(c, high, field, to, &b))
        return false;
    n->kind = n->negated ? BF_NODE_OR : BF_NODE_AND;
    n->left = low;
    n->right = high;
    n->count = 2;
    high->next = NULL;
    return true;
}

/* ---- the other conditions */

static bool check_is(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    if (!bf_expr_check(q, c, n->left))
        return false;
    struct bf_subject subject = bf_subject_node(c, n->left);
    if (n->op == BF_IS_NULL || subject.type == BF_BOOL)
        return true;
    return BF_MALFORMED(c, n->at, "%s%.*s is of type %s, a boolean is needed",
                        BF_SUBJECT_ARG(subject), bf_type_info(subject.type)->name);
}

/* A boolean field or value alone. */
static bool check_flag(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    struct bf_node *field = bf_node_new(c, n->kind, n->at, n->end);
    if (!field)
        return false;
    *field = *n;
    field->next = NULL;
    n->kind = BF_NODE_IS;
    n->negated = false;
    n->op = BF_IS_TRUE;
    n->left = field;
    return check_is(q, c, n);
}

static bool check_literal(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    if (n->kind == BF_NODE_BOOL)
        return constant(n, n->value.boolean);
    if (n->kind == BF_NODE_STRING)
        return bf_fulltext_alone(q, c, n);
    struct bf_str shown = bf_node_source(c, n);
    return BF_MALFORMED(c, n->at, "A condition is expected, not the value %.*s", BF_STR_ARG(shown));
}

static bool check_call(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    if (n->function && n->function->check)
        return n->function->check(q, c, n);
    return check_flag(q, c, n);
}

static bool check_list(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    for (struct bf_node *item = n->left; item; item = item->next)
        if (!bf_check_condition(q, c, item))
            return false;
    return true;
}

static bool check_not(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    return bf_check_condition(q, c, n->left);
}

static bool check_other(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    (void)q;
    return bf_check_unsupported(c, n);
}

bool bf_check_condition(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    static bool (*const checks[BF_NODE_KINDS])(struct bf_query *, struct bf_clause *,
                                               struct bf_node *) = {
        [BF_NODE_NAME] = check_flag,       [BF_NODE_STRING] = check_literal,
        [BF_NODE_NUMBER] = check_literal,  [BF_NODE_DATE] = check_literal,
        [BF_NODE_GEOM] = check_literal,    [BF_NODE_BOOL] = check_literal,
        [BF_NODE_NULL] = check_literal,    [BF_NODE_CALL] = check_call,
        [BF_NODE_COMPARE] = check_compare, [BF_NODE_IN] = check_in,
        [BF_NODE_MEMBER] = check_member,   [BF_NODE_RANGE] = check_range,
        [BF_NODE_LIKE] = bf_fulltext_like, [BF_NODE_IS] = check_is,
        [BF_NODE_NOT] = check_not,         [BF_NODE_AND] = check_list,
        [BF_NODE_OR] = check_list,
    };
    return checks[n->kind] ? checks[n->kind](q, c, n) : check_other(q, c, n);
}
