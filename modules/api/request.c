#include "api/request.h"

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
