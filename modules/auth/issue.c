#include "auth/issue.h"

#include "auth/claims.h"
#include "auth/keyring.h"
#include "core/crockford.h"

#include <jwt.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum { PAYLOAD_MAX = 16 * 1024 };

static bool failed(struct bf_err *err, const char *what)
{
    return BF_FAIL_WITH(err, BF_E_INTERNAL, "The key cannot be made: %s.", what);
}

static struct bf_str take_bio(struct bf_arena *a, BIO *bio)
{
    char *p;
    long n = BIO_get_mem_data(bio, &p);
    return n > 0 ? bf_arena_dup(a, (struct bf_str){p, (size_t)n}) : (struct bf_str){NULL, 0};
}

bool bf_key_generate(struct bf_arena *a, struct bf_str *private_pem, struct bf_str *public_pem,
                     struct bf_err *err)
{
    EVP_PKEY *pkey = EVP_EC_gen("prime256v1");
    BIO *secret = BIO_new(BIO_s_mem());
    BIO *open = BIO_new(BIO_s_mem());
    bool ok = pkey && secret && open &&
              PEM_write_bio_PKCS8PrivateKey(secret, pkey, NULL, NULL, 0, NULL, NULL) == 1 &&
              PEM_write_bio_PUBKEY(open, pkey) == 1;
    if (ok) {
        *private_pem = take_bio(a, secret);
        *public_pem = take_bio(a, open);
        ok = private_pem->p && public_pem->p;
    }
    BIO_free(secret);
    BIO_free(open);
    EVP_PKEY_free(pkey);
    return ok || failed(err, "OpenSSL made no key pair");
}

struct bf_str bf_key_new_id(struct bf_arena *a)
{
    unsigned char random[BF_KEY_ID];
    char id[BF_KEY_ID];
    if (RAND_bytes(random, sizeof random) != 1)
        return (struct bf_str){NULL, 0};
    for (size_t i = 0; i < BF_KEY_ID; i++)
        id[i] = bf_crockford_digit(random[i]);
    return bf_arena_dup(a, (struct bf_str){id, BF_KEY_ID});
}

bool bf_key_id_is_good(struct bf_str jti)
{
    uint64_t bits;
    return jti.n == BF_KEY_ID && bf_crockford_read(jti, &bits);
}

static const char *bad_order(const struct bf_key_order *o)
{
    int64_t from = o->not_before ? o->not_before : o->issued;
    if (!bf_kid_is_good(o->kid))
        return "the name of the signing key is not valid";
    if (!bf_partner_is_good(o->sub))
        return "the partner's name must have 1 to 64 bytes";
    if (o->plan.n && !bf_plan_is_good(o->plan))
        return "plan: the id of a plan is expected, in lower case";
    if (!bf_scope_is_good(o->scope))
        return "a scope reads 'read', 'read:<name>', 'push:<dataset>', 'push:*', "
               "'publish:<publisher>', 'publish:*' or 'admin'; up to 32 are separated by blanks";
    if (!bf_key_id_is_good(o->jti) || (o->parent.n && !bf_key_id_is_good(o->parent)))
        return "the id of a key has 12 characters";
    if (o->issued <= 0 || from < o->issued || o->expires <= from ||
        o->expires - o->issued > INT64_C(86400) * BF_KEY_DAYS_MAX)
        return "a key lives at most 400 days, and ends after it begins";
    return bf_narrowing_wrong(&o->narrow);
}

/* libjwt wants NUL-terminated texts. */
static char *sign(struct bf_arena *a, const struct bf_key_order *o, const char *payload)
{
    jwt_t *jwt = NULL;
    struct bf_str pem = bf_arena_dup(a, o->private_pem);
    struct bf_str kid = bf_arena_dup(a, o->kid);
    if (!pem.p || !kid.p || jwt_new(&jwt) != 0)
        return NULL;
    int bad = jwt_set_alg(jwt, JWT_ALG_ES256, (const unsigned char *)pem.p, (int)pem.n) |
              jwt_add_header(jwt, "kid", kid.p) | jwt_add_grants_json(jwt, payload);
    char *token = bad ? NULL : jwt_encode_str(jwt);
    jwt_free(jwt);
    return token;
}

static char *encode(struct bf_arena *a, const struct bf_key_order *o)
{
    struct bf_buf payload;
    bf_buf_init(&payload, PAYLOAD_MAX);
    bf_claims_print(&payload, o);
    bf_buf_char(&payload, '\0');
    char *token = bf_buf_failed(&payload) ? NULL : sign(a, o, payload.p);
    bf_buf_fini(&payload);
    return token;
}

static struct bf_str public_of(struct bf_arena *a, struct bf_str private_pem)
{
    struct bf_str out = {NULL, 0};
    BIO *in = BIO_new_mem_buf(private_pem.p, (int)private_pem.n);
    BIO *bio = BIO_new(BIO_s_mem());
    EVP_PKEY *pkey = in ? PEM_read_bio_PrivateKey(in, NULL, NULL, NULL) : NULL;
    if (pkey && bio && PEM_write_bio_PUBKEY(bio, pkey) == 1)
        out = take_bio(a, bio);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    BIO_free(in);
    return out;
}

/* A token that our own workers would refuse must never reach a partner. Judged at the instant from
 * which it is valid. */
static bool verifies(struct bf_arena *a, const struct bf_key_order *o, struct bf_str token,
                     struct bf_err *err)
{
    struct bf_claims claims;
    struct bf_public_key key = {o->kid, public_of(a, o->private_pem)};
    struct bf_keyring *ring = bf_keyring_new();
    int64_t from = o->not_before ? o->not_before : o->issued;
    bool ok = ring && key.pem.p && bf_keyring_add(ring, &key, err) &&
              bf_key_verify(ring, a, token, from, &claims, err) && bf_str_eq(claims.sub, o->sub) &&
              claims.expires == o->expires;
    bf_keyring_free(ring);
    return ok || failed(err, "the token does not verify");
}

bool bf_key_issue(struct bf_arena *a, const struct bf_key_order *order, struct bf_str *token,
                  struct bf_err *err)
{
    const char *why = bad_order(order);
    if (why)
        return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s", why);
    char *text = encode(a, order);
    if (!text)
        return failed(err, "the signing key cannot be used");
    *token = bf_arena_dup(a, bf_str_of(text));
    free(text);
    if (!token->p)
        return failed(err, "no memory");
    if (token->n > BF_KEY_TOKEN)
        return BF_FAIL_WITH(err, BF_E_PARAMETER,
                            "The key would have %zu bytes, at most %d are accepted: name fewer "
                            "scopes, datasets or origins.",
                            token->n, BF_KEY_TOKEN);
    return verifies(a, order, *token, err);
}

/* ---- narrowing ---- */

static bool wider(struct bf_err *err, const char *what)
{
    return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s", what);
}

static bool covered(const struct bf_claims *parent, struct bf_str scope)
{
    while (scope.p) {
        struct bf_str one = bf_str_cut(scope, ' ', &scope);
        bool found = one.n == 0;
        for (size_t i = 0; i < parent->nscopes && !found; i++)
            found = bf_scope_covers(parent->scopes[i], one);
        if (!found)
            return false;
    }
    return true;
}

static struct bf_str joined(struct bf_arena *a, const struct bf_claims *parent)
{
    struct bf_str all = {NULL, 0};
    for (size_t i = 0; i < parent->nscopes; i++)
        all = bf_arena_printf(a, "%.*s%s%.*s", BF_STR_ARG(all), i ? " " : "",
                              BF_STR_ARG(parent->scopes[i]));
    return all;
}

static bool has_room(const struct bf_narrowing *above)
{
    return above->nshares + bf_narrowing_has_own_rate(above) <= BF_KEY_SHARES;
}

/* The parent's own rate is one of those that the child takes part in. NULL, or why it cannot be. */
static const char *share_rates(struct bf_arena *a, const struct bf_claims *parent,
                               struct bf_narrowing *child)
{
    const struct bf_narrowing *above = &parent->narrow;
    bool own = bf_narrowing_has_own_rate(above);
    size_t n = above->nshares;
    if (!has_room(above))
        return "rate: the key itself takes part in the rates of 4 others, of which each was less "
               "than the one before: none can be narrowed from it";
    struct bf_key_share *list = bf_arena_zalloc(a, n + 1, sizeof *list);
    if (!list)
        return "there is no memory left";
    for (size_t i = 0; i < n; i++)
        list[i] = above->shares[i];
    if (own)
        list[n++] = (struct bf_key_share){parent->jti, above->rate};
    child->shares = list;
    child->nshares = n;
    return NULL;
}

bool bf_key_narrow(struct bf_arena *a, const struct bf_claims *parent, struct bf_key_order *order,
                   struct bf_err *err)
{
    order->sub = parent->sub;
    order->plan = parent->plan;
    order->parent = parent->jti;
    if (order->scope.n == 0)
        order->scope = joined(a, parent);
    if (order->expires == 0)
        order->expires = parent->expires;
    if (order->not_before == 0)
        order->not_before = parent->not_before > order->issued ? parent->not_before : order->issued;
    if (!covered(parent, order->scope))
        return wider(err, "scope: the key itself does not have all of these scopes");
    if (order->expires > parent->expires || order->not_before < parent->not_before)
        return wider(err, "the key itself begins later or ends earlier");
    const char *why = share_rates(a, parent, &order->narrow);
    if (!why)
        why = bf_narrowing_under(&order->narrow, &parent->narrow);
    return !why || wider(err, why);
}

bool bf_key_succeed(struct bf_arena *a, const struct bf_claims *old, struct bf_key_order *order,
                    struct bf_err *err)
{
    order->narrow = old->narrow;
    const char *why = has_room(&old->narrow) ? share_rates(a, old, &order->narrow) : NULL;
    return !why || BF_FAIL_WITH(err, BF_E_MEMORY, "The successor cannot be made: %s.", why);
}
