/*
 * auth/claims: what the payload of a token says (RFC 7519 section 4).
 *
 * Purpose    one table of the claims that a token may have: how each is written when a key is
 *            issued, and read, with its type and its bounds checked, after the signature was found
 *            good. What is not in the table is refused (RFC 8725 section 2.8 and 3.10: accept what
 *            you issue): a claim that we do not know may be one that takes away.
 * Ownership  texts lie in the arena.
 * Errors     bf_claims_read gives NULL when the claims are good, else what is wrong (for the log).
 */
#ifndef BF_AUTH_CLAIMS_H
#define BF_AUTH_CLAIMS_H

#include "auth/issue.h"
#include "core/buf.h"

#define BF_KEY_ISSUER "beffroi"
#define BF_KEY_AUDIENCE "beffroi-api"

enum { BF_KEY_SKEW_S = 30, BF_KEY_SUB = 64 };

const char *bf_claims_read(struct bf_arena *a, struct bf_str json, struct bf_claims *out);

/* NULL, or that they are not valid now (seconds since 1970). */
const char *bf_claims_untimely(const struct bf_claims *claims, int64_t now);

/* The payload as JSON. */
void bf_claims_print(struct bf_buf *out, const struct bf_key_order *order);

bool bf_plan_is_good(struct bf_str id);     /* [a-z][a-z0-9_-]{0,62} */
bool bf_partner_is_good(struct bf_str sub); /* 1 to 64 bytes of UTF-8 without controls */

#endif
