#include "query/expr.h"

#include "query/call.h"
#include "query/check.h"
#include "query/group.h"
#include "query/print.h"

#include <string.h>

bool bf_expr_apply(struct bf_node *n, enum bf_type type, const char *sql)
{
    n->kind = BF_NODE_APPLY;
    n->type = type;
    n->sql = sql;
    return true;
}

struct bf_node *bf_expr_new(struct bf_clause *c, enum bf_type type, const char *sql,
                            struct bf_node *a, struct bf_node *b, struct bf_node *d)
{
    struct bf_node *args[] = {a, b, d};
    struct bf_node *n = bf_node_new(c, BF_NODE_APPLY, a ? a->at : 0, a ? a->end : 0);
    struct bf_node **end = n ? &n->left : NULL;
    for (size_t i = 0; n && i < 3 && args[i]; i++) {
        /* An argument may stand elsewhere, too, with its own neighbour: a copy stands here. */
        struct bf_node *copy = bf_node_new(c, args[i]->kind, 0, 0);
        if (!copy)
            return NULL;
        bf_node_deepen(n, args[i]);
        *copy = *args[i];
        copy->next = NULL;
        *end = n->right = copy;
        end = &copy->next;
    }
    return n && bf_expr_apply(n, type, sql) ? n : NULL;
}

struct bf_node *bf_expr_midnight(struct bf_clause *c, struct bf_node *date)
{
    return bf_expr_new(c, BF_DATETIME, "(%w AT TIME ZONE %z)", date, NULL, NULL);
}

bool bf_expr_same(const struct bf_node *a, const struct bf_node *b)
{
    if (a->kind == BF_NODE_COLUMN && b->kind == BF_NODE_COLUMN)
        return a->column == b->column;
    /* Those that come of the same form have its very text. */
    if (a->kind != b->kind || (a->kind == BF_NODE_APPLY && a->sql != b->sql))
        return false;
    enum { LONGEST = 1 << 20 };
    struct bf_buf x;
    struct bf_buf y;
    bf_buf_init(&x, LONGEST);
    bf_buf_init(&y, LONGEST);
    bf_print_node(a, &x);
    bf_print_node(b, &y);
    bool same =
        !bf_buf_failed(&x) && !bf_buf_failed(&y) && bf_str_eq(bf_buf_view(&x), bf_buf_view(&y));
    bf_buf_fini(&x);
    bf_buf_fini(&y);
    return same;
}

bool bf_expr_aggregate(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    size_t i = 0;
    while (i < q->naggregates && !bf_expr_same(q->aggregates[i], n))
        i++;
    if (i == q->aggregates_room) {
        const struct bf_node **more =
            bf_arena_grow(q->arena, q->aggregates, &q->aggregates_room, i + 1, sizeof *more);
        if (!more)
            return bf_clause_memory(c);
        q->aggregates = more;
    }
    if (i == q->naggregates) {
        struct bf_node *copy = bf_node_new(c, BF_NODE_APPLY, n->at, n->end);
        if (!copy)
            return false;
        *copy = *n;
        copy->next = NULL;
        q->aggregates[q->naggregates++] = copy;
    }
    n->kind = BF_NODE_AGGREGATE;
    n->index = i;
    n->left = n->right = NULL;
    return true;
}

/* ---- names ---------------------------------------------------------------------------------- */

static void become(struct bf_node *n, const struct bf_node *other)
{
    struct bf_node *next = n->next;
    uint32_t at = n->at;
    uint32_t end = n->end;
    *n = *other;
    n->next = next;
    n->at = at;
    n->end = end;
}

static bool check_name(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    const struct bf_node *known = c->inside ? NULL : bf_group_name(q, c, n->text);
    if (known && known->kind != BF_NODE_COLUMN) {
        become(n, known);
        return true;
    }
    struct bf_str name = known ? known->column->name : n->text;
    const struct bf_column *column = bf_check_filter(q, c, name, n->at);
    if (!column)
        return false;
    n->kind = BF_NODE_COLUMN;
    n->column = column;
    return true;
}

/* ---- literals ------------------------------------------------------------------------------- */

static bool whole(struct bf_str digits)
{
    return memchr(digits.p, '.', digits.n) == NULL;
}

/* The value that a literal is by itself. */
static bool check_literal(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    enum bf_type type = BF_TEXT;
    if (n->kind == BF_NODE_NUMBER)
        type = whole(n->text) ? BF_INT : BF_DOUBLE;
    else if (n->kind == BF_NODE_DATE)
        type = BF_DATETIME;
    else if (n->kind == BF_NODE_BOOL)
        type = BF_BOOL;
    else if (n->kind != BF_NODE_STRING)
        return BF_MALFORMED(c, n->at, "A value is expected, not %.*s",
                            BF_STR_ARG(bf_node_source(c, n)));
    struct bf_subject subject = {type, false, bf_node_source(c, n), NULL};
    struct bf_literal literal;
    if (!bf_literal_read(q, c, n, subject, &literal))
        return false;
    if (literal.beyond)
        return BF_MALFORMED(c, n->at, "The number %.*s is too large",
                            BF_STR_ARG(bf_node_source(c, n)));
    n->kind = BF_NODE_VALUE;
    n->value = literal.value;
    return true;
}

/* ---- arithmetic ----------------------------------------------------------------------------- */

static bool check_number(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    if (!bf_expr_check(q, c, n))
        return false;
    struct bf_subject subject = bf_subject_node(c, n);
    if (subject.type == BF_INT || subject.type == BF_DOUBLE)
        return true;
    return BF_MALFORMED(c, n->at, "Arithmetic needs numbers: %s%.*s is of type %s",
                        BF_SUBJECT_ARG(subject), bf_type_info(subject.type)->name);
}

static bool check_arithmetic(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    /* By the operator, then whether both are whole numbers, or the left or the right one alone. */
    static const char *const forms[][4] = {
        {"catalog.plus(%1, %2)", "catalog.plus((%1)::float8, %2)", "catalog.plus(%1, (%2)::float8)",
         "catalog.plus(%1, %2)"},
        {"catalog.minus(%1, %2)", "catalog.minus((%1)::float8, %2)",
         "catalog.minus(%1, (%2)::float8)", "catalog.minus(%1, %2)"},
        {"catalog.times(%1, %2)", "catalog.times((%1)::float8, %2)",
         "catalog.times(%1, (%2)::float8)", "catalog.times(%1, %2)"},
        {"catalog.divide((%1)::float8, (%2)::float8)", "catalog.divide((%1)::float8, %2)",
         "catalog.divide(%1, (%2)::float8)", "catalog.divide(%1, %2)"},
    };
    static const char operators[] = "+-*/";
    if (!check_number(q, c, n->left) || !check_number(q, c, n->right))
        return false;
    size_t op = (size_t)(strchr(operators, n->op) - operators);
    bool a = bf_node_type(n->left) == BF_INT;
    bool b = bf_node_type(n->right) == BF_INT;
    n->left->next = n->right;
    n->function = NULL;
    return bf_expr_apply(n, a && b && n->op != '/' ? BF_INT : BF_DOUBLE,
                         forms[op][a ? (b ? 0 : 1) : (b ? 2 : 3)]);
}

static bool check_sign(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    if (!check_number(q, c, n->left))
        return false;
    if (!n->negated) {
        become(n, n->left);
        return true;
    }
    n->function = NULL;
    n->right = n->left;
    enum bf_type type = bf_node_type(n->left);
    return bf_expr_apply(n, type, type == BF_INT ? "catalog.minus(0, %1)" : "(- %1)");
}

bool bf_expr_check(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    if (n->kind == BF_NODE_NAME)
        return check_name(q, c, n);
    if (bf_literal_is(n))
        return check_literal(q, c, n);
    if (n->kind == BF_NODE_ARITHMETIC)
        return check_arithmetic(q, c, n);
    if (n->kind == BF_NODE_SIGN)
        return check_sign(q, c, n);
    if (n->kind == BF_NODE_CALL && n->function)
        return bf_call_check(q, c, n);
    return bf_check_unsupported(c, n);
}
