#include "api/answer.h"

#include "api/allowance.h"
#include "api/conditional.h"
#include "api/freshness.h"
#include "api/source.h"
#include "http/cors.h"
#include "http/problem.h"

static void common_headers(struct bf_request *r)
{
    r->response.reader = r->reader;
    if (r->http.id.n)
        bf_response_header(&r->response, "X-Request-Id", r->http.id);
    if (r->response.status == 304) {
        bf_cors_again(&r->response);
        return;
    }
    /* The address of an answer may hold a key: it goes to nobody that the answer leads to. */
    bf_buf_str(&r->response.head, BF_STR("X-Content-Type-Options: nosniff\r\n"
                                         "Referrer-Policy: no-referrer\r\n"));
    bf_allowance_headers(r);
    const struct bf_protocol *protocol = r->route ? r->route->protocol : r->fallback;
    if (protocol && protocol->headers)
        protocol->headers(r);
    else
        bf_cors_headers(&r->response);
}

void bf_answer_begin(struct bf_request *r, int status, const char *content_type)
{
    r->response.status = status;
    if (content_type)
        bf_response_header(&r->response, "Content-Type", bf_str_of(content_type));
    r->own_head = r->response.head.n;
    bf_conditional_headers(r);
    bf_freshness_headers(r);
    common_headers(r);
    r->end_head = r->response.head.n;
}

void bf_answer_hot(struct bf_request *r)
{
    bf_answer_begin(r, 200, NULL);
    r->from_memory = r->answered = true;
}

void bf_answer_not_modified(struct bf_request *r)
{
    bf_allowance_give_back(r, 0);
    bf_answer_begin(r, 304, NULL);
    r->response.no_body = true;
    r->answered = true;
}

void bf_answer_price(struct bf_request *r)
{
    bf_answer_begin(r, 204, NULL);
    r->response.no_body = true;
    r->answered = true;
}

void bf_answer_options(struct bf_request *r, unsigned methods)
{
    r->response.status = 204;
    bf_response_header_f(&r->response, "Allow", "OPTIONS%s%s%s", methods & BF_GET ? ", GET" : "",
                         methods & BF_HEAD ? ", HEAD" : "", methods & BF_POST ? ", POST" : "");
    common_headers(r);
    r->answered = true;
}

void bf_answer_problem(struct bf_request *r)
{
    bf_problem_open(&r->response, &r->err, r->conf->base_url, r->http.id);
    bf_allowance_problem(r, &r->response.body);
    bf_buf_text(&r->response.body, "}\n");
}

/* The schemes that are known (RFC 9110 section 11.6.1). */
static void challenge(struct bf_request *r)
{
    if (r->err.http == 401)
        bf_buf_text(&r->response.head, "WWW-Authenticate: Bearer realm=\"beffroi\"\r\n"
                                       "WWW-Authenticate: Apikey realm=\"beffroi\"\r\n");
}

void bf_answer_error(struct bf_request *r)
{
    if (r->response.started) {
        r->response.broken = true;
        return;
    }
    const struct bf_protocol *protocol = r->route ? r->route->protocol : r->fallback;
    if (protocol)
        protocol->error(r);
    else
        bf_answer_problem(r);
    bf_buf_text(&r->response.head, "Cache-Control: no-store\r\n");
    bf_response_header(&r->response, "Content-Language", BF_STR("en"));
    challenge(r);
    common_headers(r);
}

bool bf_answer_dated(struct bf_request *r, const struct bf_read *read)
{
    r->freshness = r->source
                       ? bf_source_freshness(r)
                       : (struct bf_freshness){true, read->commit, read->instant, read->pushed};
    if (!bf_conditional_late(r))
        return false;
    bf_answer_not_modified(r);
    return true;
}

bool bf_answer_flush(struct bf_request *r)
{
    if (bf_response_flush(&r->response, r->http.io))
        return true;
    if (bf_buf_failed(&r->response.body))
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The answer is too large for one request.");
    return BF_FAIL_WITH(&r->err, BF_E_ABORTED, "The client closed the connection.");
}

bool bf_answer_rows(struct bf_request *r, struct bf_read *read,
                    void (*print)(void *self, const struct bf_cell *cells), void *self)
{
    bool groups = r->query && bf_query_grouped(r->query); /* hooks know records */
    bool hooked = !groups && r->binding && bf_binding_has_row(r->binding);
    struct bf_hook_request hook = bf_request_hook(r);
    while (bf_read_next(read, &r->err)) {
        enum bf_row_verdict verdict = BF_ROW_KEEP;
        if (hooked)
            verdict = bf_binding_row(r->binding, &hook, read->cells, read->ncells);
        if (verdict == BF_ROW_FAIL)
            return false;
        if (verdict == BF_ROW_SKIP)
            continue;
        print(self, read->cells);
        r->rows++;
        if (!bf_answer_flush(r))
            return false;
    }
    return !bf_err_is_set(&r->err);
}
