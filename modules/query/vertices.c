#include "query/vertices.h"

#include "query/grammar.h"
#include "query/lexer.h"

#include <stdio.h>

/* How many vertices the text of a geometry has; -1: it is none. */
static int64_t count(struct bf_clause *c, struct bf_str text)
{
    struct bf_geometry g;
    const char *why;
    bool whole = bf_geometry_read(c->arena, text, BF_GEOMETRY_ROW_VERTICES, &g, &why);
    return whole ? (int64_t)g.vertices : -1;
}

bool bf_vertices_read(struct bf_clause *c, struct bf_str text, int64_t at, struct bf_geometry *out)
{
    const char *why = "";
    if (bf_geometry_read(c->arena, text, BF_GEOMETRY_ROW_VERTICES, out, &why)) {
        if (out->vertices <= BF_MOST_VERTICES)
            return true;
        return bf_clause_beyond(c, at, BF_BOUND_VERTICES, (int64_t)out->vertices, NULL);
    }
    if (bf_arena_failed(c->arena))
        return bf_clause_memory(c);
    return BF_MALFORMED(c, at, "Invalid geometry: %s", why);
}

/* The longest literal of a text that ends in a NUL, without its word and its quotes. */
static struct bf_str longest_literal(struct bf_str text)
{
    const unsigned char *p = (const unsigned char *)text.p;
    struct bf_lexer lexer = {p, p, false};
    struct bf_str longest = {text.p, 0};
    struct bf_token t;
    for (int kind; (kind = bf_lexer_next(&lexer, &t)) != TOKEN_END;) {
        uint32_t at = t.at + (kind == TOKEN_GEOM ? 5 : 1);
        if ((kind == TOKEN_GEOM || kind == TOKEN_STRING) && t.end - at > longest.n)
            longest = (struct bf_str){text.p + at, t.end - at - 1};
    }
    return longest;
}

bool bf_vertices_too_long(struct bf_clause *c, struct bf_str text)
{
    char cheaper[120];
    struct bf_str copy = bf_arena_dup(c->arena, text);
    if (!copy.p)
        return bf_clause_memory(c);
    struct bf_str literal = longest_literal(copy);
    int64_t vertices = 2 * literal.n > text.n ? count(c, literal) : -1;
    size_t others = text.n - literal.n;
    if (vertices < 1 || others >= BF_MOST_CLAUSE)
        return bf_clause_beyond(c, -1, BF_BOUND_CLAUSE, (int64_t)text.n, NULL);
    int64_t fit = (int64_t)(BF_MOST_CLAUSE - others) * vertices / (int64_t)literal.n;
    if (fit > BF_MOST_VERTICES)
        fit = BF_MOST_VERTICES;
    snprintf(cheaper, sizeof cheaper,
             "simplify the geometry of %lld vertices to %lld, or write fewer decimals",
             (long long)vertices, (long long)fit);
    if (vertices > BF_MOST_VERTICES)
        return bf_clause_beyond(c, -1, BF_BOUND_VERTICES, vertices, cheaper);
    return bf_clause_beyond(c, -1, BF_BOUND_CLAUSE, (int64_t)text.n, cheaper);
}
