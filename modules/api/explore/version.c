#include "api/explore/version.h"

#include "api/explore/steps.h"
#include "api/explore/table.h"

#include <string.h>

static const struct explore_version v21 = {
    "explore", "/api/explore/v2.1", "2.1", "results", "results", false, true,
    true,      bf_explore_routes};

static const struct explore_version old[] = {
    {"explore20", "/api/explore/v2.0", "2.0", "records", "datasets", true, false, false, NULL},
    {"api2", "/api/v2", "2.0", "records", "datasets", true, false, false, NULL},
};

enum { OLD = sizeof old / sizeof old[0], GET = BF_GET | BF_HEAD | BF_POST };

const struct explore_version *explore_version(const struct bf_request *r)
{
    return r->route && r->route->version ? r->route->version : &v21;
}

/* What v2.1 gave up, as routes of v2.1. */
static const struct bf_route only_old[] = {
    {.name = "explore.aggregates",
     .methods = GET,
     .pattern = "/api/explore/v2.1/catalog/datasets/{dataset_id}/aggregates",
     .flags = BF_ROUTE_FORM | BF_ROUTE_DATASET | BF_ROUTE_QUERY | BF_ROUTE_CACHEABLE,
     .parse = explore_parse_aggregates,
     .build = explore_build_aggregates,
     .execute = explore_aggregates,
     .normal = explore_normal,
     .operation = &explore_get_aggregates},
    {.name = "explore.catalog_aggregates",
     .methods = GET,
     .pattern = "/api/explore/v2.1/catalog/aggregates",
     .flags = BF_ROUTE_FORM | BF_ROUTE_QUERY | BF_ROUTE_CACHEABLE,
     .parse = explore_parse_aggregates,
     .build = explore_build_catalog_aggregates,
     .execute = explore_catalog_aggregates,
     .normal = explore_normal,
     .operation = &explore_get_catalog_aggregates},
    {.name = NULL},
};

/* Whether v2.0 has this route, too: it has all but the notices of what v2.1 gave up. */
static bool is_shared(const struct bf_route *route)
{
    return !bf_str_starts(bf_str_of(route->name), BF_STR("explore.gone"));
}

/* ---- how v2.0 is described ---- */

/* What has another name in its shapes: elements are wrapped, but not those of files. */
static const char *aged_shape(const struct bf_operation *o)
{
    static const char *const shapes[][3] = {/* of v2.1, of v2.0, in a file of v2.0 */
                                            {"record", "wrapped_record", "fields"},
                                            {"dataset", "wrapped_dataset", "dataset"}};
    for (size_t i = 0; o->shape && i < sizeof shapes / sizeof shapes[0]; i++)
        if (strcmp(o->shape, shapes[i][0]) == 0)
            return shapes[i][o->formats ? 2 : 1];
    return o->shape;
}

static const struct bf_parameter *aged_parameter(const struct bf_parameter *p)
{
    for (const struct explore_aged *a = explore_aged; a->now; a++)
        if (a->now == p)
            return a->then;
    return p;
}

static const struct bf_operation *aged_operation(struct bf_arena *a, const struct bf_operation *now)
{
    size_t n = 0;
    while (now->parameters[n])
        n++;
    struct bf_operation *out = bf_arena_zalloc(a, 1, sizeof *out);
    const struct bf_parameter **parameters = bf_arena_zalloc(a, n + 1, sizeof *parameters);
    if (!out || !parameters)
        return NULL;
    *out = *now;
    out->shape = aged_shape(now);
    out->parameters = parameters;
    for (size_t i = 0; i < n; i++) {
        const struct bf_parameter *then = aged_parameter(now->parameters[i]);
        if (then)
            *parameters++ = then;
    }
    return out;
}

static struct bf_route aged(struct bf_arena *a, const struct bf_route *route,
                            const struct explore_version *version)
{
    struct bf_route out = *route;
    out.name = bf_arena_printf(a, "%s%s", version->name, route->name + strlen(v21.name)).p;
    out.pattern = bf_arena_printf(a, "%s%s", version->root, route->pattern + strlen(v21.root)).p;
    out.protocol = &bf_explore_old_protocol;
    out.version = version;
    out.operation = aged_operation(a, route->operation);
    return out;
}

static size_t count(const struct bf_route *routes)
{
    size_t n = 0;
    for (; routes->name; routes++)
        n += is_shared(routes);
    return n;
}

const struct bf_route *bf_explore_old_routes(struct bf_arena *a)
{
    const struct bf_route *const tables[] = {bf_explore_routes, only_old};
    size_t n = (count(tables[0]) + count(tables[1])) * OLD;
    struct bf_route *routes = bf_arena_zalloc(a, n + 1, sizeof *routes);
    if (!routes)
        return NULL;
    struct bf_route *to = routes;
    struct explore_version *versions = bf_arena_zalloc(a, OLD, sizeof *versions);
    for (size_t v = 0; versions && v < OLD; v++) {
        versions[v] = old[v];
        versions[v].routes = routes;
    }
    for (size_t v = 0; versions && v < OLD; v++)
        for (size_t t = 0; t < 2; t++)
            for (const struct bf_route *r = tables[t]; r->name; r++)
                if (is_shared(r))
                    *to++ = aged(a, r, &versions[v]);
    return bf_arena_failed(a) ? NULL : routes;
}
