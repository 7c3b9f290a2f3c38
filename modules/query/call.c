#include "query/call.h"

#include "query/check.h"
#include "query/expr.h"
#include "query/place.h"

#include "value/number.h"

bool bf_call_usage(struct bf_clause *c, const struct bf_node *call)
{
    return BF_MALFORMED(c, call->at, "%s() is written %s", call->function->name,
                        call->function->usage);
}

bool bf_call_integer(struct bf_clause *c, const struct bf_node *call, const struct bf_node *arg,
                     int64_t least, int64_t most, int64_t *out)
{
    bool good = arg->kind == BF_NODE_NUMBER && bf_number_int(arg->text, out);
    if (good && arg->negated)
        *out = -*out;
    if (good && *out >= least && *out <= most)
        return true;
    return BF_MALFORMED(c, arg->at, "%s() needs a whole number from %lld to %lld, not %.*s",
                        call->function->name, (long long)least, (long long)most,
                        BF_STR_ARG(bf_node_source(c, arg)));
}

static bool is_number(enum bf_type type)
{
    return type == BF_INT || type == BF_DOUBLE;
}

static bool is_date(enum bf_type type)
{
    return type == BF_DATE || type == BF_DATETIME;
}

static bool is_geo(enum bf_type type)
{
    return type == BF_GEO_POINT || type == BF_GEO_SHAPE;
}

static bool fits(enum bf_type type, enum bf_argument wanted)
{
    switch (wanted) {
    case BF_ARG_TEXT:
        return type == BF_TEXT || type == BF_JSON;
    case BF_ARG_NUMBER:
        return is_number(type);
    case BF_ARG_DATE:
        return is_date(type);
    case BF_ARG_NUMBER_OR_DATE:
        return is_number(type) || is_date(type);
    case BF_ARG_GEO:
        return is_geo(type);
    case BF_ARG_POINT_LITERAL:
        return type == BF_GEO_POINT;
    case BF_ARG_NONE:
    case BF_ARG_ANY:
        break;
    }
    return true;
}

static const char *const wanted_names[] = {
    [BF_ARG_NONE] = "nothing",
    [BF_ARG_ANY] = "a value",
    [BF_ARG_TEXT] = "a text",
    [BF_ARG_NUMBER] = "a number",
    [BF_ARG_DATE] = "a date",
    [BF_ARG_NUMBER_OR_DATE] = "a number or a date",
    [BF_ARG_GEO] = "a geographical field",
    [BF_ARG_POINT_LITERAL] = "a point",
};

bool bf_call_argument(struct bf_query *q, struct bf_clause *c, const struct bf_node *call,
                      struct bf_node *arg, enum bf_argument wanted)
{
    if (wanted == BF_ARG_POINT_LITERAL)
        return bf_place_point(c, arg);
    if (arg->kind == BF_NODE_STAR || arg->kind == BF_NODE_PREFIX || arg->kind == BF_NODE_DISTINCT ||
        arg->kind == BF_NODE_MEASURE || arg->kind == BF_NODE_STEPS)
        return bf_call_usage(c, call);
    if (!bf_expr_check(q, c, arg))
        return false;
    struct bf_subject subject = bf_subject_node(c, arg);
    if (fits(subject.type, wanted))
        return true;
    return BF_MALFORMED(c, arg->at, "%s() needs %s: %s%.*s is of type %s", call->function->name,
                        wanted_names[wanted], BF_SUBJECT_ARG(subject),
                        bf_type_info(subject.type)->name);
}

static bool check_arguments(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    const struct bf_function *f = call->function;
    struct bf_node *arg = call->left;
    for (size_t i = 0; i < BF_FUNCTION_ARGS; i++) {
        if ((f->args[i] == BF_ARG_NONE) != (arg == NULL))
            return bf_call_usage(c, call);
        if (!arg)
            return true;
        if (!bf_call_argument(q, c, call, arg, f->args[i]))
            return false;
        arg = arg->next;
    }
    return !arg || bf_call_usage(c, call);
}

static bool by_table(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    const struct bf_function *f = call->function;
    if (!check_arguments(q, c, call))
        return false;
    return bf_expr_apply(call, f->result == BF_NULL ? bf_node_type(call->left) : f->result, f->sql);
}

static bool may_stand(struct bf_clause *c, const struct bf_node *call)
{
    const struct bf_function *f = call->function;
    if (c->inside && f->kind == BF_AGGREGATE)
        return BF_MALFORMED(c, call->at, "%s() cannot stand inside another aggregation", f->name);
    if (f->kind == BF_PREDICATE)
        return BF_MALFORMED(c, call->at, "%s() is a condition, a value is expected", f->name);
    if (!(f->clauses & c->in))
        return BF_MALFORMED(c, call->at, "%s() cannot be used in %s", f->name, c->name);
    if (f->kind != BF_FIELDS && f->kind != BF_GROUPING)
        return true;
    return BF_MALFORMED(c, call->at, "%s() stands alone and is no part of an expression", f->name);
}

bool bf_call_check(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    const struct bf_function *f = call->function;
    if (!f->value && !f->sql)
        return f->check ? may_stand(c, call) && bf_call_usage(c, call)
                        : bf_check_unsupported(c, call);
    if (!may_stand(c, call))
        return false;
    if (f->kind != BF_AGGREGATE)
        return f->value ? f->value(q, c, call) : by_table(q, c, call);
    c->inside = true;
    bool good = f->value(q, c, call);
    c->inside = false;
    return good && bf_expr_aggregate(q, c, call);
}

/* ---- scalars with rules of their own -------------------------------------------------------- */

/* The other value as one of the first one's type. */
static bool same_type(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    struct bf_subject first = bf_subject_node(c, call->left);
    struct bf_node *other = call->right;
    if (!bf_expr_check(q, c, other))
        return false;
    enum bf_type type = bf_node_type(other);
    if (is_number(first.type) && is_number(type)) {
        type = first.type == type ? type : BF_DOUBLE;
        return bf_expr_apply(call, type, "coalesce(%1, %2)");
    }
    bool texts = fits(first.type, BF_ARG_TEXT) && fits(type, BF_ARG_TEXT);
    if (!texts && first.type != type)
        return BF_MALFORMED(c, other->at,
                            "ifnull() needs two values of one type: %s%.*s is of "
                            "type %s",
                            BF_SUBJECT_ARG(first), bf_type_info(first.type)->name);
    return bf_expr_apply(call, first.type, "coalesce(%1, %2)");
}

bool bf_call_ifnull(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    if (call->count != 2)
        return bf_call_usage(c, call);
    struct bf_node *other = call->right;
    if (!bf_call_argument(q, c, call, call->left, BF_ARG_ANY))
        return false;
    enum bf_type type = bf_node_type(call->left);
    if (other->kind == BF_NODE_NULL) {
        call->right = call->left;
        call->left->next = NULL;
        return bf_expr_apply(call, type, "(%1)");
    }
    if (!bf_literal_is(other) || (is_number(type) && other->kind == BF_NODE_NUMBER))
        return same_type(q, c, call);
    struct bf_literal literal;
    if (!bf_literal_read(q, c, other, bf_subject_node(c, call->left), &literal))
        return false;
    if (literal.beyond || !literal.exact)
        return BF_MALFORMED(c, other->at, "%.*s is no value of type %s",
                            BF_STR_ARG(bf_node_source(c, other)), bf_type_info(type)->name);
    other->kind = BF_NODE_VALUE;
    other->value = literal.value;
    return bf_expr_apply(call, type, "coalesce(%1, %2)");
}

bool bf_call_random(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    (void)q;
    int64_t seed;
    if (call->count != 1)
        return bf_call_usage(c, call);
    if (!bf_call_integer(c, call, call->left, INT64_MIN, INT64_MAX, &seed))
        return false;
    call->left->kind = BF_NODE_VALUE;
    call->left->value = (struct bf_value){.type = BF_INT, .integer = seed};
    return bf_expr_apply(call, BF_INT, "hashint8extended(%s, %1)");
}

/* What an answer shows for a text that is no JSON: the literal, as JSON. */
static bool render(struct bf_clause *c, const struct bf_node *literal, struct bf_str *out)
{
    struct bf_buf b;
    bf_buf_init(&b, 2 * BF_MOST_CLAUSE + 16);
    if (literal->kind == BF_NODE_NULL)
        bf_buf_text(&b, "null");
    else if (literal->kind == BF_NODE_BOOL)
        bf_buf_text(&b, literal->value.boolean ? "true" : "false");
    else if (literal->kind == BF_NODE_NUMBER)
        bf_buf_printf(&b, "%s%.*s", literal->negated ? "-" : "", BF_STR_ARG(literal->text));
    else
        bf_buf_json(&b, literal->text);
    *out = bf_arena_dup(c->arena, bf_buf_view(&b));
    bool good = !bf_buf_failed(&b) && out->p;
    bf_buf_fini(&b);
    return good || bf_clause_memory(c);
}

bool bf_call_json(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    if (call->count < 1 || call->count > 2)
        return bf_call_usage(c, call);
    const struct bf_node *other = call->left->next;
    if (!bf_call_argument(q, c, call, call->left, BF_ARG_TEXT))
        return false;
    call->text = (struct bf_str){NULL, 0};
    if (other && !bf_literal_is(other))
        return bf_call_usage(c, call);
    if (other && !render(c, other, &call->text))
        return false;
    call->right = call->left;
    call->left->next = NULL;
    call->op = BF_APPLY_JSON;
    return bf_expr_apply(call, BF_JSON, "(%1)");
}

/* ---- aggregates ----------------------------------------------------------------------------- */

bool bf_call_count(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    struct bf_node *arg = call->left;
    if (call->count != 1)
        return bf_call_usage(c, call);
    if (arg->kind == BF_NODE_STAR) {
        call->left = call->right = NULL;
        return bf_expr_apply(call, BF_INT, "count(*)");
    }
    bool distinct = arg->kind == BF_NODE_DISTINCT;
    if (distinct)
        call->left = call->right = arg = arg->left;
    if (!bf_call_argument(q, c, call, arg, BF_ARG_ANY))
        return false;
    return bf_expr_apply(call, BF_INT, distinct ? BF_COUNT_DISTINCT_SQL : "count(%1)");
}

/* A statistic by the type of its argument. Sums of doubles take what is too large for any sum as
 * infinite, which no answer shows: PostgreSQL would fail. */
#define SUMMAND "CASE WHEN abs(%1) >= 1e298 THEN 'Infinity' ELSE %1 END"
#define EPOCH "extract(epoch FROM %1)::float8"
#define DAY(epoch) "(to_timestamp(" epoch ") AT TIME ZONE 'UTC')::date"
#define CONT(share, value) "percentile_cont(" share ") WITHIN GROUP (ORDER BY " value ")"

static const struct statistic {
    const char *name;
    const char *of_int, *of_double, *of_date, *of_datetime; /* NULL: not of that type */
    bool same;                                              /* gives the type of its argument */
} statistics[] = {
    {"avg", "avg(%1)::float8", "catalog.divide(sum(" SUMMAND "), count(%1)::float8)",
     DAY("avg(" EPOCH ")"), "to_timestamp(avg(" EPOCH "))", false},
    {"sum", "catalog.whole(sum(%1))", "sum(" SUMMAND ")", NULL, NULL, true},
    {"min", "min(%1)", "min(%1)", "min(%1)", "min(%1)", true},
    {"max", "max(%1)", "max(%1)", "max(%1)", "max(%1)", true},
    {"median", CONT("0.5", "(%1)::float8"), CONT("0.5", "%1"), DAY(CONT("0.5", EPOCH)),
     "to_timestamp(" CONT("0.5", EPOCH) ")", false},
    {"percentile", CONT("%2", "(%1)::float8"), CONT("%2", "%1"), DAY(CONT("%2", EPOCH)),
     "to_timestamp(" CONT("%2", EPOCH) ")", false},
};

static const struct statistic *statistic_of(const struct bf_function *f)
{
    const struct statistic *s = statistics;
    while (!bf_str_eq(bf_str_of(s->name), bf_str_of(f->name)))
        s++;
    return s;
}

bool bf_call_statistic(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    if (call->count < 1 || (call->count > 1 && call->right->kind != BF_NODE_VALUE))
        return bf_call_usage(c, call);
    if (!bf_call_argument(q, c, call, call->left, BF_ARG_ANY))
        return false;
    const struct statistic *s = statistic_of(call->function);
    enum bf_type type = bf_node_type(call->left);
    if (!fits(type, BF_ARG_NUMBER_OR_DATE))
        return BF_MALFORMED(c, call->left->at,
                            "StatAggregation only supports numeric or date expression");
    if (type == BF_INT)
        return bf_expr_apply(call, s->same ? BF_INT : BF_DOUBLE, s->of_int);
    if (type == BF_DOUBLE)
        return bf_expr_apply(call, BF_DOUBLE, s->of_double);
    if (!s->of_date)
        return BF_MALFORMED(c, call->left->at, "%s() needs a number", s->name);
    return bf_expr_apply(call, type, type == BF_DATE ? s->of_date : s->of_datetime);
}

bool bf_call_percentile(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    double percent;
    if (call->count != 2)
        return bf_call_usage(c, call);
    if (!bf_literal_real(c, call->right, &percent))
        return false;
    if (percent < 0 || percent > 100)
        return BF_MALFORMED(c, call->right->at,
                            "percentile() needs a number from 0 to 100, not "
                            "%.*s",
                            BF_STR_ARG(bf_node_source(c, call->right)));
    call->right->kind = BF_NODE_VALUE;
    call->right->value = (struct bf_value){.type = BF_DOUBLE, .real = percent / 100};
    return bf_call_statistic(q, c, call);
}

bool bf_call_hull(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    if (call->count != 1)
        return bf_call_usage(c, call);
    if (!bf_call_argument(q, c, call, call->left, BF_ARG_GEO))
        return false;
    bool hull = call->function->name[0] == 'e';
    return bf_expr_apply(call, BF_GEO_SHAPE,
                         hull ? "ST_ConvexHull(ST_Collect(%1))"
                              : "ST_SetSRID(ST_Extent(%1)::geometry, 4326)");
}
