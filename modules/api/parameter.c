#include "api/parameter.h"

#include "value/number.h"

struct bf_str bf_parameter_text(const struct bf_request *r, const struct bf_parameter *p)
{
    return bf_http_param(&r->http, p->name);
}

static bool refuse(struct bf_request *r, const struct bf_parameter *p, struct bf_str found,
                   const char *expected)
{
    bf_err_at(&r->err, bf_str_of(p->name), -1);
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for %s API parameter: %.*s was found but %s is expected.",
                        p->name, BF_STR_ARG(found), expected);
}

/* -1 <= limit <= 100, as the contract has it. */
static bool refuse_number(struct bf_request *r, const struct bf_parameter *p, struct bf_str found)
{
    char most[32] = "";
    char bounds[160];
    if (p->most != BF_PARAMETER_UNBOUND)
        snprintf(most, sizeof most, " <= %lld", (long long)p->most);
    snprintf(bounds, sizeof bounds, "%lld <= %.80s%s", (long long)p->least, p->name, most);
    return refuse(r, p, found, bounds);
}

bool bf_parameter_refuse(struct bf_request *r, const struct bf_parameter *p, struct bf_str found)
{
    if (p->expected)
        return refuse(r, p, found, p->expected);
    if (p->type == BF_PARAMETER_INTEGER)
        return refuse_number(r, p, found);
    return refuse(r, p, found, p->type == BF_PARAMETER_BOOLEAN ? "true or false" : "another one");
}

bool bf_parameter_integer(struct bf_request *r, const struct bf_parameter *p, int64_t *out)
{
    struct bf_str text = bf_parameter_text(r, p);
    if (!text.p)
        return true;
    if (!bf_number_int(text, out))
        return refuse(r, p, text, "an integer");
    return (*out >= p->least && *out <= p->most) || bf_parameter_refuse(r, p, text);
}

bool bf_parameter_boolean(struct bf_request *r, const struct bf_parameter *p, bool *out)
{
    struct bf_str text = bf_parameter_text(r, p);
    if (text.n == 0)
        return true;
    bool yes = bf_str_eq_nocase(text, BF_STR("true")) || bf_str_eq(text, BF_STR("1"));
    bool no = bf_str_eq_nocase(text, BF_STR("false")) || bf_str_eq(text, BF_STR("0"));
    *out = yes;
    return yes || no || bf_parameter_refuse(r, p, text);
}
