#include "query/refine.h"

#include "query/check.h"
#include "query/lexer.h"
#include "value/instant.h"

static const int64_t DAY_US = INT64_C(86400) * 1000000;

/* The end of a quoted run at the start of s, its quotes included; 0: it does not end. */
static size_t quoted_length(struct bf_str s)
{
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] == s.p[0])
            return i + 1;
        if (s.p[i] == '\\')
            i++;
    }
    return 0;
}

static bool unquote(const struct bf_clause *c, struct bf_str quoted, struct bf_str *out)
{
    const char *why;
    *out = bf_lexer_unquote(c->arena, quoted, &why);
    if (why)
        return BF_MALFORMED(c, -1, "A text holds %s", why);
    return out->p || bf_clause_memory(c);
}

static bool no_colon(const struct bf_clause *c)
{
    return BF_MALFORMED(c, -1, "%s is written field:value", c->name);
}

bool bf_refine_parse(struct bf_condition *condition)
{
    const struct bf_clause *c = &condition->clause;
    struct bf_str text = bf_str_trim(c->text);
    struct bf_str value;
    if (text.p[0] == '`') {
        size_t n = quoted_length(text);
        value = bf_str_trim((struct bf_str){text.p + n, text.n - n});
        if (n == 0 || value.n == 0 || value.p[0] != ':')
            return no_colon(c);
        if (!unquote(c, (struct bf_str){text.p, n}, &condition->facet))
            return false;
        value = (struct bf_str){value.p + 1, value.n - 1};
    } else {
        condition->facet = bf_str_trim(bf_str_cut(text, ':', &value));
        if (!value.p)
            return no_colon(c);
    }
    value = bf_str_trim(value);
    condition->value = value;
    bool quoted = value.n > 1 && (value.p[0] == '"' || value.p[0] == '\'');
    return !quoted || quoted_length(value) != value.n || unquote(c, value, &condition->value);
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

/* The days [*from, *to) of `2026`, `2026/9`, `2026-09-30`; false: another form. */
static bool read_period(struct bf_str text, int32_t *from, int32_t *to)
{
    enum { PARTS = 3 };
    int part[PARTS] = {0, 1, 1};
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
    *from = bf_date_days(part[0], part[1], part[2]);
    if (n == 1)
        *to = bf_date_days(part[0] + 1, 1, 1);
    else if (n == 2)
        *to = *from + bf_date_month_length(part[0], part[1]);
    else
        *to = *from + 1;
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

/* ---- values */

static struct bf_node *equal(struct bf_query *q, struct bf_clause *c,
                             const struct bf_column *column, struct bf_str text)
{
    struct bf_node *n = bf_node_new(c, BF_NODE_COMPARE, 0, 0);
    struct bf_node *left = bf_node_column(c, column);
    struct bf_literal literal;
    if (!n || !left || !bf_literal_read_text(q, c, text, column, &literal) ||
        !bf_check_settle(c, n, left, BF_EQ, &literal))
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

static struct bf_node *make(struct bf_query *q, struct bf_clause *c, const struct bf_column *column,
                            struct bf_str text)
{
    int32_t from;
    int32_t to;
    bool date = column->type == BF_DATE || column->type == BF_DATETIME;
    if (date && read_period(text, &from, &to))
        return period(q, c, column, from, to);
    return equal(q, c, column, column->type == BF_BOOL ? boolean_text(text) : text);
}

/* The earlier refine that this one widens; NULL: none. */
static struct bf_condition *same_facet(struct bf_query *q, const struct bf_condition *condition)
{
    if (condition->exclude || !(condition->column->flags & BF_COLUMN_DISJUNCTIVE))
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
    struct bf_node *n = make(q, c, condition->column, condition->value);
    if (n && condition->exclude)
        n = bf_node_unary(c, BF_NODE_NOT, 0, n);
    struct bf_condition *first = same_facet(q, condition);
    if (n && first)
        n = first->node = bf_node_junction(c, BF_NODE_OR, first->node, n);
    else
        condition->node = n;
    return n != NULL;
}
