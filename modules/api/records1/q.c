#include "api/records1/q.h"

#include "api/records1/q_parts.h"

#include <string.h>

enum { CONDITION = 1 << 16 };

static bool either(struct q_parse *p);

static bool beyond(struct bf_err *err, enum bf_bound which, int64_t found)
{
    struct bf_bound_text text;
    return BF_FAIL_WITH(err, BF_E_PARAMETER, "Invalid value for q API parameter: %s.",
                        bf_bound_say(&text, which, found, NULL));
}

/* ---- the text ---- */

bool q_fail(struct q_parse *p)
{
    size_t at = p->at < p->text.n ? p->at : p->text.n;
    if (at == p->text.n)
        return BF_FAIL_WITH(p->err, BF_E_ODSQL_SYNTAX,
                            "The query q cannot be read: it ends too early, in %.*s.",
                            BF_STR_ARG(p->text));
    bf_err_at(p->err, BF_STR("q"), (int)bf_str_chars(p->text, at));
    return BF_FAIL_WITH(p->err, BF_E_ODSQL_SYNTAX,
                        "The query q cannot be read: unexpected %c at position %zu in %.*s.",
                        p->text.p[at] & 0x80 ? '?' : p->text.p[at], bf_str_chars(p->text, at),
                        BF_STR_ARG(p->text));
}

char q_peek(const struct q_parse *p)
{
    return p->at < p->text.n ? p->text.p[p->at] : '\0';
}

void q_blanks(struct q_parse *p)
{
    while (p->at < p->text.n && strchr(" \t\r\n", p->text.p[p->at]))
        p->at++;
}

bool q_take(struct q_parse *p, char c)
{
    if (q_peek(p) != c)
        return false;
    p->at++;
    return true;
}

struct bf_str q_run(struct q_parse *p, const char *stop)
{
    size_t from = p->at;
    while (p->at < p->text.n && !strchr(stop, p->text.p[p->at]))
        p->at++;
    return (struct bf_str){p->text.p + from, p->at - from};
}

/* A text in double quotes; `\` takes the next character as it is. */
bool q_quoted(struct q_parse *p, struct bf_str *out)
{
    char *to = bf_arena_alloc(p->in->arena, p->text.n - p->at + 1);
    size_t n = 0;
    if (!to)
        return BF_FAIL_WITH(p->err, BF_E_MEMORY, "The request needs too much memory.");
    for (p->at++; p->at < p->text.n; p->at++) {
        char c = p->text.p[p->at];
        if (c == '"') {
            p->at++;
            *out = (struct bf_str){to, n};
            return true;
        }
        if (c == '\\' && p->at + 1 < p->text.n)
            c = p->text.p[++p->at];
        to[n++] = c;
    }
    return q_fail(p);
}

bool q_bind(struct q_parse *p, struct bf_str value)
{
    if (p->nvalues == BF_MOST_Q_VALUES)
        return beyond(p->err, BF_BOUND_Q_VALUES, -1);
    p->values[p->nvalues++] = value;
    bf_buf_char(&p->out, '?');
    return true;
}

/* ---- words, texts, comparisons ---- */

static bool word_of_language(const struct q_parse *p, const char *word)
{
    size_t n = strlen(word);
    struct bf_str rest = {p->text.p + p->at, p->text.n - p->at};
    return bf_str_starts(rest, (struct bf_str){word, n}) &&
           (rest.n == n || strchr(" \t\r\n(", rest.p[n]));
}

static bool phrase(struct q_parse *p)
{
    struct bf_str text;
    if (!q_quoted(p, &text))
        return false;
    bf_buf_text(&p->out, "phrase(*, ");
    bool ok = q_bind(p, text);
    bf_buf_char(&p->out, ')');
    return ok;
}

static bool is_name(struct bf_str s)
{
    if (s.n == 0 || !((s.p[0] | 0x20) >= 'a' && (s.p[0] | 0x20) <= 'z'))
        return false;
    for (size_t i = 1; i < s.n; i++) {
        char lower = (char)(s.p[i] | 0x20);
        bool digit = s.p[i] >= '0' && s.p[i] <= '9';
        if (!(lower >= 'a' && lower <= 'z') && !digit && s.p[i] != '_' && s.p[i] != '.')
            return false;
    }
    return true;
}

/* `field-value`: the vendor's documentation names `-` among the signs for equal. */
static const struct bf_column *before_dash(struct q_parse *p, struct bf_str run)
{
    struct bf_str value;
    struct bf_str name = bf_str_cut(run, '-', &value);
    const struct bf_column *column = bf_schema_column(p->in->schema, name);
    if (column && value.n)
        p->at -= value.n + 1;
    return value.n ? column : NULL;
}

static bool word(struct q_parse *p)
{
    struct bf_str run = q_run(p, " \t\r\n()\":=<>");
    const struct bf_column *column = bf_schema_column(p->in->schema, run);
    size_t end = p->at;
    q_blanks(p);
    bool sign = q_peek(p) && strchr(":=<>", q_peek(p));
    if (sign && column)
        return q_compare(p, run, column);
    if (sign && is_name(run))
        return BF_FAIL_WITH(p->err, BF_E_ODSQL, "Unknown field in the query q: %.*s.",
                            BF_STR_ARG(run));
    p->at = end;
    if (run.n && (column = before_dash(p, run)))
        return q_compare(p, (struct bf_str){run.p, (size_t)(p->text.p + p->at - run.p)}, column);
    if (run.n == 0)
        return q_fail(p);
    struct bf_str rest = q_run(p, " \t\r\n()\""); /* `12:30` is one word */
    struct bf_str whole = {run.p, run.n + rest.n};
    bf_buf_text(&p->out, "suggest(*, ");
    bool ok = q_bind(p, whole);
    bf_buf_char(&p->out, ')');
    return ok;
}

/* ---- AND, OR, NOT, brackets ---- */

static bool group(struct q_parse *p)
{
    if (++p->depth > BF_MOST_Q_DEPTH)
        return beyond(p->err, BF_BOUND_Q_DEPTH, -1);
    p->at++;
    bf_buf_char(&p->out, '(');
    if (!either(p))
        return false;
    q_blanks(p);
    if (!q_take(p, ')'))
        return q_fail(p);
    bf_buf_char(&p->out, ')');
    p->depth--;
    return true;
}

static bool one(struct q_parse *p)
{
    q_blanks(p);
    while (word_of_language(p, "NOT")) {
        p->at += 3;
        q_blanks(p);
        bf_buf_text(&p->out, "not ");
    }
    if (word_of_language(p, "AND") || word_of_language(p, "OR"))
        return q_fail(p);
    switch (q_peek(p)) {
    case '\0':
    case ')':
        return q_fail(p);
    case '(':
        return group(p);
    case '"':
        return phrase(p);
    case '#':
        return q_function(p);
    default:
        return word(p);
    }
}

static bool all(struct q_parse *p)
{
    for (;;) {
        if (!one(p))
            return false;
        q_blanks(p);
        if (word_of_language(p, "AND"))
            p->at += 3;
        else if (q_peek(p) == '\0' || q_peek(p) == ')' || word_of_language(p, "OR"))
            return true;
        bf_buf_text(&p->out, " and ");
    }
}

static bool either(struct q_parse *p)
{
    for (;;) {
        if (!all(p))
            return false;
        if (!word_of_language(p, "OR"))
            return true;
        p->at += 2;
        bf_buf_text(&p->out, " or ");
    }
}

static bool parse(struct q_parse *p)
{
    if (!either(p))
        return false;
    if (p->at < p->text.n)
        return q_fail(p);
    return !bf_buf_failed(&p->out) ||
           BF_FAIL_WITH(p->err, BF_E_PARAMETER,
                        "Invalid value for q API parameter: it is too long.");
}

bool records1_q_add(const struct records1_q *in, struct bf_str text, struct bf_query *q,
                    struct bf_err *err)
{
    text = bf_str_trim(text);
    if (text.n == 0 || bf_str_eq(text, BF_STR("*")))
        return true;
    if (text.n > BF_MOST_CLAUSE)
        return beyond(err, BF_BOUND_CLAUSE, (int64_t)text.n);
    struct q_parse *p = bf_arena_zalloc(in->arena, 1, sizeof *p);
    if (!p)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
    p->in = in;
    p->text = text;
    p->err = err;
    bf_buf_init(&p->out, CONDITION);
    bool ok = parse(p) && bf_query_and(q, bf_buf_view(&p->out), p->values, p->nvalues, err);
    bf_buf_fini(&p->out);
    return ok;
}
