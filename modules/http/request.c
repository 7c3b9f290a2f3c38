#include "http/request.h"

#include "value/number.h"

#include <string.h>

enum { MOST_PARAMS = 100 };

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Percent-decoding (RFC 3986 section 2.1). {NULL, 0}: a `%` without two hexadecimal digits, or no
 * memory. */
static struct bf_str decode(struct bf_arena *a, struct bf_str s, bool plus_is_blank)
{
    char *to = bf_arena_alloc(a, s.n + 1);
    size_t n = 0;
    if (!to)
        return (struct bf_str){NULL, 0};
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '+' && plus_is_blank) {
            c = ' ';
        } else if (c == '%') {
            int high = i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
            int low = i + 2 < s.n ? hex_value(s.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return (struct bf_str){NULL, 0};
            c = (char)(high * 16 + low);
            i += 2;
        }
        to[n++] = c;
    }
    to[n] = '\0';
    return (struct bf_str){to, n};
}

/* U+0000..U+001F (but tab and line ends, which a query text may hold) and U+007F. */
static bool has_controls(struct bf_str s, bool text)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool white = c == '\t' || c == '\n' || c == '\r';
        if (c == 0x7F || (c < 0x20 && !(text && white)))
            return true;
    }
    return false;
}

/* Doubled slashes become one, the trailing one goes (contract 1). */
static struct bf_str collapse(struct bf_str path)
{
    char *p = (char *)(uintptr_t)path.p;
    size_t n = 0;
    for (size_t i = 0; i < path.n; i++)
        if (p[i] != '/' || n == 0 || p[n - 1] != '/')
            p[n++] = p[i];
    if (n > 1 && p[n - 1] == '/')
        n--;
    p[n] = '\0';
    return (struct bf_str){p, n};
}

static bool read_path(struct bf_http_request *r, struct bf_arena *a, struct bf_str target,
                      struct bf_err *err)
{
    struct bf_str path = decode(a, target, false);
    if (!path.p || path.n == 0 || path.p[0] != '/' || has_controls(path, false) ||
        !bf_str_is_utf8(path)) {
        r->path = bf_arena_dup(a, target); /* it still tells how to say so */
        return BF_FAIL_WITH(err, BF_E_REQUEST,
                            "The address is not valid: percent-encoded UTF-8 without control "
                            "characters is expected.");
    }
    r->path = collapse(path);
    return true;
}

static size_t count_params(struct bf_str query)
{
    size_t n = query.n > 0;
    for (size_t i = 0; i < query.n; i++)
        n += query.p[i] == '&';
    return n;
}

static bool add_param(struct bf_http_request *r, struct bf_arena *a, struct bf_str pair,
                      struct bf_err *err)
{
    struct bf_str value;
    struct bf_str name = bf_str_cut(pair, '=', &value);
    struct bf_param *p = &r->params[r->nparams];
    p->name = decode(a, name, true);
    p->value = decode(a, value.p ? value : BF_STR(""), true);
    if (!p->name.p || !p->value.p || has_controls(p->name, false) || has_controls(p->value, true) ||
        !bf_str_is_utf8(p->name) || !bf_str_is_utf8(p->value))
        return BF_FAIL_WITH(err, BF_E_REQUEST,
                            "Parameter %zu of the address is not valid: percent-encoded UTF-8 "
                            "without control characters is expected.",
                            r->nparams + 1);
    r->nparams++;
    return true;
}

bool bf_http_request_add(struct bf_http_request *r, struct bf_arena *a, struct bf_str query,
                         struct bf_err *err)
{
    size_t most = r->nparams + count_params(query);
    if (most > MOST_PARAMS)
        return BF_FAIL_WITH(err, BF_E_REQUEST, "The request has more than %d parameters.",
                            MOST_PARAMS);
    struct bf_param *params = bf_arena_alloc(a, (most + 1) * sizeof *params);
    if (!params)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
    if (r->nparams)
        memcpy(params, r->params, r->nparams * sizeof *params);
    r->params = params;
    while (query.n) {
        struct bf_str pair = bf_str_cut(query, '&', &query);
        if (pair.n && !add_param(r, a, pair, err))
            return false;
    }
    return true;
}

static enum bf_method method_of(struct bf_str name)
{
    static const struct {
        struct bf_str name;
        enum bf_method method;
    } methods[] = {{BF_STR_INIT("GET"), BF_GET},
                   {BF_STR_INIT("HEAD"), BF_HEAD},
                   {BF_STR_INIT("POST"), BF_POST},
                   {BF_STR_INIT("OPTIONS"), BF_OPTIONS}};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (bf_str_eq(name, methods[i].name))
            return methods[i].method;
    return BF_OTHER_METHOD;
}

/* What we take from the environment that nginx sends. */
struct heads {
    struct bf_str method, target, query, length, dry_run;
};

struct place {
    struct bf_str name;
    size_t offset;
    bool in_request;   /* offset in struct bf_http_request, else in struct heads */
    bool may_be_empty; /* a field without a value is not the same as none */
};

#define OF_REQUEST(name, field)                                                 \
    {                                                                           \
        BF_STR_INIT(name), offsetof(struct bf_http_request, field), true, false \
    }
#define OF_HEADS(name, field)                                          \
    {                                                                  \
        BF_STR_INIT(name), offsetof(struct heads, field), false, false \
    }

static const struct place places[] = {
    OF_HEADS("REQUEST_METHOD", method),
    OF_HEADS("REQUEST_URI", target),
    OF_HEADS("QUERY_STRING", query),
    OF_HEADS("CONTENT_LENGTH", length),
    OF_HEADS("HTTP_X_BEFFROI_DRY_RUN", dry_run),
    OF_REQUEST("CONTENT_TYPE", content_type),
    OF_REQUEST("HTTP_CONTENT_ENCODING", content_encoding),
    OF_REQUEST("HTTP_ACCEPT", accept),
    OF_REQUEST("HTTP_IF_NONE_MATCH", if_none_match),
    OF_REQUEST("HTTP_IF_MODIFIED_SINCE", if_modified_since),
    {BF_STR_INIT("HTTP_AUTHORIZATION"), offsetof(struct bf_http_request, authorization), true,
     true},
    OF_REQUEST("HTTP_IDEMPOTENCY_KEY", idempotency_key),
    OF_REQUEST("HTTP_ORIGIN", origin),
    OF_REQUEST("HTTP_REFERER", referer),
    OF_REQUEST("HTTP_USER_AGENT", user_agent),
    OF_REQUEST("REQUEST_ID", id),
    OF_REQUEST("REMOTE_ADDR", remote_addr),
};

static bool take(struct bf_http_request *r, struct heads *h, struct bf_str name,
                 struct bf_str value, struct bf_err *err)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (!bf_str_eq(name, places[i].name))
            continue;
        char *base = places[i].in_request ? (char *)r : (char *)h;
        struct bf_str *to = (struct bf_str *)(void *)(base + places[i].offset);
        if (to == &r->user_agent && to->p)
            return true; /* of no consequence: the first one counts */
        if (to->p)
            return BF_FAIL_WITH(err, BF_E_REQUEST, "The header field %.*s stands twice.",
                                BF_STR_ARG(name));
        if (value.n || places[i].may_be_empty)
            *to = value;
        return true;
    }
    return true;
}

bool bf_http_request_read(struct bf_http_request *r, struct bf_arena *a, const char *const *env,
                          struct bf_http_io *io, struct bf_err *err)
{
    struct heads h = {0};
    *r = (struct bf_http_request){.io = io, .content_length = -1, .path = BF_STR_INIT("/")};
    bool ok = true;
    for (; *env; env++) {
        struct bf_str value;
        struct bf_str name = bf_str_cut(bf_str_of(*env), '=', &value);
        ok = take(r, &h, name, value, err) && ok;
    }
    r->method = method_of(h.method);
    /* The environment ends with the answer, the log comes after it. */
    r->id = bf_arena_dup(a, r->id);
    struct bf_str query;
    struct bf_str path = bf_str_cut(h.target, '?', &query);
    if (!read_path(r, a, path, err) || !ok)
        return false;
    if (h.length.n && (!bf_number_int(h.length, &r->content_length) || r->content_length < 0))
        return BF_FAIL_WITH(err, BF_E_REQUEST, "Content-Length is not a whole number.");
    if (h.dry_run.n && !bf_str_eq(h.dry_run, BF_STR("0")) && !bf_str_eq(h.dry_run, BF_STR("1")))
        return BF_FAIL_WITH(err, BF_E_REQUEST,
                            "X-Beffroi-Dry-Run is 1 (tell the price alone) or 0.");
    r->dry_run = bf_str_eq(h.dry_run, BF_STR("1"));
    return bf_http_request_add(r, a, h.query, err);
}

struct bf_str bf_http_param(const struct bf_http_request *r, const char *name)
{
    struct bf_str wanted = bf_str_of(name);
    for (size_t i = r->nparams; i-- > 0;)
        if (bf_str_eq(r->params[i].name, wanted))
            return r->params[i].value;
    return (struct bf_str){NULL, 0};
}

size_t bf_http_params(const struct bf_http_request *r, const char *name, struct bf_str *out,
                      size_t most)
{
    struct bf_str wanted = bf_str_of(name);
    size_t n = 0;
    for (size_t i = 0; i < r->nparams; i++) {
        if (!bf_str_eq(r->params[i].name, wanted))
            continue;
        if (n < most)
            out[n] = r->params[i].value;
        n++;
    }
    return n;
}
