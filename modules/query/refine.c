#include "query/refine.h"

#include "query/check.h"
#include "query/facet.h"
#include "query/quoted.h"
#include "value/instant.h"
#include "value/number.h"

#include <string.h>

static const int64_t DAY_US = INT64_C(86400) * 1000000;

static bool no_colon(const struct bf_clause *c)
{
    return BF_MALFORMED(c, -1, "%s is written field:value", c->name);
}

bool bf_refine_parse(struct bf_condition *condition)
{
    const struct bf_clause *c = &condition->clause;
    struct bf_str text = bf_str_trim(c->text);
    struct bf_str value;
    if (text.n && strchr("`'\"", text.p[0])) {
        size_t n = bf_quoted_length(text);
        value = bf_str_trim((struct bf_str){text.p + n, text.n - n});
        if (n == 0 || value.n == 0 || value.p[0] != ':')
            return no_colon(c);
        if (!bf_quoted_read(c, (struct bf_str){text.p, n}, &condition->facet))
            return false;
        value = (struct bf_str){value.p + 1, value.n - 1};
    } else {
        condition->facet = bf_str_trim(bf_str_cut(text, ':', &value));
        if (!value.p)
            return no_colon(c);
    }
    value = bf_str_trim(value);
    return bf_quoted_or_bare(c, value, &condition->value);
}

/* ---- dates: years, months and days */

/* A number of at most `most` digits at the start of *s, which moves on; -1: none. */
static int take_number(struct bf_str *s, size_t most)
{
    int v = 0;
    size_t n = 0;
    while (n < s->n && n < most && s->p[n] >= '0' && s->p[n] <= '9')
        v = v * 10 + (s->p[n++] - '0');
    *s = (struct bf_str){s->p + n, s->n - n};
    return n ? v : -1;
}

/* A year, a month or a day. */
struct period {
    int32_t from, to; /* days [from, to) */
    int part[3];      /* year, month, day */
    size_t parts;     /* that were given */
};

/* `2026`, `2026/9`, `2026-09-30`; false: another form. */
static bool read_period(struct bf_str text, struct period *out)
{
    enum { PARTS = 3 };
    *out = (struct period){.part = {0, 1, 1}};
    int *part = out->part;
    size_t n = 0;
    char separator = text.n > 4 ? text.p[4] : '/';
    while (n < PARTS) {
        part[n] = take_number(&text, n == 0 ? 4 : 2);
        if (part[n++] < 1)
            return false;
        if (text.n == 0)
            break;
        if (text.p[0] != separator || (separator != '/' && separator != '-') || n == PARTS)
            return false;
        text = (struct bf_str){text.p + 1, text.n - 1};
    }
    if (part[1] > 12 || part[2] > bf_date_month_length(part[0], part[1]))
        return false;
    out->parts = n;
    out->from = bf_date_days(part[0], part[1], part[2]);
    if (n == 1)
        out->to = bf_date_days(part[0] + 1, 1, 1);
    else if (n == 2)
        out->to = out->from + bf_date_month_length(part[0], part[1]);
    else
        out->to = out->from + 1;
    return true;
}

static struct bf_value bound(const struct bf_query *q, const struct bf_column *column, int32_t day)
{
    struct bf_value v = {.type = column->type, .date = day};
    if (column->type == BF_DATETIME)
        v.instant = bf_zone_instant(q->zone, (int64_t)day * DAY_US);
    return v;
}

static struct bf_node *period(struct bf_query *q, struct bf_clause *c,
                              const struct bf_column *column, int32_t from, int32_t to)
{
    struct bf_node *first =
        bf_node_compare(c, bf_node_column(c, column), BF_GE, bound(q, column, from));
    struct bf_node *last =
        bf_node_compare(c, bf_node_column(c, column), BF_LT, bound(q, column, to));
    return bf_node_junction(c, BF_NODE_AND, first, last);
}

/* The facet's value: `2026`, `2026/09`, `2026/09/30`. */
static struct bf_str period_path(struct bf_arena *a, const struct period *p)
{
    if (p->parts == 1)
        return bf_arena_printf(a, "%04d", p->part[0]);
    if (p->parts == 2)
        return bf_arena_printf(a, "%04d/%02d", p->part[0], p->part[1]);
    return bf_arena_printf(a, "%04d/%02d/%02d", p->part[0], p->part[1], p->part[2]);
}

static struct bf_node *dated(struct bf_query *q, struct bf_condition *condition,
                             const struct period *p)
{
    condition->path = period_path(q->arena, p);
    if (!condition->path.p)
        return NULL;
    return period(q, &condition->clause, condition->column, p->from, p->to);
}

/* ---- texts with levels: the value and what lies below it */

static struct bf_value text_value(struct bf_str text)
{
    return (struct bf_value){.type = BF_TEXT, .text = text};
}

/* The first text behind all that start with `below`, which ends in ASCII. */
static struct bf_str behind(struct bf_arena *a, struct bf_str below)
{
    struct bf_str copy = bf_arena_dup(a, below);
    if (copy.p)
        ((char *)(uintptr_t)copy.p)[copy.n - 1]++;
    return copy;
}

static struct bf_node *below_one(struct bf_query *q, struct bf_condition *condition,
                                 struct bf_str below)
{
    struct bf_clause *c = &condition->clause;
    const struct bf_column *column = condition->column;
    struct bf_str end = behind(q->arena, below);
    if (!end.p)
        return NULL;
    struct bf_node *same =
        bf_node_compare(c, bf_node_column(c, column), BF_EQ, text_value(condition->path));
    struct bf_node *from = bf_node_compare(c, bf_node_column(c, column), BF_GE, text_value(below));
    struct bf_node *to = bf_node_compare(c, bf_node_column(c, column), BF_LT, text_value(end));
    return bf_node_junction(c, BF_NODE_OR, same, bf_node_junction(c, BF_NODE_AND, from, to));
}

static struct bf_node *below_among(struct bf_condition *condition, struct bf_str below)
{
    struct bf_clause *c = &condition->clause;
    struct bf_node *n = bf_node_new(c, BF_NODE_AMONG, 0, 0);
    struct bf_node *left = bf_node_column(c, condition->column);
    struct bf_node *same = bf_node_value(c, text_value(condition->path));
    struct bf_node *start = bf_node_value(c, text_value(below));
    if (!n || !left || !same || !start)
        return NULL;
    same->next = start;
    return bf_check_among(n, left, same, false) ? n : NULL;
}

static struct bf_node *levelled(struct bf_query *q, struct bf_condition *condition,
                                struct bf_str separator)
{
    struct bf_str path = condition->value;
    while (path.n > separator.n && bf_str_ends(path, separator)) /* `bike/` is `bike` */
        path.n -= separator.n;
    struct bf_str below =
        bf_arena_printf(q->arena, "%.*s%.*s", BF_STR_ARG(path), BF_STR_ARG(separator));
    if (!below.p)
        return NULL;
    condition->path = path;
    if (condition->column->flags & BF_COLUMN_MULTIVALUED)
        return below_among(condition, below);
    return below_one(q, condition, below);
}

/* ---- values */

/* What the facet calls the value. */
static bool name_value(struct bf_condition *condition, const struct bf_value *v)
{
    struct bf_arena *a = condition->clause.arena;
    char text[BF_NUMBER_MAX];
    condition->path_value = *v;
    if (v->type == BF_TEXT)
        condition->path = v->text;
    else if (v->type == BF_BOOL)
        condition->path = v->boolean ? BF_STR("true") : BF_STR("false");
    else if (v->type == BF_INT)
        condition->path =
            bf_arena_dup(a, (struct bf_str){text, bf_number_format_int(text, v->integer)});
    else if (v->type == BF_DOUBLE)
        condition->path = bf_arena_dup(a, (struct bf_str){text, bf_number_format(text, v->real)});
    else
        return true; /* an instant is no value of a facet */
    return condition->path.p || bf_clause_memory(&condition->clause);
}

static struct bf_node *equal(struct bf_query *q, struct bf_condition *condition, struct bf_str text)
{
    struct bf_clause *c = &condition->clause;
    struct bf_node *n = bf_node_new(c, BF_NODE_COMPARE, 0, 0);
    struct bf_node *left = bf_node_column(c, condition->column);
    struct bf_literal literal;
    if (!n || !left ||
        !bf_literal_read_text(q, c, text, bf_subject_column(condition->column), &literal) ||
        !bf_check_settle(c, n, left, BF_EQ, &literal))
        return NULL;
    if (literal.exact && !literal.beyond && !name_value(condition, &literal.value))
        return NULL;
    return n;
}

/* Facets of booleans are written true and false; older clients send 1 and 0. */
static struct bf_str boolean_text(struct bf_str text)
{
    if (bf_str_eq(text, BF_STR("1")))
        return BF_STR("true");
    return bf_str_eq(text, BF_STR("0")) ? BF_STR("false") : text;
}

static struct bf_node *make(struct bf_query *q, struct bf_condition *condition)
{
    enum bf_type type = condition->column->type;
    struct bf_str text = condition->value;
    struct bf_str separator = bf_facet_path(q, condition->column);
    struct period p;
    if ((type == BF_DATE || type == BF_DATETIME) && read_period(text, &p))
        return dated(q, condition, &p);
    if (separator.n)
        return levelled(q, condition, separator);
    return equal(q, condition, type == BF_BOOL ? boolean_text(text) : text);
}

/* The earlier refine that this one widens; NULL: none. */
static struct bf_condition *same_facet(struct bf_query *q, const struct bf_condition *condition)
{
    if (condition->exclude || !bf_facet_is_disjunctive(q, condition->column))
        return NULL;
    for (struct bf_condition *o = q->conditions; o != condition; o = o->next)
        if (o->refine && !o->exclude && o->column == condition->column && o->node)
            return o;
    return NULL;
}

bool bf_refine_check(struct bf_query *q, struct bf_condition *condition)
{
    struct bf_clause *c = &condition->clause;
    condition->column = bf_check_filter(q, c, condition->facet, -1);
    if (!condition->column)
        return false;
    struct bf_node *n = make(q, condition);
    if (!n)
        return bf_err_is_set(c->err) ? false : bf_clause_memory(c);
    if (condition->exclude)
        n = bf_node_unary(c, BF_NODE_NOT, 0, n);
    struct bf_condition *first = same_facet(q, condition);
    if (n && first)
        n = first->node = bf_node_junction(c, BF_NODE_OR, first->node, n);
    else
        condition->node = n;
    return n != NULL;
}
