/* Tokens from strangers. The first letter says what the rest is: t a token (one that begins with a
 * dot gets the right header in front), c the payload of one whose signature was right, b base64url,
 * s a scope, o an origin. What is accepted must be what we would issue: printed again it reads as
 * the same. */
#include "auth/base64url.h"
#include "auth/claims.h"
#include "auth/keyring.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1795000000 };

/* Of a pair whose private half was thrown away. */
static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
                          "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1p+cZ20HcYCQ6v6Qb+sKFRCjfUpK\n"
                          "r3ct1GNQSeVXtPLcIlFizFSDvY5BEOn4l3xeCuhRpLRT975B+5is5mlmig==\n"
                          "-----END PUBLIC KEY-----\n";

static void check(bool ok)
{
    if (!ok)
        abort();
}

static struct bf_keyring *ring(void)
{
    static struct bf_keyring *one;
    struct bf_err err;
    bf_err_clear(&err);
    if (!one) {
        one = bf_keyring_new();
        check(one &&
              bf_keyring_add(one, &(struct bf_public_key){BF_STR("fuzz"), bf_str_of(pem)}, &err));
    }
    return one;
}

/* Nobody has the private half, so nothing is a key. `.…` stands behind the right header. */
static void token(struct bf_arena *a, struct bf_str text)
{
    struct bf_claims claims;
    struct bf_err err;
    struct bf_buf b;
    bf_err_clear(&err);
    bf_buf_init(&b, 1 << 16);
    if (text.n && text.p[0] == '.')
        bf_keyring_header(&b, BF_STR("fuzz"));
    bf_buf_str(&b, text);
    check(!bf_key_verify(ring(), a, bf_buf_view(&b), NOW, &claims, &err));
    check(err.http == 401 && strcmp(err.message, "The key is not valid.") == 0);
    check(!claims.sub.p && !claims.nscopes);
    bf_key_is_foreign(ring(), bf_buf_view(&b));
    bf_buf_fini(&b);
}

static bool same(struct bf_str a, struct bf_str b)
{
    return bf_str_eq(a, b);
}

static void payload(struct bf_arena *a, struct bf_str text)
{
    struct bf_claims c, again;
    struct bf_buf b, scope;
    memset(&c, 0, sizeof c);
    memset(&again, 0, sizeof again);
    if (bf_claims_read(a, text, &c))
        return;
    bf_buf_init(&b, 1 << 16);
    bf_buf_init(&scope, 1 << 16);
    for (size_t i = 0; i < c.nscopes; i++) {
        bf_buf_str(&scope, c.scopes[i]);
        bf_buf_char(&scope, ' ');
    }
    struct bf_key_order o = {.sub = c.sub,
                             .plan = c.plan,
                             .scope = bf_buf_view(&scope),
                             .narrow = c.narrow,
                             .parent = c.parent,
                             .issued = c.issued,
                             .not_before = c.not_before,
                             .expires = c.expires,
                             .jti = c.jti};
    check(c.nscopes >= 1 && c.nscopes <= BF_KEY_SCOPES && bf_key_id_is_good(c.jti));
    check(!bf_narrowing_wrong(&c.narrow));
    bf_claims_print(&b, &o);
    check(!bf_claims_read(a, bf_buf_view(&b), &again));
    check(same(c.sub, again.sub) && same(c.jti, again.jti) && same(c.plan, again.plan) &&
          same(c.parent, again.parent) && c.nscopes == again.nscopes);
    check(c.issued == again.issued && c.not_before == again.not_before &&
          c.expires == again.expires && c.narrow.rate == again.narrow.rate);
    check(c.narrow.ndatasets == again.narrow.ndatasets &&
          c.narrow.norigins == again.narrow.norigins);
    check(memcmp(&c.narrow.box, &again.narrow.box, sizeof c.narrow.box) == 0);
    for (size_t i = 0; i < c.narrow.ndatasets; i++)
        check(same(c.narrow.datasets[i], again.narrow.datasets[i]));
    /* A key is always a child of itself. */
    check(!bf_narrowing_under(&again.narrow, &c.narrow));
    bf_buf_fini(&b);
    bf_buf_fini(&scope);
}

/* One text per run of bytes. */
static void base64(struct bf_str text)
{
    unsigned char bytes[1024];
    struct bf_buf b;
    size_t n = bf_base64url_decode(text, bytes, sizeof bytes);
    if (n == BF_BASE64_BAD)
        return;
    bf_buf_init(&b, 1 << 16);
    bf_base64url_encode(&b, bytes, n);
    check(bf_str_eq(bf_buf_view(&b), text));
    bf_buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct bf_str rest = {(const char *)data + 1, size - 1};
    struct bf_arena *a = bf_arena_new(1u << 20);
    if (data[0] == 't')
        token(a, rest);
    else if (data[0] == 'c')
        payload(a, rest);
    else if (data[0] == 'b')
        base64(rest);
    else if (data[0] == 's')
        check(!bf_scope_is_good(rest) || bf_str_is_utf8(rest));
    else if (data[0] == 'o')
        check(!bf_origin_is_good(rest) || (rest.n >= 8 && rest.n <= BF_KEY_ORIGIN));
    bf_arena_free(a);
    return 0;
}
