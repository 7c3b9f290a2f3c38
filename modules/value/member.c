#include "value/member.h"

#include "value/instant.h"

void bf_member(struct bf_buf *out, const char *name)
{
    bool first = out->n && out->p[out->n - 1] == '{';
    bf_buf_printf(out, first ? "\"%s\":" : ",\"%s\":", name);
}

void bf_member_text(struct bf_buf *out, const char *name, struct bf_str text)
{
    bf_member(out, name);
    bf_buf_json(out, text);
}

void bf_member_text_or_null(struct bf_buf *out, const char *name, struct bf_str text)
{
    bf_member(out, name);
    if (text.n)
        bf_buf_json(out, text);
    else
        bf_buf_text(out, "null");
}

void bf_member_int(struct bf_buf *out, const char *name, int64_t n)
{
    bf_member(out, name);
    bf_buf_i64(out, n);
}

void bf_member_instant(struct bf_buf *out, const char *name, int64_t at)
{
    bf_member(out, name);
    bf_buf_char(out, '"');
    bf_instant_print_utc_z(out, at);
    bf_buf_char(out, '"');
}

void bf_member_instant_or_null(struct bf_buf *out, const char *name, int64_t at)
{
    if (at)
        bf_member_instant(out, name, at);
    else
        bf_member_text_or_null(out, name, (struct bf_str){NULL, 0});
}
