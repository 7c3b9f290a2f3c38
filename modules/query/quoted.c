#include "query/quoted.h"

#include "query/lexer.h"

size_t bf_quoted_length(struct bf_str s)
{
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] == s.p[0])
            return i + 1;
        if (s.p[i] == '\\')
            i++;
    }
    return 0;
}

bool bf_quoted_read(const struct bf_clause *c, struct bf_str quoted, struct bf_str *out)
{
    const char *why;
    *out = bf_lexer_unquote(c->arena, quoted, &why);
    if (why)
        return BF_MALFORMED(c, -1, "A text holds %s", why);
    return out->p || bf_clause_memory(c);
}

bool bf_quoted_or_bare(const struct bf_clause *c, struct bf_str s, struct bf_str *out)
{
    *out = s;
    bool quoted = s.n > 1 && (s.p[0] == '"' || s.p[0] == '\'' || s.p[0] == '`');
    return !quoted || bf_quoted_length(s) != s.n || bf_quoted_read(c, s, out);
}
