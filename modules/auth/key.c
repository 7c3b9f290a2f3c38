#include "auth/key.h"

#include "auth/base64url.h"
#include "auth/claims.h"
#include "auth/keyring.h"
#include "core/digest.h"

#include <string.h>

enum { SIGNATURE = 64 };

struct parts {
    struct bf_str header, payload, signature, signed_text;
};

/* Exactly three segments. The alphabet of each is checked by what decodes or compares it. */
static bool split(struct bf_str token, struct parts *out)
{
    struct bf_str rest;
    if (token.n == 0 || token.n > BF_KEY_TOKEN)
        return false;
    out->header = bf_str_cut(token, '.', &rest);
    out->payload = bf_str_cut(rest, '.', &out->signature);
    if (!rest.p || !out->signature.p || memchr(out->signature.p, '.', out->signature.n))
        return false;
    out->signed_text = (struct bf_str){token.p, out->header.n + 1 + out->payload.n};
    return out->header.n && out->payload.n && out->signature.n;
}

/* What is wrong with a token that is seen for the first time, or NULL. Cheapest check first. */
static const char *read(const struct bf_ring_key *key, struct bf_arena *a,
                        const struct parts *parts, struct bf_claims *out)
{
    unsigned char signature[SIGNATURE];
    unsigned char payload[BF_KEY_TOKEN];
    if (bf_base64url_decode(parts->signature, signature, sizeof signature) != SIGNATURE)
        return "the signature is not 64 bytes of canonical base64url";
    size_t n = bf_base64url_decode(parts->payload, payload, sizeof payload);
    if (n == BF_BASE64_BAD)
        return "the payload is not canonical base64url";
    if (!bf_keyring_check(key, parts->signed_text, signature))
        return "the signature is wrong";
    out->kid = bf_arena_dup(a, bf_keyring_kid(key));
    if (!out->kid.p)
        return "no memory";
    return bf_claims_read(a, (struct bf_str){(const char *)payload, n}, out);
}

/* The digest is of the whole text, so what is known again is canonical. */
static const char *judge(const struct bf_keyring *ring, struct bf_arena *a, struct bf_str token,
                         int64_t now, struct bf_claims *out)
{
    struct parts parts;
    unsigned char digest[BF_DIGEST_BYTES];
    if (!split(token, &parts))
        return "not three segments of at most 1,024 bytes";
    const struct bf_ring_key *key = bf_keyring_find(ring, parts.header);
    if (!key)
        return "the header is not one that we write";
    bf_digest_of(token, digest);
    const struct bf_remembered *known = bf_keyring_seen(ring, digest);
    if (known)
        return bf_remembered_give(known, a, out) ? bf_claims_untimely(out, now) : "no memory";
    const char *why = read(key, a, &parts, out);
    if (why)
        return why;
    bf_keyring_remember(ring, digest, out);
    return bf_claims_untimely(out, now);
}

bool bf_key_verify(const struct bf_keyring *ring, struct bf_arena *a, struct bf_str token,
                   int64_t now, struct bf_claims *out, struct bf_err *err)
{
    *out = (struct bf_claims){0};
    const char *why = judge(ring, a, token, now, out);
    if (!why)
        return true;
    *out = (struct bf_claims){0};
    BF_FAIL_WITH(err, BF_E_UNAUTHORIZED, "The key is not valid.");
    bf_err_detail(err, "key refused: %s", why);
    return false;
}

bool bf_key_is_foreign(const struct bf_keyring *ring, struct bf_str token)
{
    struct parts parts;
    return split(token, &parts) && !bf_keyring_find(ring, parts.header);
}

bool bf_key_is_remembered(const struct bf_keyring *ring, struct bf_str token)
{
    unsigned char digest[BF_DIGEST_BYTES];
    bf_digest_of(token, digest);
    return bf_keyring_seen(ring, digest) != NULL;
}

bool bf_key_recall(const struct bf_keyring *ring, struct bf_arena *a, struct bf_str token,
                   struct bf_claims *out)
{
    unsigned char digest[BF_DIGEST_BYTES];
    bf_digest_of(token, digest);
    const struct bf_remembered *known = bf_keyring_seen(ring, digest);
    *out = (struct bf_claims){0};
    return known && bf_remembered_give(known, a, out);
}
