#include "auth/claims.h"

#include "catalog/names.h"
#include "value/member.h"

#include <jansson.h>

#include <string.h>

enum { DAY_S = 86400 };

struct reading {
    struct bf_arena *arena;
    struct bf_claims *out;
};

/* ---- kinds of values ---- */

/* A text, copied; an empty one is as bad as none. */
static bool text_of(struct reading *r, const json_t *v, struct bf_str *out)
{
    if (!json_is_string(v) || json_string_length(v) == 0)
        return false;
    *out = bf_arena_dup(r->arena, (struct bf_str){json_string_value(v), json_string_length(v)});
    return out->p != NULL;
}

/* NumericDate as we write it: a whole number, never text or real. */
static bool date_of(const json_t *v, int64_t *out)
{
    if (!json_is_integer(v) || json_integer_value(v) <= 0)
        return false;
    *out = json_integer_value(v);
    return true;
}

/* A list that is there has something in it: none at all would read as "everything". */
static bool texts_of(struct reading *r, const json_t *v, size_t most, const struct bf_str **out,
                     size_t *n)
{
    size_t many = json_array_size(v);
    if (!json_is_array(v) || many == 0 || many > most)
        return false;
    struct bf_str *list = bf_arena_zalloc(r->arena, many, sizeof *list);
    for (size_t i = 0; i < many; i++)
        if (!list || !text_of(r, json_array_get(v, i), &list[i]))
            return false;
    *out = list;
    *n = many;
    return true;
}

static bool is_text(const json_t *v, const char *wanted)
{
    return json_is_string(v) && json_string_length(v) == strlen(wanted) &&
           strcmp(json_string_value(v), wanted) == 0;
}

/* ---- each claim: false when its value is not one that we write ---- */

static bool read_aud(struct reading *r, const json_t *v)
{
    (void)r;
    return is_text(v, BF_KEY_AUDIENCE);
}

static bool read_iss(struct reading *r, const json_t *v)
{
    (void)r;
    return is_text(v, BF_KEY_ISSUER);
}

static bool read_sub(struct reading *r, const json_t *v)
{
    return text_of(r, v, &r->out->sub) && bf_partner_is_good(r->out->sub);
}

static bool read_jti(struct reading *r, const json_t *v)
{
    return text_of(r, v, &r->out->jti) && bf_key_id_is_good(r->out->jti);
}

static bool read_parent(struct reading *r, const json_t *v)
{
    return text_of(r, v, &r->out->parent) && bf_key_id_is_good(r->out->parent);
}

static bool read_plan(struct reading *r, const json_t *v)
{
    return text_of(r, v, &r->out->plan) && bf_plan_is_good(r->out->plan);
}

static bool read_exp(struct reading *r, const json_t *v)
{
    return date_of(v, &r->out->expires);
}

static bool read_iat(struct reading *r, const json_t *v)
{
    return date_of(v, &r->out->issued);
}

static bool read_nbf(struct reading *r, const json_t *v)
{
    return date_of(v, &r->out->not_before);
}

static bool read_scope(struct reading *r, const json_t *v)
{
    struct bf_str text;
    if (!text_of(r, v, &text) || !bf_scope_is_good(text))
        return false;
    struct bf_str *scopes = bf_arena_zalloc(r->arena, BF_KEY_SCOPES, sizeof *scopes);
    if (!scopes)
        return false;
    while (text.p) {
        struct bf_str one = bf_str_cut(text, ' ', &text);
        if (one.n)
            scopes[r->out->nscopes++] = one;
    }
    r->out->scopes = scopes;
    return true;
}

static bool read_datasets(struct reading *r, const json_t *v)
{
    struct bf_narrowing *n = &r->out->narrow;
    return texts_of(r, v, BF_KEY_DATASETS, &n->datasets, &n->ndatasets);
}

static bool read_origins(struct reading *r, const json_t *v)
{
    struct bf_narrowing *n = &r->out->narrow;
    return texts_of(r, v, BF_KEY_ORIGINS, &n->origins, &n->norigins);
}

static bool read_bbox(struct reading *r, const json_t *v)
{
    struct bf_key_box *b = &r->out->narrow.box;
    double *sides[] = {&b->west, &b->south, &b->east, &b->north};
    if (!json_is_array(v) || json_array_size(v) != 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        if (!json_is_number(json_array_get(v, i)))
            return false;
        *sides[i] = json_number_value(json_array_get(v, i));
    }
    return r->out->narrow.has_box = true;
}

static bool read_rate(struct reading *r, const json_t *v)
{
    return date_of(v, &r->out->narrow.rate);
}

/* An object: the id of a key and its rate. */
static bool read_rates(struct reading *r, const json_t *v)
{
    struct bf_narrowing *n = &r->out->narrow;
    size_t many = json_object_size(v);
    if (!json_is_object(v) || many == 0 || many > BF_KEY_SHARES)
        return false;
    struct bf_key_share *list = bf_arena_zalloc(r->arena, many, sizeof *list);
    const char *jti;
    json_t *rate;
    json_object_foreach((json_t *)(uintptr_t)v, jti, rate)
    {
        struct bf_key_share share = {.jti = bf_arena_dup(r->arena, bf_str_of(jti))};
        if (!list || !date_of(rate, &share.rate))
            return false;
        bf_narrowing_add_share(list, &n->nshares, share);
    }
    n->shares = list;
    return true;
}

/* The table; in the order in which a fault is told. */
static const struct claim {
    const char *name;
    bool needed;
    bool (*read)(struct reading *r, const json_t *v);
    const char *fault;
} table[] = {
    {"iss", true, read_iss, "wrong issuer"},
    {"aud", true, read_aud, "wrong audience"},
    {"sub", true, read_sub, "sub is not a partner's name"},
    {"jti", true, read_jti, "jti is not the id of a key"},
    {"iat", true, read_iat, "iat is not a whole number of seconds"},
    {"nbf", true, read_nbf, "nbf is not a whole number of seconds"},
    {"exp", true, read_exp, "exp is not a whole number of seconds"},
    {"scope", true, read_scope, "scope is not a list of scopes"},
    {"plan", false, read_plan, "plan is not the id of a plan"},
    {"parent", false, read_parent, "parent is not the id of a key"},
    {"datasets", false, read_datasets, "datasets is not a list of ids"},
    {"origins", false, read_origins, "origins is not a list of origins"},
    {"bbox", false, read_bbox, "bbox is not four numbers"},
    {"rate", false, read_rate, "rate is not a whole number"},
    {"rates", false, read_rates, "rates is not a list of keys and their rates"},
};
enum { CLAIMS = sizeof table / sizeof table[0] };

static const char *read_all(struct reading *r, const json_t *claims)
{
    size_t known = 0;
    for (size_t i = 0; i < CLAIMS; i++) {
        const json_t *v = json_object_get(claims, table[i].name);
        if (v ? !table[i].read(r, v) : table[i].needed)
            return table[i].fault;
        known += v != NULL;
    }
    return known == json_object_size(claims) ? NULL : "a claim that we do not issue";
}

static const char *check_life(const struct bf_claims *c)
{
    bool good = c->expires > c->not_before && c->not_before >= c->issued &&
                c->expires - c->issued <= (int64_t)BF_KEY_DAYS_MAX * DAY_S;
    return good ? NULL : "a life that we do not give";
}

const char *bf_claims_untimely(const struct bf_claims *c, int64_t now)
{
    if (now - BF_KEY_SKEW_S >= c->expires)
        return "expired";
    return c->not_before - BF_KEY_SKEW_S > now ? "not valid yet" : NULL;
}

static const char *check(struct bf_arena *a, const json_t *claims, struct bf_claims *out)
{
    struct reading r = {a, out};
    if (!json_is_object(claims))
        return "the payload is not a JSON object";
    out->plan = BF_STR(BF_KEY_PLAN);
    const char *why = read_all(&r, claims);
    if (!why)
        why = bf_narrowing_wrong(&out->narrow);
    return why ? why : check_life(out);
}

const char *bf_claims_read(struct bf_arena *a, struct bf_str json, struct bf_claims *out)
{
    json_error_t at;
    json_t *claims = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, &at);
    const char *why = claims ? check(a, claims, out) : "the payload is not JSON";
    json_decref(claims);
    return why;
}

bool bf_plan_is_good(struct bf_str id)
{
    return bf_names_is_id(id);
}

bool bf_partner_is_good(struct bf_str sub)
{
    for (size_t i = 0; i < sub.n; i++)
        if ((unsigned char)sub.p[i] < 0x20 || sub.p[i] == 0x7F)
            return false;
    return sub.n > 0 && sub.n <= BF_KEY_SUB && bf_str_is_utf8(sub);
}

bool bf_claims_allow(const struct bf_claims *claims, struct bf_str action, struct bf_str what)
{
    char text[128];
    if (action.n + what.n + 1 > sizeof text)
        return false;
    memcpy(text, action.p, action.n);
    size_t n = action.n;
    if (what.n) {
        text[n++] = ':';
        memcpy(text + n, what.p, what.n);
        n += what.n;
    }
    for (size_t i = 0; i < claims->nscopes; i++)
        if (bf_scope_covers(claims->scopes[i], (struct bf_str){text, n}))
            return true;
    return false;
}

/* ---- writing ---- */

static void print_text(struct bf_buf *out, const char *name, struct bf_str value)
{
    if (value.n)
        bf_member_text(out, name, value);
}

void bf_claims_print(struct bf_buf *out, const struct bf_key_order *o)
{
    bf_buf_text(out, "{\"iss\":\"" BF_KEY_ISSUER "\",\"aud\":\"" BF_KEY_AUDIENCE "\"");
    print_text(out, "sub", o->sub);
    print_text(out, "jti", o->jti);
    print_text(out, "scope", o->scope);
    print_text(out, "plan", o->plan);
    print_text(out, "parent", o->parent);
    bf_member_int(out, "iat", o->issued);
    bf_member_int(out, "nbf", o->not_before ? o->not_before : o->issued);
    bf_member_int(out, "exp", o->expires);
    bf_narrowing_members(out, &o->narrow);
    bf_buf_char(out, '}');
}
