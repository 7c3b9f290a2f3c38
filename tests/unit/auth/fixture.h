/*
 * What the tests of modules/auth share: a pair of signing keys, a ring that knows it, and the
 * claims of the token that was read last.
 */
#ifndef TESTS_AUTH_FIXTURE_H
#define TESTS_AUTH_FIXTURE_H

#include "auth/issue.h"
#include "auth/keyring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One key pair for the whole run; NOW is an instant in the life of every key made here. */
#define NOW INT64_C(1795000000)
#define KID "20261123-test"

static struct bf_arena *arena;
static struct bf_str secret_pem, open_pem;
static struct bf_keyring *ring;
static struct bf_err err;
static struct bf_claims claims;

static inline int setup(void **state)
{
    (void)state;
    arena = bf_arena_new(16u << 20);
    bf_err_clear(&err);
    assert_true(bf_key_generate(arena, &secret_pem, &open_pem, &err));
    ring = bf_keyring_new();
    assert_true(bf_keyring_add(ring, &(struct bf_public_key){BF_STR(KID), open_pem}, &err));
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    bf_keyring_free(ring);
    bf_arena_free(arena);
    return 0;
}

static inline struct bf_key_order order(void)
{
    return (struct bf_key_order){.kid = BF_STR(KID),
                                 .private_pem = secret_pem,
                                 .sub = BF_STR("ilevia"),
                                 .scope =
                                     BF_STR("push:vlille-realtime push:disponibilite-parkings"),
                                 .issued = NOW,
                                 .expires = NOW + 86400,
                                 .jti = bf_key_new_id(arena)};
}

static inline struct bf_str issue(void)
{
    struct bf_key_order o = order();
    struct bf_str token;
    bf_err_clear(&err);
    assert_true(bf_key_issue(arena, &o, &token, &err));
    return token;
}

static inline bool accepts_at(struct bf_str token, int64_t now)
{
    bf_err_clear(&err);
    bool ok = bf_key_verify(ring, arena, token, now, &claims, &err);
    if (!ok) {
        assert_int_equal(err.code, BF_E_UNAUTHORIZED);
        assert_int_equal(err.http, 401);
        assert_string_equal(err.message, "The key is not valid."); /* the same for every cause */
        assert_true(err.detail[0]);
        assert_null(claims.sub.p);
        assert_int_equal(claims.nscopes, 0);
    }
    return ok;
}

static inline bool accepts(struct bf_str token)
{
    return accepts_at(token, NOW);
}

static inline struct bf_key_order child(void)
{
    return (struct bf_key_order){
        .kid = BF_STR(KID), .private_pem = secret_pem, .issued = NOW, .jti = bf_key_new_id(arena)};
}

static inline bool narrows(const struct bf_claims *parent, struct bf_key_order *o)
{
    struct bf_str token;
    bf_err_clear(&err);
    if (!bf_key_narrow(arena, parent, o, &err)) {
        assert_int_equal(err.code, BF_E_PARAMETER);
        return false;
    }
    assert_true(bf_key_issue(arena, o, &token, &err));
    assert_true(accepts(token));
    assert_true(accepts(token)); /* what is remembered of it is the same */
    return true;
}

#endif
