/*
 * api/keys: the signing keys of the database in a key ring: store/ reads rows, auth/ knows keys.
 */
#ifndef BF_API_KEYS_H
#define BF_API_KEYS_H

#include "auth/key.h"
#include "store/conn.h"

/* A row that is no good key is logged and left out: it must not stop the others. */
bool bf_keys_load(struct bf_conn *c, struct bf_keyring *ring, struct bf_err *err);

#endif
