#include "query/lexer.h"

#include "query/grammar.h"

#include <string.h>

/* What a name is by what follows it. */
static int name_kind(const unsigned char *p)
{
    while (*p == ' ' || (*p >= '\t' && *p <= '\r'))
        p++;
    return *p == '(' ? TOKEN_FUNCTION : TOKEN_NAME;
}

int bf_lexer_next(struct bf_lexer *l, struct bf_token *t)
{
    const unsigned char *cursor = l->cursor;
    const unsigned char *marker;
    const unsigned char *start;
    int kind;
    for (;;) {
        start = cursor;
        /*!re2c
        re2c:define:YYCTYPE = "unsigned char";
        re2c:define:YYCURSOR = cursor;
        re2c:define:YYMARKER = marker;
        re2c:yyfill:enable = 0;
        re2c:flags:8 = 1;

        blank  = [ \t\n\v\f\r] | "\u00a0" | "\u202f";
        /* An alias may be written in most scripts; other characters must be back-quoted. */
        latin  = [a-zA-Z_\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af];
        letter = latin | [\u0370-\u1fff\u3040-\ud7ff];
        ident  = letter (letter | [0-9])*;
        name   = ident ("." ident)*;
        escape = "\\" [^\x00];
        single = "'" ([^'\\\x00] | escape)* "'";
        double = "\"" ([^"\\\x00] | escape)* "\"";
        string = single | double;

        "\x00"  { cursor = start; kind = TOKEN_END; break; }
        blank+  { continue; }

        'and'      { kind = TOKEN_AND; break; }
        'or'       { kind = TOKEN_OR; break; }
        'not'      { kind = TOKEN_NOT; break; }
        'in'       { kind = TOKEN_IN; break; }
        'is'       { kind = TOKEN_IS; break; }
        'like'     { kind = TOKEN_LIKE; break; }
        'null'     { kind = TOKEN_NULL; break; }
        'true'     { kind = TOKEN_TRUE; break; }
        'false'    { kind = TOKEN_FALSE; break; }
        'as'       { kind = TOKEN_AS; break; }
        'asc'      { kind = TOKEN_ASC; break; }
        'desc'     { kind = TOKEN_DESC; break; }
        'to'       { kind = TOKEN_TO; break; }
        'distinct' { kind = TOKEN_DISTINCT; break; }

        "="         { kind = TOKEN_EQ; break; }
        ":"         { kind = TOKEN_COLON; break; }
        "!=" | "<>" { kind = TOKEN_NE; break; }
        "<"         { kind = TOKEN_LT; break; }
        "<="        { kind = TOKEN_LE; break; }
        ">"         { kind = TOKEN_GT; break; }
        ">="        { kind = TOKEN_GE; break; }
        "("         { kind = TOKEN_LP; break; }
        ")"         { kind = TOKEN_RP; break; }
        "["         { kind = TOKEN_LB; break; }
        "]"         { kind = TOKEN_RB; break; }
        ","         { kind = TOKEN_COMMA; break; }
        ".."        { kind = TOKEN_DOTS; break; }
        "+"         { kind = TOKEN_PLUS; break; }
        "-"         { kind = TOKEN_MINUS; break; }
        "*"         { kind = TOKEN_STAR; break; }
        "/"         { kind = TOKEN_SLASH; break; }
        "?"         { kind = l->placeholders ? TOKEN_HOLE : TOKEN_ILLEGAL; break; }

        [0-9]+ ("." [0-9]+)?  { kind = TOKEN_NUMBER; break; }
        name                  { kind = name_kind(cursor); break; }
        "`" ([^`\\\x00] | escape)* "`" { kind = TOKEN_NAME; break; }
        string                { kind = TOKEN_STRING; break; }
        'date' string         { kind = TOKEN_DATE; break; }
        'geom' string         { kind = TOKEN_GEOM; break; }
        [^\x00]               { kind = TOKEN_ILLEGAL; break; }
        *                     { kind = TOKEN_ILLEGAL; break; }
        */
    }
    t->at = (uint32_t)(start - l->text);
    t->end = (uint32_t)(cursor - l->text);
    l->cursor = cursor;
    return kind;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The code unit of \uXXXX whose four digits start at p; -1: other characters stand there. */
static int hex4(const char *p, const char *end)
{
    if (end - p < 4)
        return -1;
    int unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    *to++ = (char)(lead[more] | (c >> (6 * more)));
    while (more-- > 0)
        *to++ = (char)(0x80 | ((c >> (6 * more)) & 0x3F));
    return to;
}

/* RFC 8259 section 7: a character beyond U+FFFF is a pair of escapes. *p is behind the `u`; gives 0
 * when *why was set. */
static uint32_t read_unicode(const char **p, const char *end, int unit, const char **why)
{
    *p += 4;
    if (unit >= 0xD800 && unit < 0xDC00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        int low = hex4(*p + 2, end);
        if (low >= 0xDC00 && low < 0xE000) {
            *p += 6;
            return 0x10000u + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
        }
    }
    if (unit >= 0xD800 && unit < 0xE000)
        *why = "half of a surrogate pair";
    else if (unit == 0)
        *why = "the character U+0000";
    return *why ? 0 : (uint32_t)unit;
}

static char *read_escape(char *to, const char **p, const char *end, const char **why)
{
    static const char from[] = "bfnrt";
    static const char into[] = "\b\f\n\r\t";
    char c = *(*p)++;
    int unit = c == 'u' ? hex4(*p, end) : -1;
    if (unit >= 0)
        return put_utf8(to, read_unicode(p, end, unit, why));
    const char *known = strchr(from, c);
    *to++ = known ? into[known - from] : c;
    return to;
}

struct bf_str bf_lexer_unquote(struct bf_arena *a, struct bf_str quoted, const char **why)
{
    *why = NULL;
    char quote = quoted.p[0];
    struct bf_str inside = {quoted.p + 1, quoted.n - 2};
    if (!memchr(inside.p, '\\', inside.n))
        return inside;
    char *copy = bf_arena_alloc(a, inside.n + 1); /* no escape is shorter than what it stands for */
    if (!copy)
        return (struct bf_str){NULL, 0};
    char *to = copy;
    const char *end = inside.p + inside.n;
    for (const char *p = inside.p; p < end && !*why;) {
        bool escape = *p == '\\' && p + 1 < end && (quote != '`' || p[1] == '`');
        if (!escape) {
            *to++ = *p++;
            continue;
        }
        p++;
        to = read_escape(to, &p, end, why);
    }
    return (struct bf_str){copy, (size_t)(to - copy)};
}
