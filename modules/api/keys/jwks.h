/*
 * api/keys/jwks: /.well-known/jwks.json, the public keys that keys of partners are signed with.
 *
 * Promise    what is listed is what this server believes now. A signing key is listed at least
 *            BF_JWKS_AGE_S before it signs (whoever rotates sees to that), and until the last key
 *            that it signed has ended; one that was revoked leaves at once, here and where keys are
 *            judged. The answer may be kept for BF_JWKS_AGE_S and has an ETag of its bytes.
 */
#ifndef BF_API_KEYS_JWKS_H
#define BF_API_KEYS_JWKS_H

#include "api/route.h"

enum { BF_JWKS_AGE_S = 300 };

extern const struct bf_route bf_jwks_routes[]; /* ends with a NULL name */

#endif
