#include "http/response.h"

#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { HEAD_MAX = 32 * 1024, BODY_MAX = 64 << 20, KEEP = 1 << 20 };

void bf_response_init(struct bf_response *r)
{
    *r = (struct bf_response){.status = 200};
    bf_buf_init(&r->head, HEAD_MAX);
    bf_buf_init(&r->body, BODY_MAX);
}

void bf_response_fini(struct bf_response *r)
{
    bf_buf_fini(&r->head);
    bf_buf_fini(&r->body);
}

void bf_response_reset(struct bf_response *r)
{
    if (r->body.room > KEEP)
        bf_buf_fini(&r->body);
    bf_buf_clear(&r->head);
    bf_buf_clear(&r->body);
    r->status = 200;
    r->started = r->broken = r->unmeasured = r->no_body = false;
    r->bytes = 0;
}

void bf_response_header(struct bf_response *r, const char *name, struct bf_str value)
{
    for (size_t i = 0; i < value.n; i++) {
        if ((unsigned char)value.p[i] < 0x20 || value.p[i] == 0x7F) {
            bf_log(BF_LOG_ERROR, "response.header", "%s has a control character", name);
            return;
        }
    }
    bf_buf_text(&r->head, name);
    bf_buf_str(&r->head, BF_STR(": "));
    bf_buf_str(&r->head, value);
    bf_buf_str(&r->head, BF_STR("\r\n"));
}

void bf_response_header_f(struct bf_response *r, const char *name, const char *format, ...)
{
    char value[2048];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(value, sizeof value, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof value)
        bf_response_header(r, name, (struct bf_str){value, (size_t)n});
    else
        bf_log(BF_LOG_ERROR, "response.header", "%s is too long", name);
}

/* Reason phrases (RFC 9110 section 15): nginx passes on what we say, and some old clients expect
 * one. */
static const char *reason(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return status < 400 ? "OK" : "Error";
}

static bool write_text(struct bf_http_io *io, struct bf_str s)
{
    return io->write(io->self, s.p, s.n);
}

static bool write_head(struct bf_response *r, struct bf_http_io *io)
{
    const char digits[] = {(char)('0' + r->status / 100), (char)('0' + r->status / 10 % 10),
                           (char)('0' + r->status % 10), ' '};
    r->started = true;
    bf_buf_str(&r->head, BF_STR("\r\n"));
    return !bf_buf_failed(&r->head) && write_text(io, BF_STR("Status: ")) &&
           write_text(io, (struct bf_str){digits, sizeof digits}) &&
           write_text(io, bf_str_of(reason(r->status))) && write_text(io, BF_STR("\r\n")) &&
           write_text(io, bf_buf_view(&r->head));
}

static bool write_body(struct bf_response *r, struct bf_http_io *io)
{
    bool ok = r->no_body || r->body.n == 0 || io->write(io->self, r->body.p, r->body.n);
    r->bytes += r->body.n;
    bf_buf_clear(&r->body);
    return ok;
}

bool bf_response_flush(struct bf_response *r, struct bf_http_io *io)
{
    if (bf_buf_failed(&r->body))
        return false;
    if (r->body.n < BF_RESPONSE_HOLD)
        return true;
    return (r->started || write_head(r, io)) && write_body(r, io);
}

bool bf_response_finish(struct bf_response *r, struct bf_http_io *io)
{
    if (bf_buf_failed(&r->body) || bf_buf_failed(&r->head))
        return false;
    if (!r->started) {
        if (r->status != 304 && r->status != 204 && !r->unmeasured) {
            bf_buf_text(&r->head, "Content-Length: ");
            bf_buf_u64(&r->head, r->body.n);
            bf_buf_text(&r->head, "\r\n");
        }
        if (!write_head(r, io))
            return false;
    }
    return write_body(r, io);
}
