#include "http/href.h"

#include "http/authorization.h"

static bool is_plain(char c)
{
    char lower = (char)(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

static void encode(struct bf_buf *out, struct bf_str s, char kept)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (is_plain(s.p[i]) || (kept && s.p[i] == kept)) {
            bf_buf_char(out, s.p[i]);
            continue;
        }
        bf_buf_char(out, '%');
        bf_buf_char(out, digits[c >> 4]);
        bf_buf_char(out, digits[c & 15]);
    }
}

void bf_href_part(struct bf_buf *out, struct bf_str part)
{
    encode(out, part, '\0');
}

void bf_href_path(struct bf_buf *out, struct bf_str path)
{
    encode(out, path, '/');
}

static bool among(struct bf_str name, const char *const *names)
{
    for (; *names; names++)
        if (bf_str_eq(name, bf_str_of(*names)))
            return true;
    return false;
}

void bf_href_params(struct bf_buf *out, const struct bf_http_request *r, const char *const *without)
{
    for (size_t i = 0; i < r->nparams; i++) {
        const struct bf_param *p = &r->params[i];
        if (bf_authorization_parameter(p->name) || among(p->name, without))
            continue;
        bf_href_part(out, p->name);
        bf_buf_char(out, '=');
        bf_href_part(out, p->value);
        bf_buf_char(out, '&');
    }
}

void bf_href_params_told(struct bf_buf *out, const struct bf_http_request *r)
{
    for (size_t i = 0; i < r->nparams; i++) {
        if (bf_authorization_parameter(r->params[i].name))
            continue;
        bf_buf_json(out, r->params[i].name);
        bf_buf_json(out, r->params[i].value);
    }
}
