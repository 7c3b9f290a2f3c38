#include "catalog/expression.h"

struct scan {
    struct bf_str sql;
    size_t at;
    int depth; /* of brackets */
    bool (*not_stored)(const void *self, struct bf_str word);
    const void *self;
    struct bf_expression_fault *fault;
};

static bool fail(struct scan *s, struct bf_str word, const char *wrong, const char *right)
{
    *s->fault = (struct bf_expression_fault){wrong, right, word};
    return false;
}

static bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static char peek(const struct scan *s, size_t ahead)
{
    return s->at + ahead < s->sql.n ? s->sql.p[s->at + ahead] : '\0';
}

/* Behind the closing quote; a doubled quote is part of the text. */
static bool skip_quoted(struct scan *s, char quote)
{
    struct bf_str whole = {s->sql.p + s->at, 1};
    for (s->at++; s->at < s->sql.n; s->at++) {
        if (s->sql.p[s->at] != quote)
            continue;
        if (peek(s, 1) != quote) {
            s->at++;
            return true;
        }
        s->at++;
    }
    return fail(s, whole, "a quote is not closed", "close it; a quote inside a text is doubled");
}

static const char *refused_word(struct bf_str word)
{
    static const char *const queries[] = {"select", "table", "values", "with", "into"};
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++)
        if (bf_str_eq_nocase(word, bf_str_of(queries[i])))
            return "a computed field cannot query a table";
    return NULL;
}

/* A word before a bracket is a function, one behind `::` a type: neither names a field. */
static bool names_column(const struct scan *s, size_t start)
{
    size_t next = s->at;
    while (next < s->sql.n && (s->sql.p[next] == ' ' || s->sql.p[next] == '\n'))
        next++;
    char after = next < s->sql.n ? s->sql.p[next] : '\0';
    bool type = start >= 2 && s->sql.p[start - 1] == ':' && s->sql.p[start - 2] == ':';
    return after != '(' && after != '\'' && !type;
}

static bool take_word(struct scan *s)
{
    size_t start = s->at;
    while (s->at < s->sql.n && word_char(s->sql.p[s->at]))
        s->at++;
    struct bf_str word = {s->sql.p + start, s->at - start};
    char after = peek(s, 0);
    bool prefix = after == '\'' || (after == '&' && (peek(s, 1) == '\'' || peek(s, 1) == '"'));
    if (prefix && word.n == 1)
        return fail(s, word, "this form of quoted text is not read",
                    "write a plain text in single quotes");
    if (refused_word(word))
        return fail(s, word, refused_word(word), "use only stored fields of the same row");
    if (names_column(s, start) && s->not_stored(s->self, word))
        return fail(s, word, "the expression names a field that is not stored",
                    "use only stored fields of the same row");
    return true;
}

static bool take_bracket(struct scan *s, char c)
{
    s->at++;
    s->depth += c == '(' ? 1 : -1;
    if (s->depth < 0)
        return fail(s, BF_STR(")"), "a bracket is closed that was not opened",
                    "balance the brackets");
    return true;
}

static bool take(struct scan *s)
{
    char c = peek(s, 0);
    if (c == '\'' || c == '"')
        return skip_quoted(s, c);
    if (c == '(' || c == ')')
        return take_bracket(s, c);
    if (c == ';')
        return fail(s, BF_STR(";"), "an expression is not a statement", "remove the semicolon");
    if ((c == '-' && peek(s, 1) == '-') || (c == '/' && peek(s, 1) == '*'))
        return fail(s, BF_STR("--"), "comments are not read", "remove the comment");
    if (c == '$')
        return fail(s, BF_STR("$"), "parameters and dollar quotes are not read",
                    "write a plain text in single quotes");
    if (((unsigned char)c < 0x20 && c != '\n') || c == 0x7f)
        return fail(s, (struct bf_str){NULL, 0}, "there is a control character", "remove it");
    if (word_char(c))
        return take_word(s);
    s->at++;
    return true;
}

bool bf_expression_check(struct bf_str sql,
                         bool (*not_stored)(const void *self, struct bf_str word), const void *self,
                         struct bf_expression_fault *fault)
{
    struct scan s = {.sql = sql, .not_stored = not_stored, .self = self, .fault = fault};
    while (s.at < sql.n)
        if (!take(&s))
            return false;
    if (s.depth)
        return fail(&s, BF_STR("("), "a bracket is not closed", "balance the brackets");
    return true;
}
