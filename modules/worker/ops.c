#include "worker/ops.h"

#include "api/answer.h"
#include "api/request.h"
#include "worker/metrics.h"

#include <arpa/inet.h>
#include <string.h>

static bool healthz(struct bf_request *r)
{
    bf_answer_begin(r, 200, "application/json");
    bf_buf_text(&r->response.body, "{\"status\":\"ok\"}\n");
    return true;
}

static bool readyz(struct bf_request *r)
{
    struct bf_err away;
    bf_err_clear(&away);
    bool database = bf_conn_ready(r->conn, &away) && bf_conn_run(r->conn, "SELECT 1", &away);
    bool hearing = bf_metrics_hearing(r->owner);
    bool ready = database && hearing;
    bf_answer_begin(r, ready ? 200 : 503, "application/json");
    if (!ready)
        bf_response_header(&r->response, "Retry-After", BF_STR("1"));
    bf_buf_printf(&r->response.body,
                  "{\"status\":\"%s\",\"database\":%s,\"catalogue\":true,\"clock\":%s,"
                  "\"datasets\":%zu}\n",
                  ready ? "ready" : "not ready", database ? "true" : "false",
                  hearing ? "true" : "false", r->registry->n);
    return true;
}

bool bf_ops_is_loopback(struct bf_str address)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char a[16];
    static const unsigned char one[16] = {[15] = 1};
    static const unsigned char mapped[13] = {[10] = 0xFF, 0xFF, 127};
    if (address.n == 0 || address.n >= sizeof text)
        return false;
    memcpy(text, address.p, address.n);
    text[address.n] = '\0';
    if (inet_pton(AF_INET, text, a) == 1)
        return a[0] == 127;
    return inet_pton(AF_INET6, text, a) == 1 &&
           (memcmp(a, one, sizeof one) == 0 || memcmp(a, mapped, sizeof mapped) == 0);
}

static bool metrics(struct bf_request *r)
{
    if (!bf_ops_is_loopback(r->http.remote_addr))
        return BF_FAIL_WITH(&r->err, BF_E_FORBIDDEN,
                            "This address is answered to the machine itself only.");
    bf_answer_begin(r, 200, BF_METRICS_TYPE);
    bf_metrics_print(r->owner, &r->response.body);
    return true;
}

#define OPERATORS "for those who run the server, no API of it: README, Reading"

const struct bf_route bf_ops_routes[] = {
    {.name = "ops.healthz",
     .methods = BF_GET | BF_HEAD,
     .pattern = "/healthz",
     .flags = BF_ROUTE_QUIET,
     .execute = healthz,
     .undescribed = OPERATORS},
    {.name = "ops.readyz",
     .methods = BF_GET | BF_HEAD,
     .pattern = "/readyz",
     .flags = BF_ROUTE_QUIET,
     .execute = readyz,
     .undescribed = OPERATORS},
    {.name = "ops.metrics",
     .methods = BF_GET | BF_HEAD,
     .pattern = "/metrics",
     .flags = BF_ROUTE_QUIET,
     .execute = metrics,
     .undescribed = OPERATORS},
    {.name = NULL},
};
