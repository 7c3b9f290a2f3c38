#include "api/request.h"

#include "catalog/generations.h"

const char *bf_step_name(enum bf_step step)
{
    static const char *const names[BF_STEPS] = {
        [BF_STEP_ACCEPT] = "accept",     [BF_STEP_ROUTE] = "route",
        [BF_STEP_IDENTIFY] = "identify", [BF_STEP_SEE] = "see",
        [BF_STEP_LIMIT] = "limit",       [BF_STEP_PARSE] = "parse",
        [BF_STEP_BUILD] = "build",       [BF_STEP_AUTHORISE] = "authorise",
        [BF_STEP_CHECK] = "check",       [BF_STEP_CHARGE] = "charge",
        [BF_STEP_REWRITE] = "rewrite",   [BF_STEP_CONDITIONAL] = "conditional",
        [BF_STEP_EXECUTE] = "execute",   [BF_STEP_FINISH] = "finish",
    };
    return names[step];
}

struct bf_hook_request bf_request_hook(struct bf_request *r)
{
    return (struct bf_hook_request){r->arena, &r->err, r->query, r->http.id, r->sql};
}

void bf_request_reset(struct bf_request *r)
{
    bf_arena_reset(r->arena);
    bf_response_reset(&r->response);
    *r = (struct bf_request){.arena = r->arena, .response = r->response};
}

/* A handler knows the columns of the dataset's own schema. */
const struct bf_schema *bf_request_schema(const struct bf_request *r, const char *api)
{
    const struct bf_manifest *m = r->dataset->manifest;
    return r->binding ? &m->schema : bf_generation_schema(m, r->vars[0], bf_str_of(api));
}

const struct bf_listing *bf_request_listing(const struct bf_request *r, bool english)
{
    return bf_listing(&r->view->listings, r->registry, &r->view->rights, english);
}

bool bf_request_no_dataset(struct bf_request *r)
{
    return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE,
                        "The requested dataset %.*s does not exist.", BF_STR_ARG(r->vars[0]));
}

bool bf_request_restricted(const struct bf_request *r)
{
    return bf_narrowed_differs(r) || (r->dataset ? r->dataset->restricted : r->view->restricted);
}
