/*
 * auth/jwks: the public keys of a ring as a JSON Web Key Set (RFC 7517; RFC 7518 section 6.2).
 *
 * Purpose    who gets a key of ours from somebody can check its signature. Every key that the ring
 *            believes stands in the set, in the order of the ring, whether it signs already, still
 *            or no more.
 * Errors     the buffer's; a key whose point OpenSSL does not tell marks it failed.
 */
#ifndef BF_AUTH_JWKS_H
#define BF_AUTH_JWKS_H

#include "auth/key.h"
#include "core/buf.h"

void bf_jwks_print(struct bf_buf *out, const struct bf_keyring *ring);

#endif
