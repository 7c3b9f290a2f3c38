#include "query/facet.h"

#include "query/check.h"
#include "query/quoted.h"
#include "value/number.h"

/* ---- orders */

static const struct {
    struct bf_str name;
    enum bf_facet_order order;
} orders[] = {
    {BF_STR_INIT("count"), BF_FACET_COUNT},    {BF_STR_INIT("-count"), BF_FACET_COUNT_DOWN},
    {BF_STR_INIT("alphanum"), BF_FACET_VALUE}, {BF_STR_INIT("-alphanum"), BF_FACET_VALUE_DOWN},
    {BF_STR_INIT("num"), BF_FACET_VALUE},      {BF_STR_INIT("-num"), BF_FACET_VALUE_DOWN},
};

enum { ORDERS = sizeof orders / sizeof orders[0] };

enum bf_facet_order bf_facet_order_named(struct bf_str name)
{
    for (size_t i = 0; i < ORDERS; i++)
        if (bf_str_eq(name, orders[i].name))
            return orders[i].order;
    return BF_FACET_UNORDERED;
}

static bool is_number(enum bf_type type)
{
    return type == BF_INT || type == BF_DOUBLE;
}

bool bf_facet_order_fits(struct bf_str name, enum bf_type type)
{
    if (bf_str_ends(name, BF_STR("alphanum")))
        return !is_number(type);
    return bf_str_ends(name, BF_STR("count")) || is_number(type);
}

const char *bf_facet_order_name(enum bf_facet_order order, enum bf_type type)
{
    switch (order) {
    case BF_FACET_COUNT:
        return "count";
    case BF_FACET_COUNT_DOWN:
        return "-count";
    case BF_FACET_VALUE:
        return is_number(type) ? "num" : "alphanum";
    case BF_FACET_VALUE_DOWN:
        return is_number(type) ? "-num" : "-alphanum";
    case BF_FACET_UNORDERED:
    default:
        return NULL;
    }
}

/* ---- parsing */

/* What is left of the text of one facet(…). */
struct scan {
    struct bf_facet *facet;
    struct bf_clause *c;
    struct bf_str rest;
    bool hierarchical;
};

static bool usage(const struct bf_clause *c)
{
    return BF_MALFORMED(c, -1,
                        "A facet is written as the name of a field or as facet(name=\"field\", "
                        "sort=\"-count\", limit=100)");
}

static void skip(struct scan *s, size_t n)
{
    s->rest = bf_str_trim((struct bf_str){s->rest.p + n, s->rest.n - n});
}

static bool is_word_byte(char c)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80);
    return letter || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' || c == '+';
}

/* One word, bare or in quotes. */
static bool take_word(struct scan *s, struct bf_str *out)
{
    size_t n = 0;
    char first = s->rest.n ? s->rest.p[0] : '\0';
    if (first == '"' || first == '\'' || first == '`') {
        n = bf_quoted_length(s->rest);
        struct bf_str quoted = {s->rest.p, n};
        if (n == 0)
            return usage(s->c);
        skip(s, n);
        return bf_quoted_read(s->c, quoted, out);
    }
    while (n < s->rest.n && is_word_byte(s->rest.p[n]))
        n++;
    if (n == 0)
        return usage(s->c);
    *out = (struct bf_str){s->rest.p, n};
    skip(s, n);
    return true;
}

static bool take_mark(struct scan *s, char mark)
{
    if (s->rest.n == 0 || s->rest.p[0] != mark)
        return false;
    skip(s, 1);
    return true;
}

static bool read_bool(const struct scan *s, const char *name, struct bf_str value, bool *out)
{
    *out = bf_str_eq_nocase(value, BF_STR("true")) || bf_str_eq(value, BF_STR("1"));
    if (*out || bf_str_eq_nocase(value, BF_STR("false")) || bf_str_eq(value, BF_STR("0")))
        return true;
    return BF_MALFORMED(s->c, -1, "%s of a facet is true or false, not '%.*s'", name,
                        BF_STR_ARG(value));
}

static bool set_name(struct scan *s, struct bf_str value)
{
    s->facet->name = value;
    return true;
}

static bool set_disjunctive(struct scan *s, struct bf_str value)
{
    s->facet->disjunctive_given = true;
    return read_bool(s, "disjunctive", value, &s->facet->disjunctive);
}

static bool set_hierarchical(struct scan *s, struct bf_str value)
{
    bool ok = read_bool(s, "hierarchical", value, &s->hierarchical);
    s->facet->flat = !s->hierarchical;
    return ok;
}

static bool set_separator(struct scan *s, struct bf_str value)
{
    bool good = value.n > 0 && value.n <= BF_FACET_SEPARATOR;
    for (size_t i = 0; good && i < value.n; i++)
        good = value.p[i] >= 0x20 && value.p[i] < 0x7f;
    s->facet->path = value;
    return good || BF_MALFORMED(s->c, -1, "separator of a facet is 1 to %d characters of ASCII",
                                BF_FACET_SEPARATOR);
}

static bool set_sort(struct scan *s, struct bf_str value)
{
    s->facet->order_text = value;
    s->facet->order = bf_facet_order_named(value);
    return s->facet->order ||
           BF_MALFORMED(s->c, -1,
                        "sort of a facet is one of count, -count, alphanum, -alphanum, num, -num, "
                        "not '%.*s'",
                        BF_STR_ARG(value));
}

static bool set_limit(struct scan *s, struct bf_str value)
{
    int64_t *limit = &s->facet->limit;
    return (bf_number_int(value, limit) && *limit >= 1 && *limit <= BF_MOST_FACET) ||
           BF_MALFORMED(s->c, -1, "limit of a facet is a number from 1 to %d, not '%.*s'",
                        BF_MOST_FACET, BF_STR_ARG(value));
}

static bool set_argument(struct scan *s, struct bf_str name, struct bf_str value)
{
    static const struct {
        const char *name;
        bool (*set)(struct scan *s, struct bf_str value);
    } arguments[] = {{"name", set_name},           {"disjunctive", set_disjunctive},
                     {"separator", set_separator}, {"hierarchical", set_hierarchical},
                     {"sort", set_sort},           {"limit", set_limit}};
    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++)
        if (bf_str_eq_nocase(name, bf_str_of(arguments[i].name)))
            return arguments[i].set(s, value);
    return BF_MALFORMED(s->c, -1,
                        "facet() has the arguments name, disjunctive, hierarchical, separator, "
                        "sort and limit, not %.*s",
                        BF_STR_ARG(name));
}

/* The arguments behind `facet(`. */
static bool take_arguments(struct scan *s)
{
    do {
        struct bf_str name;
        struct bf_str value;
        if (!take_word(s, &name) || (!take_mark(s, '=') && !usage(s->c)) || !take_word(s, &value) ||
            !set_argument(s, name, value))
            return false;
    } while (take_mark(s, ','));
    if (!take_mark(s, ')') || s->rest.n || s->facet->name.n == 0)
        return usage(s->c);
    if (s->hierarchical && s->facet->path.n == 0)
        return BF_MALFORMED(s->c, -1, "A hierarchical facet needs its separator");
    if (!s->hierarchical && s->facet->path.n)
        return BF_MALFORMED(s->c, -1, "separator goes with hierarchical=true");
    return true;
}

/* Behind the word `facet` and its bracket; {NULL, 0}: the text is a name. */
static struct bf_str call(struct bf_str text)
{
    struct bf_str word = {text.p, 5};
    if (text.n < 6 || !bf_str_eq_nocase(word, BF_STR("facet")))
        return (struct bf_str){NULL, 0};
    struct bf_str rest = bf_str_trim((struct bf_str){text.p + 5, text.n - 5});
    if (rest.n == 0 || rest.p[0] != '(')
        return (struct bf_str){NULL, 0};
    return bf_str_trim((struct bf_str){rest.p + 1, rest.n - 1});
}

bool bf_facet_parse(struct bf_query *q, struct bf_str text, struct bf_err *err)
{
    struct bf_facet *f = bf_arena_zalloc(q->arena, 1, sizeof *f);
    struct bf_facet **end = &q->facets;
    if (!f)
        return BF_FAIL_WITH(err, BF_E_MEMORY,
                            "The query needs more memory than a request may "
                            "have.");
    if (!bf_clause_open(q, &f->clause, "facet", text, err))
        return false;
    while (*end)
        end = &(*end)->next;
    *end = f;
    f->limit = BF_FACET_LIMIT;
    struct bf_str name = bf_str_trim(f->clause.text);
    struct scan s = {.facet = f, .c = &f->clause, .rest = call(name)};
    return s.rest.p ? take_arguments(&s) : bf_quoted_or_bare(&f->clause, name, &f->name);
}

/* ---- checking */

static bool no_facet(const struct bf_query *q, const struct bf_facet *f)
{
    struct bf_str there = {NULL, 0};
    for (size_t i = 0; i < q->schema->n; i++) {
        const struct bf_column *column = &q->schema->columns[i];
        if (column->flags & BF_COLUMN_FACET)
            there = bf_arena_printf(q->arena, "%.*s%s%.*s", BF_STR_ARG(there), there.n ? ", " : "",
                                    BF_STR_ARG(column->name));
    }
    if (there.n)
        return BF_MALFORMED(&f->clause, -1, "Field %.*s is not a facet; facets are %.*s",
                            BF_STR_ARG(f->name), BF_STR_ARG(there));
    return BF_MALFORMED(&f->clause, -1, "Field %.*s is not a facet; there are none",
                        BF_STR_ARG(f->name));
}

static enum bf_facet_kind kind_of(enum bf_type type)
{
    if (type == BF_DATE || type == BF_DATETIME)
        return BF_FACET_DATE;
    if (type == BF_INT)
        return BF_FACET_INT;
    return type == BF_DOUBLE ? BF_FACET_DOUBLE : BF_FACET_TEXT;
}

static bool check_one(struct bf_query *q, struct bf_facet *f)
{
    enum bf_type type;
    f->column = bf_check_filter(q, &f->clause, f->name, -1);
    if (!f->column)
        return false;
    if (!(f->column->flags & BF_COLUMN_FACET))
        return no_facet(q, f);
    type = f->column->type;
    f->kind = kind_of(type);
    if (f->path.n && type != BF_TEXT)
        return BF_MALFORMED(&f->clause, -1, "Field %.*s is of type %s, only a text is hierarchical",
                            BF_STR_ARG(f->name), bf_type_info(type)->name);
    if (f->order_text.n && !bf_facet_order_fits(f->order_text, type))
        return BF_MALFORMED(&f->clause, -1,
                            "sort=%.*s does not fit the %s field %.*s: %s and count do",
                            BF_STR_ARG(f->order_text), bf_type_info(type)->name,
                            BF_STR_ARG(f->name), is_number(type) ? "num" : "alphanum");
    if (f->kind == BF_FACET_DATE)
        f->path = BF_STR("/");
    else if (f->path.n == 0 && !f->flat)
        f->path = f->column->path;
    if (!f->disjunctive_given)
        f->disjunctive = f->column->flags & BF_COLUMN_DISJUNCTIVE;
    if (f->order == BF_FACET_UNORDERED)
        f->order = f->column->facet_order;
    if (f->order == BF_FACET_UNORDERED)
        f->order = q->schema->facet_order;
    return true;
}

static bool add_every(struct bf_query *q, struct bf_err *err)
{
    for (size_t i = 0; i < q->schema->n; i++) {
        const struct bf_column *c = &q->schema->columns[i];
        if (c->flags & BF_COLUMN_FACET && !(c->flags & BF_COLUMN_UNLISTED) &&
            !bf_facet_parse(q, c->name, err))
            return false;
    }
    return true;
}

bool bf_facet_check(struct bf_query *q, struct bf_err *err)
{
    if (q->every_facet && !add_every(q, err))
        return false;
    for (struct bf_facet *f = q->facets; f; f = f->next) {
        f->clause.err = err;
        if (!check_one(q, f))
            return false;
    }
    return true;
}

/* ---- marks */

static size_t levels_of(const struct bf_facet *f, struct bf_str path)
{
    size_t n = 1;
    for (size_t i = 0; f->path.n && i + f->path.n <= path.n; i++) {
        if (!bf_str_starts((struct bf_str){path.p + i, path.n - i}, f->path))
            continue;
        n++;
        i += f->path.n - 1;
    }
    return n;
}

static void add_mark(struct bf_facet *f, const struct bf_condition *c)
{
    size_t levels = levels_of(f, c->path) + 1;
    f->marks[f->nmarks++] = (struct bf_facet_mark){c->path, c->path_value, c->exclude};
    if (f->path.n && levels > f->levels)
        f->levels = levels;
    if (f->kind == BF_FACET_DATE && f->levels > 3)
        f->levels = 3;
}

bool bf_facet_mark(struct bf_query *q, struct bf_err *err)
{
    for (struct bf_facet *f = q->facets; f; f = f->next) {
        f->levels = 1;
        f->nmarks = 0;
        f->marks = bf_arena_zalloc(q->arena, 2 * BF_MOST_REPEATS + 1, sizeof *f->marks);
        if (!f->marks)
            return BF_FAIL_WITH(err, BF_E_MEMORY,
                                "The query needs more memory than a request may "
                                "have.");
        for (const struct bf_condition *c = q->conditions; c; c = c->next)
            if (c->refine && c->column == f->column && c->path.n)
                add_mark(f, c);
    }
    return true;
}

/* ---- what refines go by */

static const struct bf_facet *facet_of(const struct bf_query *q, const struct bf_column *column)
{
    for (const struct bf_facet *f = q->facets; f; f = f->next)
        if (f->column == column)
            return f;
    return NULL;
}

bool bf_facet_is_disjunctive(const struct bf_query *q, const struct bf_column *column)
{
    const struct bf_facet *f = facet_of(q, column);
    return f ? f->disjunctive : column->flags & BF_COLUMN_DISJUNCTIVE;
}

struct bf_str bf_facet_path(const struct bf_query *q, const struct bf_column *column)
{
    const struct bf_facet *f = facet_of(q, column);
    if (column->type != BF_TEXT)
        return (struct bf_str){NULL, 0};
    return f ? f->path : column->path;
}

const struct bf_facet *bf_query_facets(const struct bf_query *q)
{
    return q->facets;
}
