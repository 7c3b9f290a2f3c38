#include "api/keys/credential.h"

#include "http/authorization.h"

#define RIGHT "`Authorization: Bearer <key>` or `Authorization: Apikey <key>`"

struct found {
    struct bf_str token;
    const char *where;
};

static bool wrong_field(struct bf_err *err, const char *what)
{
    return BF_FAIL_WITH(err, BF_E_REQUEST,
                        "The header field Authorization %s; " RIGHT " is expected.", what);
}

static bool read_field(struct bf_str field, struct found *f, struct bf_err *err)
{
    switch (bf_authorization_read(field, &f->token)) {
    case BF_AUTHORIZATION_NONE:
        return true;
    case BF_AUTHORIZATION_KEY:
        f->where = "the header field Authorization";
        return true;
    case BF_AUTHORIZATION_EMPTY:
        return wrong_field(err, "is empty");
    case BF_AUTHORIZATION_NO_KEY:
        return wrong_field(err, "has a scheme but no key");
    case BF_AUTHORIZATION_WORDS:
        return wrong_field(err, "has more than one word behind its scheme");
    case BF_AUTHORIZATION_CHARACTER:
        return wrong_field(err, "has characters that are not visible ASCII");
    case BF_AUTHORIZATION_SCHEME:
        break;
    }
    return BF_FAIL_WITH(err, BF_E_UNAUTHORIZED,
                        "The header field Authorization has a scheme that is not known here; " RIGHT
                        " is expected.");
}

static bool wrong_parameter(struct bf_err *err, const char *name, const char *what)
{
    bf_err_at(err, bf_str_of(name), -1);
    return BF_FAIL_WITH(
        err, BF_E_REQUEST,
        "The parameter %s %s; a key is expected there once, or " RIGHT ", or neither.", name, what);
}

static bool read_parameter(const struct bf_http_request *http, const char *name, struct found *f,
                           struct bf_err *err)
{
    struct bf_str value;
    size_t n = bf_http_params(http, name, &value, 1);
    if (n == 0)
        return true;
    if (n > 1)
        return wrong_parameter(err, name, "is given more than once");
    if (value.n == 0)
        return wrong_parameter(err, name, "is empty");
    if (!bf_authorization_is_word(value))
        return wrong_parameter(err, name, "has characters that are not visible ASCII");
    if (f->where) {
        bf_err_at(err, bf_str_of(name), -1);
        return BF_FAIL_WITH(err, BF_E_REQUEST,
                            "The request carries %s, in %s and in the parameter %s; one key in one "
                            "place is expected.",
                            bf_str_eq(value, f->token) ? "a key twice" : "two different keys",
                            f->where, name);
    }
    f->token = value;
    f->where = name;
    return true;
}

bool bf_credential_find(const struct bf_http_request *http, bool push, struct bf_str *token,
                        struct bf_err *err)
{
    struct found f = {{NULL, 0}, NULL};
    bool ok = read_field(http->authorization, &f, err) && read_parameter(http, "apikey", &f, err) &&
              read_parameter(http, "access_token", &f, err) &&
              (!push || read_parameter(http, "pushkey", &f, err));
    *token = ok ? f.token : (struct bf_str){NULL, 0};
    return ok;
}
