#include "query/range.h"

#include "query/call.h"
#include "query/check.h"
#include "query/expr.h"
#include "query/group.h"
#include "value/instant.h"
#include "value/number.h"

#include <string.h>

enum { MOST_DIGITS = 40, MOST_SECONDS = 1000000000 };

static struct bf_node *text_value(struct bf_clause *c, struct bf_str text)
{
    return bf_node_value(c, (struct bf_value){.type = BF_TEXT, .text = text});
}

static struct bf_node *real_value(struct bf_clause *c, double v)
{
    return bf_node_value(c, (struct bf_value){.type = BF_DOUBLE, .real = v});
}

/* ---- given bounds --------------------------------------------------------------------------- */

struct bounds {
    struct bf_query *q;
    struct bf_clause *c;
    struct bf_value at[BF_MOST_MEMBERS];
    size_t n;
    bool below, above; /* a star before, behind them */
};

static int compare(const struct bf_value *a, const struct bf_value *b)
{
    if (a->type == BF_DOUBLE)
        return (a->real > b->real) - (a->real < b->real);
    if (a->type == BF_DATE)
        return (a->date > b->date) - (a->date < b->date);
    return (a->integer > b->integer) - (a->integer < b->integer);
}

static bool add_bound(struct bounds *b, const struct bf_node *arg, struct bf_subject subject)
{
    struct bf_literal l;
    if (!bf_literal_is(arg))
        return bf_check_unsupported(b->c, arg);
    if (!bf_literal_read(b->q, b->c, arg, subject, &l))
        return false;
    if (l.null || l.beyond)
        return BF_MALFORMED(b->c, arg->at, "range() cannot have the bound %.*s",
                            BF_STR_ARG(bf_node_source(b->c, arg)));
    if (!l.exact && subject.type == BF_INT) /* the next whole value */
        l.value.integer++;
    else if (!l.exact)
        l.value.date++;
    if (b->n && compare(&b->at[b->n - 1], &l.value) >= 0)
        return BF_MALFORMED(b->c, arg->at, "The bounds of range() must grow: %.*s",
                            BF_STR_ARG(bf_node_source(b->c, arg)));
    b->at[b->n++] = l.value;
    return true;
}

/* v2.0 writes the stars as brackets that look outwards. */
static bool read_steps(struct bounds *b, const struct bf_node *steps, struct bf_subject subject)
{
    b->below = steps->op & BF_OPEN_LOW;
    b->above = steps->op & BF_OPEN_HIGH;
    for (const struct bf_node *arg = steps->left->left; arg; arg = arg->next)
        if (!add_bound(b, arg, subject))
            return false;
    return true;
}

static bool read_list(struct bounds *b, const struct bf_node *call, struct bf_subject subject)
{
    for (const struct bf_node *arg = call->left->next; arg; arg = arg->next) {
        bool star = arg->kind == BF_NODE_STAR;
        bool first = arg == call->left->next;
        if (star && !first && arg->next)
            return BF_MALFORMED(b->c, arg->at, "In range() a star can only come first or last");
        b->below |= star && first;
        b->above |= star && !first;
        if (!star && !add_bound(b, arg, subject))
            return false;
    }
    return true;
}

static bool read_bounds(struct bounds *b, const struct bf_node *call)
{
    struct bf_subject subject = bf_subject_node(b->c, call->left);
    const struct bf_node *first = call->left->next;
    for (const struct bf_node *arg = first; arg; arg = arg->next)
        if (arg->kind == BF_NODE_STEPS && call->count > 2)
            return bf_call_usage(b->c, call);
    if (first->kind == BF_NODE_STEPS ? !read_steps(b, first, subject)
                                     : !read_list(b, call, subject))
        return false;
    return b->n + b->below + b->above >= 2 && b->n ? true : bf_call_usage(b->c, call);
}

/* 2020-11-13T00:00:00.000Z */
static void print_instant(struct bf_buf *out, int64_t at)
{
    int64_t day_us = INT64_C(86400000000);
    int64_t day = at / day_us - (at % day_us < 0);
    int64_t ms = (at - day * day_us) / 1000;
    bf_date_print(out, (int32_t)day);
    bf_buf_printf(out, "T%02d:%02d:%02d.%03dZ", (int)(ms / 3600000), (int)(ms / 60000 % 60),
                  (int)(ms / 1000 % 60), (int)(ms % 1000));
}

static void print_bound(struct bf_buf *out, const struct bf_value *v, bool upper)
{
    if (v->type == BF_DOUBLE)
        bf_number_print(out, v->real);
    else if (v->type == BF_INT)
        bf_buf_i64(out, v->integer - upper);
    else
        print_instant(out, v->type == BF_DATETIME ? v->instant
                                                  : (int64_t)v->date * INT64_C(86400000000));
}

/* The interval below bound i, which begins at bound i - 1. */
static struct bf_node *label(struct bounds *b, size_t i)
{
    struct bf_buf out;
    bf_buf_init(&out, 256);
    bf_buf_char(&out, '[');
    if (i == 0)
        bf_buf_char(&out, '*');
    else
        print_bound(&out, &b->at[i - 1], false);
    bf_buf_text(&out, ", ");
    if (i == b->n)
        bf_buf_char(&out, '*');
    else
        print_bound(&out, &b->at[i], true);
    bool closed = i == b->n ? b->at[0].type == BF_INT : b->at[i].type == BF_INT;
    bf_buf_char(&out, closed ? ']' : '[');
    struct bf_str text = bf_arena_dup(b->c->arena, bf_buf_view(&out));
    bf_buf_fini(&out);
    if (!text.p) {
        bf_clause_memory(b->c);
        return NULL;
    }
    return text_value(b->c, text);
}

/* Puts the member at the end of the list of n. */
static bool push(struct bf_node *n, struct bf_node **last, struct bf_node *member)
{
    if (!member)
        return false;
    if (*last)
        (*last)->next = member;
    else
        n->right = member;
    *last = member;
    return true;
}

static bool make_buckets(struct bounds *b, struct bf_node *call, struct bf_key *key)
{
    struct bf_node *last = NULL;
    struct bf_node *field = call->left;
    struct bf_node *shown = bf_node_new(b->c, BF_NODE_LABEL, call->at, call->end);
    call->kind = BF_NODE_BUCKET;
    call->type = BF_INT;
    call->left = field;
    call->right = NULL;
    field->next = NULL;
    for (size_t i = 0; i < b->n; i++)
        if (!push(call, &last, bf_node_value(b->c, b->at[i])))
            return false;
    key->node = call;
    key->low = b->below ? 0 : 1;
    key->high = (int64_t)b->n - !b->above;
    key->bounded = !b->below || !b->above;
    key->shown = shown;
    if (!shown)
        return false;
    last = NULL;
    shown->type = BF_TEXT;
    shown->index = (size_t)key->low;
    for (int64_t i = key->low; i <= key->high; i++)
        if (!push(shown, &last, label(b, (size_t)i)))
            return false;
    shown->left = bf_group_key(b->q, BF_INT);
    return shown->left != NULL;
}

static bool given_bounds(struct bf_query *q, struct bf_clause *c, struct bf_node *call,
                         struct bf_key *key)
{
    struct bounds *b = bf_arena_zalloc(c->arena, 1, sizeof *b);
    if (!b)
        return bf_clause_memory(c);
    b->q = q;
    b->c = c;
    return read_bounds(b, call) && make_buckets(b, call, key);
}

/* ---- equal widths: numbers ------------------------------------------------------------------ */

static bool read_width(struct bf_clause *c, const struct bf_node *arg)
{
    struct bf_str digits = arg->text;
    bool zero = true;
    for (size_t i = 0; i < digits.n; i++)
        zero &= digits.p[i] == '0' || digits.p[i] == '.';
    if (!arg->negated && !zero && digits.n <= MOST_DIGITS)
        return true;
    return BF_MALFORMED(c, arg->at,
                        "range() needs a width above zero, of at most %d digits, not %.*s",
                        MOST_DIGITS, BF_STR_ARG(bf_node_source(c, arg)));
}

static bool equal_numbers(struct bf_query *q, struct bf_clause *c, struct bf_node *call,
                          struct bf_key *key)
{
    struct bf_node *field = call->left;
    const struct bf_node *arg = field->next;
    int64_t whole = 0;
    if (!read_width(c, arg))
        return false;
    key->width = arg->text;
    bool integers = bf_node_type(field) == BF_INT && bf_number_int(arg->text, &whole);
    struct bf_node *width =
        integers ? bf_node_value(c, (struct bf_value){.type = BF_INT, .integer = whole})
                 : text_value(c, arg->text);
    struct bf_node *k = bf_group_key(q, integers ? BF_INT : BF_DOUBLE);
    if (!width || !k)
        return false;
    key->node =
        integers
            ? bf_expr_new(c, BF_INT, "(%1 / %2 - CASE WHEN mod(%1, %2) < 0 THEN 1 ELSE 0 END)",
                          field, width, NULL)
            : bf_expr_new(c, BF_DOUBLE, "floor((%1)::numeric / (%2)::numeric)", field, width, NULL);
    key->shown = bf_expr_new(c, BF_TEXT,
                             "('[' || trim_scale(%1::numeric * (%2)::numeric) || ', ' || "
                             "trim_scale((%1::numeric + 1) * (%2)::numeric) || '[')",
                             k, width, NULL);
    return key->node && key->shown;
}

/* ---- equal widths: dates -------------------------------------------------------------------- */

/* A unit of the calendar begins where date_trunc says, in a zone; so many seconds of others. In the
 * zone of the connections, UTC, it needs not be told in which, and takes half the time. */
static const struct unit {
    const char *names[3]; /* the first one as it is, the others in any case */
    const char *start, *start_utc, *end;
    double seconds; /* 0: of the calendar alone */
    double length;  /* the shortest that there is, in seconds */
} units[] = {
    {{"ms", "millisecond", "milliseconds"},
     "date_trunc('milliseconds', %1)",
     "date_trunc('milliseconds', %1)",
     "catalog.range_text(%1, %1 + interval '1 ms', %2)",
     0.001,
     0.001},
    {{"s", "second", "seconds"},
     "date_trunc('second', %1)",
     "date_trunc('second', %1)",
     "catalog.range_text(%1, %1 + interval '1 s', %2)",
     1,
     1},
    {{"m", "minute", "minutes"},
     "date_trunc('minute', %1, %2)",
     "date_trunc('minute', %1)",
     "catalog.range_text(%1, %1 + interval '1 min', %2)",
     60,
     60},
    {{"h", "hour", "hours"},
     "date_trunc('hour', %1, %2)",
     "date_trunc('hour', %1)",
     "catalog.range_text(%1, %1 + interval '1 hour', %2)",
     3600,
     3600},
    {{"d", "day", "days"},
     "date_trunc('day', %1, %2)",
     "date_trunc('day', %1)",
     "catalog.range_text(%1, (%1 AT TIME ZONE %2 + interval '1 day') AT TIME ZONE %2, %2)",
     86400,
     86400},
    {{"w", "week", "weeks"},
     "date_trunc('week', %1, %2)",
     "date_trunc('week', %1)",
     "catalog.range_text(%1, (%1 AT TIME ZONE %2 + interval '7 days') AT TIME ZONE %2, %2)",
     0,
     604800},
    {{"M", "month", "months"},
     "date_trunc('month', %1, %2)",
     "date_trunc('month', %1)",
     "catalog.range_text(%1, (%1 AT TIME ZONE %2 + interval '1 month') AT TIME ZONE %2, %2)",
     0,
     2419200},
    {{"q", "quarter", "quarters"},
     "date_trunc('quarter', %1, %2)",
     "date_trunc('quarter', %1)",
     "catalog.range_text(%1, (%1 AT TIME ZONE %2 + interval '3 months') AT TIME ZONE %2, %2)",
     0,
     7776000},
    {{"y", "year", "years"},
     "date_trunc('year', %1, %2)",
     "date_trunc('year', %1)",
     "catalog.range_text(%1, (%1 AT TIME ZONE %2 + interval '1 year') AT TIME ZONE %2, %2)",
     0,
     31536000},
};

static const struct unit *unit_named(struct bf_str name)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (bf_str_eq(name, bf_str_of(units[i].names[0])) ||
            bf_str_eq_nocase(name, bf_str_of(units[i].names[1])) ||
            bf_str_eq_nocase(name, bf_str_of(units[i].names[2])))
            return &units[i];
    return NULL;
}

static bool read_step(struct bf_clause *c, const struct bf_node *call, const struct bf_node *arg,
                      const struct unit **unit, int64_t *n)
{
    if (arg->kind != BF_NODE_MEASURE)
        return BF_MALFORMED(c, arg->at, "range() of dates needs a unit: range(date, 1 day)");
    *unit = unit_named(arg->text);
    if (!*unit)
        return BF_MALFORMED(c, arg->at,
                            "Unknown unit %.*s, known are ms s m h d w M q y and millisecond to "
                            "year",
                            BF_STR_ARG(bf_node_source(c, arg)));
    if (!bf_call_integer(c, call, arg->left, 1, INT64_MAX, n))
        return false;
    if (*n > 1 && (*unit)->seconds == 0)
        return BF_MALFORMED(c, arg->at, "range() of weeks, months, quarters and years needs 1");
    if ((double)*n * (*unit)->seconds > MOST_SECONDS)
        return BF_MALFORMED(c, arg->at, "range() needs a shorter interval than %.*s",
                            BF_STR_ARG(bf_node_source(c, arg)));
    return true;
}

static bool equal_dates(struct bf_query *q, struct bf_clause *c, struct bf_node *call,
                        struct bf_key *key)
{
    const struct unit *unit = units;
    int64_t n = 1;
    struct bf_node *field = call->left;
    if (!read_step(c, call, field->next, &unit, &n))
        return false;
    key->seconds = (double)n * unit->length;
    bool date = bf_node_type(field) == BF_DATE; /* in no zone */
    struct bf_node *zone = text_value(c, date ? bf_zone_name(bf_zone_utc()) : bf_zone_sql(q->zone));
    bool utc = zone && bf_str_eq(zone->value.text, BF_STR("UTC"));
    if (date)
        field =
            bf_expr_new(c, BF_DATETIME, "((%1)::timestamp AT TIME ZONE 'UTC')", field, NULL, NULL);
    struct bf_node *k = bf_group_key(q, BF_DATETIME);
    struct bf_node *step = n > 1 ? real_value(c, (double)n * unit->seconds) : NULL;
    if (!zone || !field || !k || (n > 1 && !step))
        return false;
    key->node = bf_expr_new(c, BF_DATETIME,
                            n > 1 ? "(date_bin(make_interval(secs => %3), %1 AT TIME ZONE %2, "
                                    "timestamp '1970-01-01') AT TIME ZONE %2)"
                            : utc ? unit->start_utc
                                  : unit->start,
                            field, zone, step);
    key->shown = bf_expr_new(c, BF_TEXT,
                             n > 1 ? "catalog.range_text(%1, (%1 AT TIME ZONE %2 + "
                                     "make_interval(secs => %3)) AT TIME ZONE %2, %2)"
                                   : unit->end,
                             k, zone, step);
    return key->node && key->shown;
}

/* ---- all of them ---------------------------------------------------------------------------- */

bool bf_range_check(struct bf_query *q, struct bf_clause *c, struct bf_node *call,
                    struct bf_key *key)
{
    if (call->count < 2)
        return bf_call_usage(c, call);
    struct bf_node *field = call->left;
    const struct bf_node *arg = field->next;
    if (!bf_expr_check(q, c, field))
        return false;
    struct bf_subject subject = bf_subject_node(c, field);
    bool number = subject.type == BF_INT || subject.type == BF_DOUBLE;
    if (!number && subject.type != BF_DATE && subject.type != BF_DATETIME)
        return BF_MALFORMED(c, field->at, "range() needs a number or a date: %s%.*s is of type %s",
                            BF_SUBJECT_ARG(subject), bf_type_info(subject.type)->name);
    key->range = true;
    if (call->count > 2 || arg->kind == BF_NODE_STEPS)
        return given_bounds(q, c, call, key);
    key->divided = (struct bf_str){c->text.p + field->at, field->end - field->at};
    if (!number)
        return equal_dates(q, c, call, key);
    if (arg->kind != BF_NODE_NUMBER)
        return bf_call_usage(c, call);
    return equal_numbers(q, c, call, key);
}
