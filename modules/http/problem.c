#include "http/problem.h"

#include "value/member.h"

#include <string.h>

void bf_problem_open(struct bf_response *r, const struct bf_err *err, const char *base_url,
                     struct bf_str request_id)
{
    const struct bf_code_info *info = bf_code_info(err->code);
    bf_response_reset(r);
    r->status = err->http;
    bf_response_header(r, "Content-Type", BF_STR("application/problem+json"));
    if (err->retry_after_s)
        bf_response_header_f(r, "Retry-After", "%d", err->retry_after_s);
    struct bf_buf *b = &r->body;
    bool whole = strncmp(info->slug, "https:", 6) == 0;
    bf_buf_printf(b, "{\"type\":\"%s%s%s\"", whole ? "" : base_url, whole ? "" : "/problems/",
                  info->slug);
    bf_member_text(b, "title", bf_str_of(info->title));
    bf_buf_printf(b, ",\"status\":%d", err->http);
    bf_member_text(b, "detail", bf_str_of(err->message));
    if (err->parameter[0])
        bf_member_text(b, "parameter", bf_str_of(err->parameter));
    if (err->position >= 0)
        bf_buf_printf(b, ",\"position\":%d", err->position);
    bf_member_text(b, "request_id", request_id);
}
