/*
 * auth/claims: what the payload of a token says (RFC 7519 section 4).
 *
 * Purpose    reading the payload after its signature was found good, with the type of every claim
 *            checked; and whether the claims allow an action.
 * Ownership  texts lie in the arena.
 * Errors     bf_claims_read gives NULL when the claims are good, else what is wrong (for the log).
 */
#ifndef BF_AUTH_CLAIMS_H
#define BF_AUTH_CLAIMS_H

#include "auth/key.h"

#define BF_KEY_ISSUER "beffroi"
#define BF_KEY_AUDIENCE "beffroi-api"

enum { BF_KEY_SKEW_S = 30, BF_KEY_SCOPES = 32 };

const char *bf_claims_read(struct bf_arena *a, struct bf_str json, int64_t now,
                           struct bf_claims *out);

#endif
