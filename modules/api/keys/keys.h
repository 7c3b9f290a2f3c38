/*
 * api/keys/keys: the keys that a worker believes: store/ reads rows, auth/ knows keys.
 *
 * Purpose    besides, whether a key that verifies was revoked since (api/keys/standing).
 * Ownership  bf_keys_new to bf_keys_free; the connection and the region are borrowed.
 * Errors     the store's when the rows cannot be read; UNAUTHORIZED for a token that is not good,
 *            with the same words for all but keys of events (api/keys/event), which are told to be
 *            over.
 */
#ifndef BF_API_KEYS_KEYS_H
#define BF_API_KEYS_KEYS_H

#include "auth/key.h"
#include "store/access.h"
#include "store/conn.h"

struct bf_keys;

/* Reads the signing keys. A row that is no good key is logged and left out: it must not stop the
 * others. */
struct bf_keys *bf_keys_new(struct bf_conn *c, const struct bf_access *access, struct bf_err *err);
void bf_keys_free(struct bf_keys *keys); /* NULL is allowed */

/* Judges a token now. The rows are read again when access has changed (store/access), and, because
 * a signing key may be younger than what is known of changes, before a token is refused, at most
 * once a second. */
bool bf_keys_verify(struct bf_keys *keys, struct bf_arena *a, struct bf_str token,
                    struct bf_claims *out, struct bf_err *err);

/* Whether the token's signature was found good here before: judging it costs nothing. */
bool bf_keys_know(const struct bf_keys *keys, struct bf_str token);

/* The keys that are believed now; borrowed until the next call. */
const struct bf_keyring *bf_keys_ring(struct bf_keys *keys);

#endif
