#include "api/route.h"

#include "core/arena.h"

enum { MOST_SEGMENTS = 16 };

/* A pattern cut into its segments once; an empty one stands for a variable. */
struct compiled {
    const struct bf_route *route;
    struct bf_str segments[MOST_SEGMENTS];
    size_t n;
};

struct bf_router {
    struct compiled *patterns;
    size_t n;
};

/* Segments of a path that starts with a slash; n is more than MOST_SEGMENTS when there are more.
 * "/" has none. */
static size_t cut(struct bf_str path, struct bf_str segments[MOST_SEGMENTS])
{
    size_t n = 0;
    size_t start = 1;
    for (size_t i = 1; path.n > 1 && i <= path.n; i++) {
        if (i < path.n && path.p[i] != '/')
            continue;
        if (n < MOST_SEGMENTS)
            segments[n] = (struct bf_str){path.p + start, i - start};
        n++;
        start = i + 1;
    }
    return n;
}

static void compile(struct compiled *c, const struct bf_route *route)
{
    c->route = route;
    c->n = cut(bf_str_of(route->pattern), c->segments);
    for (size_t i = 0; i < c->n; i++)
        if (c->segments[i].n && c->segments[i].p[0] == '{')
            c->segments[i].n = 0;
}

struct bf_router *bf_router_new(struct bf_arena *a, const struct bf_route *const *tables, size_t n)
{
    struct bf_router *router = bf_arena_zalloc(a, 1, sizeof *router);
    size_t routes = 0;
    for (size_t t = 0; t < n; t++)
        for (const struct bf_route *r = tables[t]; r->name; r++)
            routes++;
    struct compiled *patterns = bf_arena_zalloc(a, routes, sizeof *patterns);
    if (!router || !patterns)
        return NULL;
    *router = (struct bf_router){patterns, 0};
    for (size_t t = 0; t < n; t++)
        for (const struct bf_route *r = tables[t]; r->name; r++)
            compile(&patterns[router->n++], r);
    return router;
}

static bool fits(const struct compiled *c, const struct bf_str *path,
                 struct bf_str vars[BF_ROUTE_VARS])
{
    size_t nvars = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->segments[i].n == 0 && nvars < BF_ROUTE_VARS)
            vars[nvars++] = path[i];
        else if (!bf_str_eq(c->segments[i], path[i]))
            return false;
    }
    return true;
}

const struct bf_route *bf_router_find(const struct bf_router *router, enum bf_method method,
                                      struct bf_str path, struct bf_str vars[BF_ROUTE_VARS],
                                      unsigned *allowed)
{
    struct bf_str segments[MOST_SEGMENTS];
    size_t n = cut(path, segments);
    *allowed = 0;
    for (size_t i = 0; i < router->n; i++) {
        const struct compiled *c = &router->patterns[i];
        if (c->n != n || !fits(c, segments, vars))
            continue;
        if (c->route->methods & method)
            return c->route;
        *allowed |= c->route->methods;
    }
    return NULL;
}
