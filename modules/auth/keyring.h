/*
 * auth/keyring: the public keys of a process and the tokens that were found good by them.
 *
 * Purpose    inside auth/: finding the key whose header a token carries, checking an ES256
 *            signature with a key that was parsed once, and remembering good tokens.
 * Ownership  struct bf_keyring belongs to its process (auth/key.h makes and frees it). Keys live as
 *            long as the ring.
 * Limits     64 keys; 256 remembered tokens, the newest of two that share a place stays.
 */
#ifndef BF_AUTH_KEYRING_H
#define BF_AUTH_KEYRING_H

#include "auth/remembered.h"
#include "core/buf.h"
#include "core/digest.h"

struct bf_ring_key;

/* The header segment that we write for a kid: {"alg":"ES256","kid":"…","typ":"JWT"} encoded. */
void bf_keyring_header(struct bf_buf *out, struct bf_str kid);
bool bf_kid_is_good(struct bf_str kid); /* [a-z0-9-]{1,32} */

const struct bf_ring_key *bf_keyring_find(const struct bf_keyring *ring, struct bf_str header);
struct bf_str bf_keyring_kid(const struct bf_ring_key *key);
const struct bf_ring_key *bf_keyring_at(const struct bf_keyring *ring,
                                        size_t i); /* NULL: the end */
/* The point of a public key: x and y, 32 bytes each (SEC 1 section 2.3.5). */
bool bf_keyring_point(const struct bf_ring_key *key, unsigned char point[64]);

/* signature: r and s, 32 bytes each (RFC 7518 section 3.4). */
bool bf_keyring_check(const struct bf_ring_key *key, struct bf_str text,
                      const unsigned char signature[64]);

/* The claims of a token that was found good, its time aside; NULL: it is not known. */
const struct bf_remembered *bf_keyring_seen(const struct bf_keyring *ring,
                                            const unsigned char digest[BF_DIGEST_BYTES]);
void bf_keyring_remember(const struct bf_keyring *ring, const unsigned char digest[BF_DIGEST_BYTES],
                         const struct bf_claims *claims);

#endif
