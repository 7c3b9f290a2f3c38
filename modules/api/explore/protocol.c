#include "api/allowance.h"
#include "api/explore/cursor.h"
#include "api/explore/describe.h"
#include "api/explore/parameters.h"
#include "http/cors.h"

/* Envelope A of the contract (6.3): error_code first, two spaces, no charset. */
static void error(struct bf_request *r)
{
    const struct bf_err *e = &r->err;
    bf_response_reset(&r->response);
    r->response.no_body = r->http.method == BF_HEAD;
    r->response.status = e->http;
    bf_response_header(&r->response, "Content-Type", BF_STR("application/json"));
    if (e->retry_after_s)
        bf_response_header_f(&r->response, "Retry-After", "%d", e->retry_after_s);
    explore_cursor_point(r);
    if (bf_allowance_envelope(r))
        return;
    struct bf_buf *b = &r->response.body;
    bf_buf_text(b, "{\n  \"error_code\": \"");
    bf_buf_text(b, bf_code_info(e->code)->explore);
    bf_buf_text(b, "\",\n  \"message\": ");
    bf_buf_json(b, bf_str_of(e->message));
    bf_buf_text(b, "\n}");
}

/* The language that names and metadata are in; no other header of a request changes it. */
static void language(struct bf_request *r)
{
    const struct explore *x = r->state;
    if (x && r->response.status == 200)
        bf_response_header(&r->response, "Content-Language",
                           x->english ? BF_STR("en") : BF_STR("fr"));
}

static void headers(struct bf_request *r)
{
    bf_cors_headers(&r->response);
    language(r);
}

/* Verbatim (contract 2.1): the vendor's client looks for it. */
static void old_headers(struct bf_request *r)
{
    headers(r);
    bf_response_header(
        &r->response, "ODS-Explore-API-Deprecation",
        BF_STR("deprecated API version (v2.0), please use the current v2.1 version"));
    bf_response_header_f(&r->response, "Link",
                         "<%s/api/explore/v2.1>; rel=\"deprecation\"; type=\"text/html\"",
                         r->conf->base_url);
}

const struct bf_protocol bf_explore_protocol = {"explore", error, headers, explore_describe};
const struct bf_protocol bf_explore_old_protocol = {"explore20", error, old_headers,
                                                    explore_describe};
