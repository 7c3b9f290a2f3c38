/*
 * store/keys: the rows of signing keys and of the keys that were issued.
 *
 * Purpose    catalog.signing_key (public halves only) and catalog.api_key (what identifies a key,
 *            never the key). What the rows mean is the business of auth/.
 * Roles      reading: any; writing: owner.
 * Errors     the store's.
 */
#ifndef BF_STORE_KEYS_H
#define BF_STORE_KEYS_H

#include "store/conn.h"

struct bf_signing_key {
    struct bf_str kid, public_pem;
};

/* Signing keys that are not retired, newest first; take returns false to stop. */
bool bf_keys_each(struct bf_conn *c,
                  bool (*take)(void *self, const struct bf_signing_key *key, struct bf_err *err),
                  void *self, struct bf_err *err);
bool bf_keys_add_signing(struct bf_conn *c, const struct bf_signing_key *key, struct bf_err *err);

struct bf_issued_key {
    struct bf_str jti, kid, sub, scope;
    int64_t issued, expires;  /* seconds since 1970 */
    unsigned char digest[32]; /* SHA-256 of the token; not read back */
};

bool bf_keys_add_issued(struct bf_conn *c, const struct bf_issued_key *key, struct bf_err *err);
/* By partner, then newest first; texts live until take returns. */
bool bf_keys_list(struct bf_conn *c, void (*take)(void *self, const struct bf_issued_key *key),
                  void *self, struct bf_err *err);

#endif
