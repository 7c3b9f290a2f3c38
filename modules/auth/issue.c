#include "auth/issue.h"

#include "auth/claims.h"
#include "auth/keyring.h"

#include <jwt.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum { ID = 12, TOKEN_MAX = 1024 };

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
    static const char crockford[] = "0123456789abcdefghjkmnpqrstvwxyz";
    unsigned char random[ID];
    char id[ID];
    if (RAND_bytes(random, sizeof random) != 1)
        return (struct bf_str){NULL, 0};
    for (size_t i = 0; i < ID; i++)
        id[i] = crockford[random[i] & 31];
    return bf_arena_dup(a, (struct bf_str){id, ID});
}

static bool is_dataset(struct bf_str id)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    for (size_t i = 0; i < id.n; i++)
        if (!memchr(allowed, id.p[i], sizeof allowed - 1))
            return false;
    return id.n > 0 && id.n <= 63;
}

bool bf_scope_is_good(struct bf_str scope)
{
    size_t n = 0;
    while (scope.p) {
        struct bf_str dataset;
        struct bf_str one = bf_str_cut(scope, ' ', &scope);
        if (one.n == 0)
            continue;
        if (!bf_str_eq(bf_str_cut(one, ':', &dataset), BF_STR("push")))
            return false;
        if (!bf_str_eq(dataset, BF_STR("*")) && !is_dataset(dataset))
            return false;
        n++;
    }
    return n > 0 && n <= BF_KEY_SCOPES;
}

static bool is_plain(struct bf_str s)
{
    return s.n > 0 && s.n <= 64 && bf_str_is_utf8(s);
}

static const char *bad_order(const struct bf_key_order *o)
{
    if (!bf_kid_is_good(o->kid))
        return "the name of the signing key is not valid";
    if (!is_plain(o->sub))
        return "the partner's name must have 1 to 64 bytes";
    if (!bf_scope_is_good(o->scope))
        return "a scope reads 'push:<dataset>' or 'push:*', several are separated by blanks";
    if (o->jti.n != ID)
        return "the id of a key has 12 characters";
    if (o->expires <= o->issued || o->expires - o->issued > INT64_C(86400) * BF_KEY_DAYS_MAX)
        return "a key lives from 1 to 400 days";
    return NULL;
}

/* libjwt wants NUL-terminated texts. */
static int grant(jwt_t *jwt, struct bf_arena *a, const char *name, struct bf_str value)
{
    struct bf_str copy = bf_arena_dup(a, value);
    return copy.p ? jwt_add_grant(jwt, name, copy.p) : -1;
}

static char *encode(struct bf_arena *a, const struct bf_key_order *o)
{
    jwt_t *jwt = NULL;
    struct bf_str pem = bf_arena_dup(a, o->private_pem);
    struct bf_str kid = bf_arena_dup(a, o->kid);
    if (!pem.p || !kid.p || jwt_new(&jwt) != 0)
        return NULL;
    int bad = jwt_set_alg(jwt, JWT_ALG_ES256, (const unsigned char *)pem.p, (int)pem.n) |
              jwt_add_header(jwt, "kid", kid.p) | jwt_add_grant(jwt, "iss", BF_KEY_ISSUER) |
              jwt_add_grant(jwt, "aud", BF_KEY_AUDIENCE) | grant(jwt, a, "sub", o->sub) |
              grant(jwt, a, "jti", o->jti) | grant(jwt, a, "scope", o->scope) |
              jwt_add_grant_int(jwt, "iat", (long)o->issued) |
              jwt_add_grant_int(jwt, "nbf", (long)o->issued) |
              jwt_add_grant_int(jwt, "exp", (long)o->expires);
    char *token = bad ? NULL : jwt_encode_str(jwt);
    jwt_free(jwt);
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

/* A token that our own workers would refuse must never reach a partner. */
static bool verifies(struct bf_arena *a, const struct bf_key_order *o, struct bf_str token,
                     struct bf_err *err)
{
    struct bf_claims claims;
    struct bf_public_key key = {o->kid, public_of(a, o->private_pem)};
    struct bf_keyring *ring = bf_keyring_new();
    bool ok = ring && key.pem.p && bf_keyring_add(ring, &key, err) &&
              bf_key_verify(ring, a, token, o->issued, &claims, err) &&
              bf_str_eq(claims.sub, o->sub) && claims.expires == o->expires;
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
    if (!token->p || token->n > TOKEN_MAX)
        return failed(err, "it would be longer than 1,024 bytes");
    return verifies(a, order, *token, err);
}
