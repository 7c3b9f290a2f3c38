/*
 * api/keys: the keys that a worker believes: store/ reads rows, auth/ knows keys.
 *
 * Ownership  bf_keys_new to bf_keys_free; the connection is borrowed.
 * Errors     the store's when the rows cannot be read; UNAUTHORIZED for a token that is not good.
 */
#ifndef BF_API_KEYS_H
#define BF_API_KEYS_H

#include "auth/key.h"
#include "store/conn.h"

struct bf_keys;

/* Reads the signing keys. A row that is no good key is logged and left out: it must not stop the
 * others. */
struct bf_keys *bf_keys_new(struct bf_conn *c, struct bf_err *err);
void bf_keys_free(struct bf_keys *keys); /* NULL is allowed */

/* Judges a token now. A signing key may be younger than this worker: before a token is refused, the
 * rows are read again, at most once a second. */
bool bf_keys_verify(struct bf_keys *keys, struct bf_arena *a, struct bf_str token,
                    struct bf_claims *out, struct bf_err *err);

#endif
