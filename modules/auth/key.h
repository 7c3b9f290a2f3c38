/*
 * auth/key: keys of partners: JSON Web Tokens, ES256 (RFC 7519, RFC 8725).
 *
 * Purpose    judging a key (auth/issue makes them). A key is accepted only when its header segment
 *            is, byte for byte, the header that we write for a kid we know; the algorithm is thus
 *            pinned before anything of the token is parsed.
 * Ownership  a key ring belongs to its process and holds parsed keys and the digests of tokens
 *            that were found good, with their claims (whether it is their time is judged every
 *            time); claims lie in the request's arena. The private key is read from
 *            run_dir/keys/<kid>.pem by the command alone; workers hold public keys.
 * Limits     1,024 bytes, exactly two dots, canonical base64url.
 * Errors     UNAUTHORIZED with one text for every cause; the cause goes to err->detail.
 * Units      instants in seconds since 1970 (RFC 7519 NumericDate); 30 s of clock skew for nbf and
 *            exp.
 */
#ifndef BF_AUTH_KEY_H
#define BF_AUTH_KEY_H

#include "auth/narrow.h"
#include "auth/scope.h"
#include "core/arena.h"
#include "core/err.h"

enum { BF_KEY_ID = 12, BF_KEY_DAYS_MAX = 400, BF_KEY_TOKEN = 1024 /* bytes */ };

struct bf_claims {
    struct bf_str jti, sub, kid;
    struct bf_str plan;          /* its id; BF_KEY_PLAN when the token has none */
    const struct bf_str *scopes; /* "read", "push:vlille-realtime": see auth/scope.h */
    size_t nscopes;
    struct bf_narrowing narrow;
    struct bf_str parent; /* jti of the key it was narrowed from; empty: none */
    int64_t issued, not_before, expires;
};

#define BF_KEY_PLAN "partner"

/* A signing key as catalog.signing_key has it; store/ reads the rows, auth/ knows nothing of the
 * database. */
struct bf_public_key {
    struct bf_str kid, pem;
};

struct bf_keyring;

struct bf_keyring *bf_keyring_new(void);
void bf_keyring_free(struct bf_keyring *ring);
bool bf_keyring_add(struct bf_keyring *ring, const struct bf_public_key *key, struct bf_err *err);

/* Takes over what an older ring remembers, when this one has all of its keys unchanged. */
void bf_keyring_inherit(struct bf_keyring *ring, struct bf_keyring *old);

/* now: seconds since 1970. */
bool bf_key_verify(const struct bf_keyring *ring, struct bf_arena *a, struct bf_str token,
                   int64_t now, struct bf_claims *out, struct bf_err *err);
/* Whether a well-shaped token has a header that is of no key in the ring: a sign that the ring may
 * be older than the key. */
bool bf_key_is_foreign(const struct bf_keyring *ring, struct bf_str token);
/* Whether the claims have the scope `action:what`; an empty `what` asks for the bare `action`. */
bool bf_claims_allow(const struct bf_claims *claims, struct bf_str action, struct bf_str what);

/* Whether bf_key_verify has found its signature good and remembers it. */
bool bf_key_is_remembered(const struct bf_keyring *ring, struct bf_str token);
/* Then its claims, whatever its time, so that its holder can be told more than others are. No
 * reason to believe it. */
bool bf_key_recall(const struct bf_keyring *ring, struct bf_arena *a, struct bf_str token,
                   struct bf_claims *out);

bool bf_key_id_is_good(struct bf_str jti); /* 12 characters of Crockford's base32, lower case */

#endif
