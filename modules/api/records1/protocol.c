#include "api/records1/records1.h"

#include "api/allowance.h"
#include "api/records1/describe.h"
#include "http/cors.h"

/* Apps written for v1 look at the status and show `error`. */
static void error(struct bf_request *r)
{
    const struct bf_err *e = &r->err;
    bf_response_reset(&r->response);
    r->response.no_body = r->http.method == BF_HEAD;
    r->response.status = e->http;
    bf_response_header(&r->response, "Content-Type", BF_STR("application/json; charset=utf-8"));
    if (e->retry_after_s)
        bf_response_header_f(&r->response, "Retry-After", "%d", e->retry_after_s);
    if (bf_allowance_envelope(r))
        return;
    bf_buf_text(&r->response.body, "{\"error\": ");
    bf_buf_json(&r->response.body, bf_str_of(e->message));
    bf_buf_char(&r->response.body, '}');
}

static void headers(struct bf_request *r)
{
    bf_cors_headers(&r->response);
}

const struct bf_protocol bf_records1_protocol = {"records1", error, headers, records1_describe};
