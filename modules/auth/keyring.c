#include "auth/keyring.h"

#include "auth/base64url.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 64, KID_MAX = 32, HEADER_MAX = 128, PEM_MAX = 4096 };

struct bf_ring_key {
    char kid[KID_MAX];
    size_t kid_n;
    char header[HEADER_MAX];
    size_t header_n;
    EVP_PKEY *pkey; /* never NULL: a key without it is not added */
};

/* Where the claims of known tokens lie: a digest says which set, and takes its oldest place. So the
 * devices of an event seldom drive each other out. */
enum { SETS = 128, WAYS = 4 };

struct seen {
    unsigned char digest[BF_DIGEST_BYTES];
    bool used;
    struct bf_remembered claims;
};

struct seen_set {
    struct seen ways[WAYS];
    size_t oldest;
};

struct bf_keyring {
    struct bf_ring_key keys[KEYS];
    size_t n;
    struct seen_set *seen; /* SETS of them */
};

struct bf_keyring *bf_keyring_new(void)
{
    struct bf_keyring *ring = calloc(1, sizeof *ring);
    struct seen_set *seen = calloc(SETS, sizeof *seen);
    if (!ring || !seen) {
        free(ring);
        free(seen);
        return NULL;
    }
    ring->seen = seen;
    return ring;
}

void bf_keyring_free(struct bf_keyring *ring)
{
    if (!ring)
        return;
    for (size_t i = 0; i < ring->n; i++)
        EVP_PKEY_free(ring->keys[i].pkey);
    free(ring->seen);
    free(ring);
}

bool bf_kid_is_good(struct bf_str kid)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    for (size_t i = 0; i < kid.n; i++)
        if (!memchr(allowed, kid.p[i], sizeof allowed - 1))
            return false;
    return kid.n > 0 && kid.n <= KID_MAX;
}

void bf_keyring_header(struct bf_buf *out, struct bf_str kid)
{
    char json[HEADER_MAX];
    int n = snprintf(json, sizeof json, "{\"alg\":\"ES256\",\"kid\":\"%.*s\",\"typ\":\"JWT\"}",
                     BF_STR_ARG(kid));
    bf_base64url_encode(out, json, (size_t)n);
}

/* A key on P-256, whatever else a PEM may hold: the curve is part of ES256. */
static EVP_PKEY *read_public(struct bf_str pem)
{
    char group[32] = "";
    BIO *bio = pem.n <= PEM_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
    EVP_PKEY *pkey = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    if (pkey && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
        EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1 &&
        strcmp(group, "prime256v1") == 0)
        return pkey;
    EVP_PKEY_free(pkey);
    return NULL;
}

static bool known(const struct bf_keyring *ring, struct bf_str kid)
{
    for (size_t i = 0; i < ring->n; i++)
        if (bf_str_eq(bf_keyring_kid(&ring->keys[i]), kid))
            return true;
    return false;
}

bool bf_keyring_add(struct bf_keyring *ring, const struct bf_public_key *key, struct bf_err *err)
{
    if (!bf_kid_is_good(key->kid))
        return BF_FAIL_WITH(err, BF_E_INTERNAL, "A signing key has a bad name.");
    if (known(ring, key->kid))
        return true;
    if (ring->n == KEYS)
        return BF_FAIL_WITH(err, BF_E_INTERNAL, "There are more than %d signing keys.", KEYS);
    EVP_PKEY *pkey = read_public(key->pem);
    if (!pkey)
        return BF_FAIL_WITH(err, BF_E_INTERNAL, "Signing key %.*s is not a public P-256 key.",
                            BF_STR_ARG(key->kid));
    struct bf_ring_key *k = &ring->keys[ring->n];
    struct bf_buf header;
    bf_buf_init(&header, HEADER_MAX);
    bf_keyring_header(&header, key->kid);
    if (bf_buf_failed(&header)) {
        EVP_PKEY_free(pkey);
        bf_buf_fini(&header);
        return BF_FAIL_WITH(err, BF_E_MEMORY, "The server has no memory left for this request.");
    }
    memcpy(k->header, header.p, header.n);
    k->header_n = header.n;
    memcpy(k->kid, key->kid.p, key->kid.n);
    k->kid_n = key->kid.n;
    k->pkey = pkey;
    ring->n++;
    bf_buf_fini(&header);
    return true;
}

const struct bf_ring_key *bf_keyring_find(const struct bf_keyring *ring, struct bf_str header)
{
    for (size_t i = 0; i < ring->n; i++) {
        const struct bf_ring_key *k = &ring->keys[i];
        if (bf_str_eq((struct bf_str){k->header, k->header_n}, header))
            return k;
    }
    return NULL;
}

struct bf_str bf_keyring_kid(const struct bf_ring_key *key)
{
    return (struct bf_str){key->kid, key->kid_n};
}

const struct bf_ring_key *bf_keyring_at(const struct bf_keyring *ring, size_t i)
{
    return i < ring->n ? &ring->keys[i] : NULL;
}

static bool coordinate(const EVP_PKEY *pkey, const char *name, unsigned char out[32])
{
    BIGNUM *v = NULL;
    bool ok = EVP_PKEY_get_bn_param(pkey, name, &v) == 1 && BN_bn2binpad(v, out, 32) == 32;
    BN_free(v);
    return ok;
}

bool bf_keyring_point(const struct bf_ring_key *key, unsigned char point[64])
{
    return coordinate(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, point) &&
           coordinate(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, point + 32);
}

/* r and s as the DER that OpenSSL wants; the caller frees *der. 0: not possible. */
static int to_der(const unsigned char signature[64], unsigned char **der)
{
    int n = 0;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, 32, NULL);
    BIGNUM *s = BN_bin2bn(signature + 32, 32, NULL);
    if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
        r = s = NULL; /* they belong to sig now */
        n = i2d_ECDSA_SIG(sig, der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return n > 0 ? n : 0;
}

bool bf_keyring_check(const struct bf_ring_key *key, struct bf_str text,
                      const unsigned char signature[64])
{
    unsigned char *der = NULL;
    int n = to_der(signature, &der);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = n && ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
                EVP_DigestVerify(ctx, der, (size_t)n, (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(ctx);
    OPENSSL_free(der);
    return good;
}

const struct bf_remembered *bf_keyring_seen(const struct bf_keyring *ring,
                                            const unsigned char digest[BF_DIGEST_BYTES])
{
    const struct seen_set *set = &ring->seen[digest[0] % SETS];
    for (const struct seen *s = set->ways; s < set->ways + WAYS; s++)
        if (s->used && memcmp(s->digest, digest, BF_DIGEST_BYTES) == 0)
            return &s->claims;
    return NULL;
}

void bf_keyring_remember(const struct bf_keyring *ring, const unsigned char digest[BF_DIGEST_BYTES],
                         const struct bf_claims *claims)
{
    struct seen_set *set = &ring->seen[digest[0] % SETS];
    struct seen *s = &set->ways[set->oldest];
    set->oldest = (set->oldest + 1) % WAYS;
    memcpy(s->digest, digest, BF_DIGEST_BYTES);
    s->used = bf_remembered_put(&s->claims, claims);
}

static bool has_same(const struct bf_keyring *ring, const struct bf_ring_key *key)
{
    for (size_t i = 0; i < ring->n; i++)
        if (bf_str_eq(bf_keyring_kid(&ring->keys[i]), bf_keyring_kid(key)))
            return EVP_PKEY_eq(ring->keys[i].pkey, key->pkey) == 1;
    return false;
}

void bf_keyring_inherit(struct bf_keyring *ring, struct bf_keyring *old)
{
    for (size_t i = 0; i < old->n; i++)
        if (!has_same(ring, &old->keys[i]))
            return;
    struct seen_set *seen = ring->seen;
    ring->seen = old->seen;
    old->seen = seen;
}
