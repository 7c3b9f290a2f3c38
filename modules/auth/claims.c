#include "auth/claims.h"

#include <jansson.h>

#include <string.h>

/* A text claim, copied; an empty one is as bad as none. */
static bool text_of(struct bf_arena *a, const json_t *claims, const char *name, struct bf_str *out)
{
    const json_t *v = json_object_get(claims, name);
    if (!json_is_string(v) || json_string_length(v) == 0)
        return false;
    *out = bf_arena_dup(a, (struct bf_str){json_string_value(v), json_string_length(v)});
    return out->p != NULL;
}

static bool is_text(const json_t *claims, const char *name, const char *wanted)
{
    const json_t *v = json_object_get(claims, name);
    return json_is_string(v) && strcmp(json_string_value(v), wanted) == 0;
}

/* NumericDate as we write it: a whole number, never text or real. */
static bool date_of(const json_t *claims, const char *name, int64_t *out)
{
    const json_t *v = json_object_get(claims, name);
    if (!json_is_integer(v) || json_integer_value(v) <= 0)
        return false;
    *out = json_integer_value(v);
    return true;
}

static bool scopes_of(struct bf_arena *a, struct bf_str text, struct bf_claims *out)
{
    struct bf_str *scopes = bf_arena_zalloc(a, BF_KEY_SCOPES, sizeof *scopes);
    size_t n = 0;
    if (!scopes)
        return false;
    while (text.p) {
        struct bf_str scope = bf_str_cut(text, ' ', &text);
        if (scope.n && n == BF_KEY_SCOPES)
            return false;
        if (scope.n)
            scopes[n++] = scope;
    }
    out->scopes = scopes;
    out->nscopes = n;
    return n > 0;
}

static const char *check_times(const json_t *claims, int64_t now, struct bf_claims *out)
{
    int64_t not_before = 0;
    if (!date_of(claims, "exp", &out->expires))
        return "exp is missing or not a whole number";
    if (!date_of(claims, "iat", &out->issued))
        return "iat is missing or not a whole number";
    if (json_object_get(claims, "nbf") && !date_of(claims, "nbf", &not_before))
        return "nbf is not a whole number";
    if (now - BF_KEY_SKEW_S >= out->expires)
        return "expired";
    if (not_before - BF_KEY_SKEW_S > now || out->issued - BF_KEY_SKEW_S > now)
        return "not valid yet";
    return NULL;
}

static const char *check(struct bf_arena *a, const json_t *claims, int64_t now,
                         struct bf_claims *out)
{
    struct bf_str scope;
    if (!json_is_object(claims))
        return "the payload is not a JSON object";
    if (!is_text(claims, "iss", BF_KEY_ISSUER))
        return "wrong issuer";
    if (!is_text(claims, "aud", BF_KEY_AUDIENCE))
        return "wrong audience";
    if (!text_of(a, claims, "sub", &out->sub) || !text_of(a, claims, "jti", &out->jti))
        return "sub or jti is missing";
    if (!text_of(a, claims, "scope", &scope) || !scopes_of(a, scope, out))
        return "scope is missing or too long";
    return check_times(claims, now, out);
}

const char *bf_claims_read(struct bf_arena *a, struct bf_str json, int64_t now,
                           struct bf_claims *out)
{
    json_error_t at;
    json_t *claims = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, &at);
    const char *why = claims ? check(a, claims, now, out) : "the payload is not JSON";
    json_decref(claims);
    return why;
}

bool bf_claims_allow(const struct bf_claims *claims, struct bf_str action, struct bf_str dataset)
{
    for (size_t i = 0; i < claims->nscopes; i++) {
        struct bf_str what;
        struct bf_str verb = bf_str_cut(claims->scopes[i], ':', &what);
        if (!bf_str_eq(verb, action))
            continue;
        if (bf_str_eq(what, BF_STR("*")) || (what.n && bf_str_eq(what, dataset)))
            return true;
    }
    return false;
}
