#include "worker/waiting.h"

#include "core/arena.h"
#include "core/clock.h"
#include "http/cors.h"
#include "http/response.h"
#include "worker/metrics.h"
#include "worker/ops.h"

enum { MEMORY = 1 << 20 };

/* What the scoreboard calls these requests. */
static const struct bf_route waiting_route = {.name = "waiting"};

static void problem(struct bf_response *r)
{
    r->status = 503;
    bf_response_header(r, "Content-Type", BF_STR("application/problem+json"));
    bf_response_header(r, "Retry-After", BF_STR("1"));
    bf_buf_text(&r->body, "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\","
                          "\"status\":503,\"detail\":\"The database cannot be reached at the "
                          "moment. Please repeat the request in a second.\"}\n");
}

/* The shape of the Explore API (contract: explore-v2.1, section 6.3). */
static void explore_problem(struct bf_response *r)
{
    r->status = 503;
    bf_response_header(r, "Content-Type", BF_STR("application/json"));
    bf_response_header(r, "Retry-After", BF_STR("1"));
    bf_buf_text(&r->body, "{\n  \"error_code\": \"ServiceUnavailable\",\n  \"message\": \"The "
                          "database cannot be reached at the moment.\"\n}");
}

static void ops(struct bf_response *r, int status, const char *body)
{
    r->status = status;
    bf_response_header(r, "Content-Type", BF_STR("application/json"));
    if (status != 200)
        bf_response_header(r, "Retry-After", BF_STR("1"));
    bf_buf_text(&r->body, body);
}

static void print(struct bf_response *r, const struct bf_http_request *http,
                  const struct bf_shared *shared)
{
    if (bf_str_eq(http->path, BF_STR("/healthz"))) {
        ops(r, 200, "{\"status\":\"ok\"}\n");
    } else if (bf_str_eq(http->path, BF_STR("/readyz"))) {
        ops(r, 503,
            "{\"status\":\"not ready\",\"database\":false,\"catalogue\":false,\"clock\":false}\n");
    } else if (bf_str_eq(http->path, BF_STR("/metrics")) && bf_ops_is_loopback(http->remote_addr)) {
        bf_response_header(r, "Content-Type", BF_STR(BF_METRICS_TYPE));
        bf_metrics_print(shared, &r->body);
    } else if (bf_str_starts(http->path, BF_STR("/api/explore/"))) {
        explore_problem(r);
    } else {
        problem(r);
    }
    if (http->id.n)
        bf_response_header(r, "X-Request-Id", http->id);
    bf_response_header(r, "Cache-Control", BF_STR("no-store"));
    bf_response_header(r, "Referrer-Policy", BF_STR("no-referrer"));
    bf_cors_headers(r);
}

void bf_waiting_answer(const struct bf_shared *shared, const char *const *env,
                       struct bf_http_io *io, struct bf_outcome *out)
{
    int64_t started = bf_clock_mono_us();
    struct bf_arena *arena = bf_arena_new(MEMORY);
    struct bf_http_request http = {.io = io};
    struct bf_response response;
    struct bf_err err;
    bf_err_clear(&err);
    bf_response_init(&response);
    /* A request that cannot be read gets the same answer as any other. */
    if (!arena || !bf_http_request_read(&http, arena, env, io, &err))
        http = (struct bf_http_request){.io = io};
    print(&response, &http, shared);
    response.no_body = http.method == BF_HEAD;
    bool sent = bf_response_finish(&response, io);
    *out = (struct bf_outcome){.route = &waiting_route,
                               .status = response.status,
                               .bytes = response.bytes,
                               .total_us = bf_clock_mono_us() - started,
                               .broken = !sent};
    bf_response_fini(&response);
    bf_arena_free(arena);
}
