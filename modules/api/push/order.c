#include "api/push/order.h"

#include "api/idempotency.h"
#include "api/push/table.h"
#include "catalog/nearest.h"
#include "http/authorization.h"

static const struct {
    const char *type;
    enum bf_push_format format;
} media_types[] = {
    {"", BF_PUSH_JSON},
    {"application/json", BF_PUSH_JSON},
    {"application/x-www-form-urlencoded", BF_PUSH_JSON}, /* what `curl -d` sends */
    {"application/x-ndjson", BF_PUSH_LINES},
    {"application/ndjson", BF_PUSH_LINES},
    {"application/jsonl", BF_PUSH_LINES},
    {"application/x-jsonlines", BF_PUSH_LINES},
    {"text/csv", BF_PUSH_CSV},
};

/* `charset=` may only say what we read anyway. */
static bool is_utf8(struct bf_str parameters)
{
    while (parameters.p) {
        struct bf_str value;
        struct bf_str one = bf_str_cut(parameters, ';', &parameters);
        struct bf_str name = bf_str_trim(bf_str_cut(one, '=', &value));
        value = bf_str_trim(value);
        if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
            value = (struct bf_str){value.p + 1, value.n - 2};
        if (bf_str_eq_nocase(name, BF_STR("charset")) &&
            !bf_str_eq_nocase(value, BF_STR("utf-8")) && !bf_str_eq_nocase(value, BF_STR("utf8")) &&
            !bf_str_eq_nocase(value, BF_STR("us-ascii")))
            return false;
    }
    return true;
}

bool bf_push_format_of(struct bf_str content_type, enum bf_push_format *out)
{
    struct bf_str parameters;
    struct bf_str type = bf_str_trim(bf_str_cut(content_type, ';', &parameters));
    for (size_t i = 0; i < sizeof media_types / sizeof media_types[0]; i++) {
        if (!bf_str_eq_nocase(type, bf_str_of(media_types[i].type)))
            continue;
        *out = media_types[i].format;
        return is_utf8(parameters);
    }
    return false;
}

static bool read_types(struct bf_request *r, struct bf_push_order *o)
{
    struct bf_str coding = bf_str_trim(r->http.content_encoding);
    if (!bf_push_format_of(r->http.content_type, &o->format))
        return BF_FAIL_WITH(&r->err, BF_E_MEDIA_TYPE,
                            "The body must be application/json, application/x-ndjson or text/csv, "
                            "in UTF-8.");
    o->gzip =
        bf_str_eq_nocase(coding, BF_STR("gzip")) || bf_str_eq_nocase(coding, BF_STR("x-gzip"));
    if (o->gzip || coding.n == 0 || bf_str_eq_nocase(coding, BF_STR("identity")))
        return true;
    bf_response_header(&r->response, "Accept-Encoding", BF_STR("gzip"));
    return BF_FAIL_WITH(&r->err, BF_E_MEDIA_TYPE,
                        "The only Content-Encoding that is understood is gzip.");
}

static struct bf_push_order *new_order(struct bf_request *r, enum bf_batch_mode mode, bool vendor)
{
    struct bf_push_order *o = bf_arena_zalloc(r->arena, 1, sizeof *o);
    if (!o) {
        BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
        return NULL;
    }
    r->state = o;
    o->mode = mode;
    o->vendor = vendor;
    return read_types(r, o) && bf_idempotency_key(r, &o->idempotency_key) ? o : NULL;
}

bool bf_push_order_vendor(struct bf_request *r, enum bf_batch_mode mode)
{
    return new_order(r, mode, true) != NULL;
}

/* ---- parameters of the native API: an unknown one is refused, `mod=snapshot` must not be an
 * upsert ---- */

static bool bad_value(struct bf_request *r, enum push_parameter which, struct bf_str value)
{
    const struct bf_parameter *p = &push_parameters[which];
    BF_FAIL_WITH(&r->err, BF_E_PARAMETER, "Parameter %s is \"%.*s\", but %s is expected.", p->name,
                 (int)(value.n < 100 ? value.n : 100), value.p, p->expected);
    bf_err_at(&r->err, bf_str_of(p->name), -1);
    return false;
}

static bool no_mode(struct bf_request *r)
{
    BF_FAIL_WITH(&r->err, BF_E_PARAMETER, "A delete has no parameter mode.");
    bf_err_at(&r->err, BF_STR("mode"), -1);
    return false;
}

static bool take_mode(struct bf_request *r, struct bf_push_order *o, struct bf_str value)
{
    if (o->mode == BF_BATCH_DELETE)
        return no_mode(r);
    if (bf_str_eq(value, BF_STR("snapshot")))
        o->mode = BF_BATCH_SNAPSHOT;
    else if (!bf_str_eq(value, BF_STR("upsert")))
        return bad_value(r, PUSH_MODE, value);
    return true;
}

static bool take_delimiter(struct bf_request *r, struct bf_push_order *o, struct bf_str value)
{
    bool one = value.n == 1 && (value.p[0] == ',' || value.p[0] == ';' || value.p[0] == '|');
    if (!one && !bf_str_eq(value, BF_STR("tab")))
        return bad_value(r, PUSH_DELIMITER, value);
    o->delimiter = one ? value.p[0] : '\t';
    return true;
}

static bool take_allow_empty(struct bf_request *r, struct bf_push_order *o, struct bf_str value)
{
    o->allow_empty = bf_str_eq(value, BF_STR("true"));
    return o->allow_empty || bf_str_eq(value, BF_STR("false")) ||
           bad_value(r, PUSH_ALLOW_EMPTY, value);
}

static const struct {
    const struct bf_parameter *parameter;
    bool (*take)(struct bf_request *r, struct bf_push_order *o, struct bf_str value);
} parameters[] = {
    {&push_parameters[PUSH_MODE], take_mode},
    {&push_parameters[PUSH_DELIMITER], take_delimiter},
    {&push_parameters[PUSH_ALLOW_EMPTY], take_allow_empty},
};

enum { PARAMETERS = sizeof parameters / sizeof parameters[0] };

static bool unknown_parameter(struct bf_request *r, struct bf_str name)
{
    struct bf_nearest near;
    bf_nearest_start(&near, name);
    for (size_t i = 0; i < PARAMETERS; i++)
        bf_nearest_try(&near, bf_str_of(parameters[i].parameter->name));
    bool hint = near.best.n > 0;
    BF_FAIL_WITH(&r->err, BF_E_PARAMETER, "There is no parameter \"%.*s\" here%s%.*s%s.",
                 (int)(name.n < 100 ? name.n : 100), name.p, hint ? "; did you mean \"" : "",
                 BF_STR_ARG(near.best), hint ? "\"?" : "");
    bf_err_at(&r->err, name, -1);
    return false;
}

static bool take_parameter(struct bf_request *r, struct bf_push_order *o,
                           const struct bf_param *param)
{
    for (size_t i = 0; i < PARAMETERS; i++)
        if (bf_str_eq(param->name, bf_str_of(parameters[i].parameter->name)))
            return parameters[i].take(r, o, param->value);
    return bf_authorization_parameter(param->name) || unknown_parameter(r, param->name);
}

bool bf_push_order_native(struct bf_request *r, enum bf_batch_mode mode)
{
    struct bf_push_order *o = new_order(r, mode, false);
    if (!o)
        return false;
    for (size_t i = 0; i < r->http.nparams; i++)
        if (!take_parameter(r, o, &r->http.params[i]))
            return false;
    return true;
}
