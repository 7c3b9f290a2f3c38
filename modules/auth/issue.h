/*
 * auth/issue: making keys. Only who holds a private key does this: the command and the admin pool.
 *
 * Purpose    a pair of keys that signs, an order for a key of a partner and the token made of it, a
 *            key narrowed from another. The token is written by libjwt; its header must come out as
 *            auth/keyring expects it, byte for byte, and the token must verify, or it is not given
 *            out.
 * Ownership  everything that is made lies in the arena.
 * Errors     PARAMETER: an order that cannot be filled, with what it may have; INTERNAL: OpenSSL or
 *            libjwt refused.
 *
 *     struct bf_key_order o = {.kid = kid, .private_pem = pem, .sub = BF_STR("ilevia"),
 *                              .scope = BF_STR("read push:vlille-realtime"),
 *                              .issued = now, .expires = now + 90 * 86400,
 *                              .jti = bf_key_new_id(arena)};
 *     if (!bf_key_issue(arena, &o, &token, &err)) ...
 */
#ifndef BF_AUTH_ISSUE_H
#define BF_AUTH_ISSUE_H

#include "auth/key.h"

/* A new P-256 key pair as PEM texts in the arena. */
bool bf_key_generate(struct bf_arena *a, struct bf_str *private_pem, struct bf_str *public_pem,
                     struct bf_err *err);

struct bf_key_order {
    struct bf_str kid, private_pem;
    struct bf_str sub;                   /* 1 to 64 bytes of text */
    struct bf_str plan;                  /* id of a plan; empty: none is written */
    struct bf_str scope;                 /* blank-separated: auth/scope.h */
    struct bf_narrowing narrow;          /* all zero: not narrowed */
    struct bf_str parent;                /* jti, or empty */
    int64_t issued, not_before, expires; /* not_before 0: as issued */
    struct bf_str jti;                   /* BF_KEY_ID characters, made by bf_key_new_id */
};
bool bf_key_issue(struct bf_arena *a, const struct bf_key_order *order, struct bf_str *token,
                  struct bf_err *err);
struct bf_str bf_key_new_id(struct bf_arena *a);

/* Makes the order for a key narrowed from `parent`: what it leaves empty or 0 (scope, narrowing,
 * expires) is the parent's; partner and plan always are. PARAMETER: it asks for more than the
 * parent has. Signing key, jti and issued are the caller's. */
bool bf_key_narrow(struct bf_arena *a, const struct bf_claims *parent, struct bf_key_order *order,
                   struct bf_err *err);

/* Gives the order the narrowing of the key `old`, of which only jti and narrow are looked at, and a
 * part in its rate: as long as both are valid, they have it together. Where `old` takes part in
 * BF_KEY_SHARES others already, the successor begins a rate of its own. */
bool bf_key_succeed(struct bf_arena *a, const struct bf_claims *old, struct bf_key_order *order,
                    struct bf_err *err);

#endif
