#include "query/literal.h"

#include "value/instant.h"
#include "value/number.h"

#include <string.h>

enum { QUOTED = 200 };

static const int64_t DAY_US = INT64_C(86400) * 1000000;

bool bf_literal_is(const struct bf_node *n)
{
    return n->kind >= BF_NODE_STRING && n->kind <= BF_NODE_NULL;
}

struct bf_subject bf_subject_column(const struct bf_column *column)
{
    return (struct bf_subject){column->type, true, column->name, column};
}

struct bf_subject bf_subject_node(const struct bf_clause *c, const struct bf_node *checked)
{
    if (checked->kind == BF_NODE_COLUMN)
        return bf_subject_column(checked->column);
    return (struct bf_subject){bf_node_type(checked), false, bf_node_source(c, checked), NULL};
}

/* What was written, for a reader of any type. */
struct source {
    const struct bf_query *q;
    struct bf_clause *c;
    struct bf_subject subject;
    struct bf_str text;
    enum bf_node_kind kind;
    bool negative; /* a number */
    bool boolean;
    int64_t at;
};

static bool refuse(const struct source *s)
{
    const struct bf_type_info *info = bf_type_info(s->subject.type);
    struct bf_str shown = bf_str_clip(s->text, QUOTED);
    if (s->kind == BF_NODE_BOOL)
        shown = bf_str_of(s->boolean ? "true" : "false");
    return BF_MALFORMED(s->c, s->at, "%s%.*s needs %s, not '%s%.*s'", BF_SUBJECT_ARG(s->subject),
                        info->expected, s->negative ? "-" : "", BF_STR_ARG(shown));
}

/* ---- numbers */

/* A sign, digits and decimals, told apart. */
struct digits {
    bool negative;
    struct bf_str whole, decimals;
};

static size_t count_digits(struct bf_str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n;
}

static bool read_digits(const struct source *s, struct digits *out)
{
    struct bf_str text = bf_str_trim(s->text);
    *out = (struct digits){.negative = s->negative};
    if (text.n && (text.p[0] == '-' || text.p[0] == '+')) {
        out->negative ^= text.p[0] == '-';
        text = (struct bf_str){text.p + 1, text.n - 1};
    }
    size_t n = count_digits(text);
    out->whole = (struct bf_str){text.p, n};
    text = (struct bf_str){text.p + n, text.n - n};
    if (n == 0 || text.n == 0)
        return n > 0;
    out->decimals = (struct bf_str){text.p + 1, text.n - 1};
    return text.p[0] == '.' && text.n > 1 && count_digits(out->decimals) == out->decimals.n;
}

static bool all_zero(struct bf_str digits)
{
    for (size_t i = 0; i < digits.n; i++)
        if (digits.p[i] != '0')
            return false;
    return true;
}

static bool may_be_number(const struct source *s)
{
    return s->kind == BF_NODE_NUMBER || s->kind == BF_NODE_STRING;
}

static bool read_int(const struct source *s, struct bf_literal *out)
{
    struct digits d;
    if (!may_be_number(s) || !read_digits(s, &d))
        return refuse(s);
    uint64_t most = d.negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    uint64_t v = 0;
    for (size_t i = 0; i < d.whole.n; i++)
        if (__builtin_mul_overflow(v, 10u, &v) ||
            __builtin_add_overflow(v, (uint64_t)(d.whole.p[i] - '0'), &v) || v > most) {
            out->beyond = d.negative ? -1 : 1;
            return true;
        }
    out->exact = all_zero(d.decimals);
    int64_t value = d.negative ? (int64_t)(0 - v) : (int64_t)v;
    /* The floor of a negative number with decimals is one further down. */
    if (!out->exact && d.negative && __builtin_sub_overflow(value, 1, &value))
        out->beyond = -1;
    out->value.integer = value;
    return true;
}

static bool to_real(const struct digits *d, double *out)
{
    struct bf_str text = d->whole;
    if (d->decimals.n)
        text.n += 1 + d->decimals.n;
    if (!bf_number_real(text, out))
        return false;
    if (d->negative)
        *out = -*out;
    return true;
}

static bool read_real(const struct source *s, struct bf_literal *out)
{
    struct digits d;
    if (!may_be_number(s) || !read_digits(s, &d))
        return refuse(s);
    out->exact = true;
    if (!to_real(&d, &out->value.real))
        out->beyond = d.negative ? -1 : 1; /* well-formed, so what is wrong is its size */
    return true;
}

bool bf_literal_real(struct bf_clause *c, const struct bf_node *n, double *out)
{
    struct source s = {.c = c, .text = n->text, .kind = n->kind, .negative = n->negated};
    struct digits d;
    if (may_be_number(&s) && read_digits(&s, &d) && to_real(&d, out))
        return true;
    struct bf_str shown = bf_node_source(c, n);
    return BF_MALFORMED(c, n->at, "A number is expected, not %.*s", BF_STR_ARG(shown));
}

/* ---- texts and booleans */

static bool read_text(const struct source *s, struct bf_literal *out)
{
    if (s->kind != BF_NODE_STRING && s->kind != BF_NODE_NUMBER)
        return refuse(s);
    out->exact = true;
    out->value.text = s->subject.column ? bf_column_word(s->subject.column, s->text) : s->text;
    if (!s->negative)
        return true;
    out->value.text = bf_arena_printf(s->c->arena, "-%.*s", BF_STR_ARG(s->text));
    return out->value.text.p || bf_clause_memory(s->c);
}

static bool read_bool(const struct source *s, struct bf_literal *out)
{
    out->exact = true;
    if (s->kind == BF_NODE_BOOL) {
        out->value.boolean = s->boolean;
        return true;
    }
    out->value.boolean = bf_str_eq_nocase(s->text, BF_STR("true"));
    bool text = s->kind == BF_NODE_STRING;
    return (text && (out->value.boolean || bf_str_eq_nocase(s->text, BF_STR("false")))) ||
           refuse(s);
}

/* ---- dates */

static bool read_instant(const struct source *s, struct bf_instant *out)
{
    struct bf_str text = s->text;
    char iso[] = "yyyy-mm-dd";
    if (s->kind == BF_NODE_NUMBER) {
        if (s->negative || text.n != 8 || count_digits(text) != 8)
            return BF_MALFORMED(s->c, s->at, "Invalid date to parse '%s%.*s'",
                                s->negative ? "-" : "", BF_STR_ARG(bf_str_clip(text, QUOTED)));
        memcpy(iso, text.p, 4);
        memcpy(iso + 5, text.p + 4, 2);
        memcpy(iso + 8, text.p + 6, 2);
        text = (struct bf_str){iso, sizeof iso - 1};
    } else if (s->kind != BF_NODE_STRING && s->kind != BF_NODE_DATE) {
        return refuse(s);
    }
    if (bf_instant_read(text, out))
        return true;
    return BF_MALFORMED(s->c, s->at, "Invalid date to parse '%.*s'",
                        BF_STR_ARG(bf_str_clip(s->text, QUOTED)));
}

static void to_day(int64_t wall, struct bf_literal *out)
{
    int64_t day = wall / DAY_US - (wall % DAY_US < 0);
    out->exact = day * DAY_US == wall;
    out->value.date = (int32_t)day;
}

static bool read_date(const struct source *s, struct bf_literal *out)
{
    struct bf_instant i;
    if (!read_instant(s, &i))
        return false;
    to_day(i.wall, out);
    return true;
}

struct bf_literal bf_literal_day(const struct bf_query *q, int64_t instant)
{
    struct bf_literal day = {.value.type = BF_DATE};
    to_day(instant + bf_zone_offset(q->zone, instant) * INT64_C(1000000), &day);
    return day;
}

static bool read_datetime(const struct source *s, struct bf_literal *out)
{
    struct bf_instant i;
    if (!read_instant(s, &i))
        return false;
    out->exact = true;
    out->value.instant = bf_instant_resolve(&i, s->q->zone);
    return true;
}

static bool read_other(const struct source *s, struct bf_literal *out)
{
    (void)out;
    return BF_MALFORMED(s->c, s->at, "%s%.*s is of type %s, which has no comparison",
                        BF_SUBJECT_ARG(s->subject), bf_type_info(s->subject.type)->name);
}

static bool read_source(const struct source *s, struct bf_literal *out)
{
    static bool (*const readers[])(const struct source *, struct bf_literal *) = {
        [BF_NULL] = read_other,        [BF_BOOL] = read_bool,       [BF_INT] = read_int,
        [BF_DOUBLE] = read_real,       [BF_TEXT] = read_text,       [BF_DATE] = read_date,
        [BF_DATETIME] = read_datetime, [BF_GEO_POINT] = read_other, [BF_GEO_SHAPE] = read_other,
        [BF_JSON] = read_text, /* a text to the query language, and to PostgreSQL */
    };
    enum bf_type type = s->subject.type;
    *out = (struct bf_literal){.value.type = type == BF_JSON ? BF_TEXT : type};
    return readers[type](s, out);
}

bool bf_literal_read(const struct bf_query *q, struct bf_clause *c, const struct bf_node *n,
                     struct bf_subject subject, struct bf_literal *out)
{
    if (n->kind == BF_NODE_NULL) {
        *out = (struct bf_literal){.null = true};
        return true;
    }
    struct source s = {
        .q = q,
        .c = c,
        .subject = subject,
        .text = n->text,
        .kind = n->kind,
        .negative = n->negated,
        .boolean = n->kind == BF_NODE_BOOL && n->value.boolean,
        .at = n->at,
    };
    return read_source(&s, out);
}

bool bf_literal_read_text(const struct bf_query *q, struct bf_clause *c, struct bf_str text,
                          struct bf_subject subject, struct bf_literal *out)
{
    struct source s = {
        .q = q, .c = c, .subject = subject, .text = text, .kind = BF_NODE_STRING, .at = -1};
    return read_source(&s, out);
}

enum bf_outcome bf_literal_against(const struct bf_literal *l, enum bf_compare *op)
{
    bool above = l->beyond > 0 || (l->beyond == 0 && !l->exact); /* the literal, of the value */
    if (l->null)
        return BF_OUTCOME_NEVER;
    if (l->beyond == 0 && l->exact)
        return BF_OUTCOME_COMPARE;
    if (*op == BF_EQ)
        return BF_OUTCOME_NEVER;
    if (*op == BF_NE)
        return BF_OUTCOME_NOT_NULL;
    bool smaller = *op == BF_LT || *op == BF_LE;
    if (l->beyond)
        return smaller == above ? BF_OUTCOME_NOT_NULL : BF_OUTCOME_NEVER;
    *op = smaller ? BF_LE : BF_GT; /* between two values: up to the lower one, or beyond it */
    return BF_OUTCOME_COMPARE;
}
