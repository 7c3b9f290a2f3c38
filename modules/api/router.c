#include "api/route.h"

#include "core/arena.h"

/* Patterns are compared segment by segment: a table of a hundred short rows needs no more. */
struct bf_router {
    const struct bf_route *const *tables;
    size_t n;
};

struct bf_router *bf_router_new(struct bf_arena *a, const struct bf_route *const *tables, size_t n)
{
    struct bf_router *router = bf_arena_zalloc(a, 1, sizeof *router);
    if (router)
        *router = (struct bf_router){tables, n};
    return router;
}

/* The next segment of a path that starts with a slash; *rest starts with the following slash, or is empty. */
static struct bf_str segment(struct bf_str path, struct bf_str *rest)
{
    size_t n = 1;
    while (n < path.n && path.p[n] != '/')
        n++;
    *rest = (struct bf_str){path.p + n, path.n - n};
    return (struct bf_str){path.p + 1, n - 1};
}

static bool fits(struct bf_str pattern, struct bf_str path, struct bf_str vars[BF_ROUTE_VARS])
{
    size_t nvars = 0;
    while (pattern.n && path.n) {
        struct bf_str wanted = segment(pattern, &pattern);
        struct bf_str got = segment(path, &path);
        if (wanted.n && wanted.p[0] == '{' && nvars < BF_ROUTE_VARS && got.n)
            vars[nvars++] = got;
        else if (!bf_str_eq(wanted, got))
            return false;
    }
    return pattern.n == 0 && path.n == 0;
}

const struct bf_route *bf_router_find(const struct bf_router *router, enum bf_method method,
                                      struct bf_str path, struct bf_str vars[BF_ROUTE_VARS],
                                      unsigned *allowed)
{
    *allowed = 0;
    for (size_t t = 0; t < router->n; t++) {
        for (const struct bf_route *route = router->tables[t]; route->name; route++) {
            if (!fits(bf_str_of(route->pattern), path, vars))
                continue;
            if (route->methods & method)
                return route;
            *allowed |= route->methods;
        }
    }
    return NULL;
}
