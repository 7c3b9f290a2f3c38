/*
 * store/keys: the rows of signing keys and of the keys that were issued.
 *
 * Purpose    catalog.signing_key (public halves only) and catalog.api_key (what identifies a key,
 *            never the key). What the rows mean is the business of auth/.
 * Changes    belong into one transaction with their line in store/audit: bf_keys_begin takes the
 *            lock under which no key can be narrowed from one that is being revoked.
 * Roles      reading: any; writing: owner.
 * Errors     the store's; NOT_FOUND_RESOURCE for a key that is not there.
 * Units      seconds since 1970; 0: not.
 */
#ifndef BF_STORE_KEYS_H
#define BF_STORE_KEYS_H

#include "core/digest.h"
#include "store/conn.h"

/* ---- signing keys ---- */

struct bf_signing_key {
    struct bf_str kid, public_pem;
    int64_t created;
    int64_t signs; /* from then on it signs new keys */
    int64_t retired;
    int64_t keys;      /* that it signed and that are still valid; bf_keys_signing alone */
    int64_t last_ends; /* when the last of them ends; the same */
    bool revoked;      /* with all the keys it signed */
};

/* Signing keys that are not retired, newest first; take returns false to stop. */
bool bf_keys_each(struct bf_conn *c,
                  bool (*take)(void *self, const struct bf_signing_key *key, struct bf_err *err),
                  void *self, struct bf_err *err);
/* All there ever were, newest first. */
bool bf_keys_signing(struct bf_conn *c, void (*take)(void *self, const struct bf_signing_key *key),
                     void *self, struct bf_err *err);
/* Of the key only kid, public_pem and signs. */
bool bf_keys_add_signing(struct bf_conn *c, const struct bf_signing_key *key, struct bf_err *err);
/* Retires a signing key with all it signed. NOT_FOUND_RESOURCE: none that was not revoked. */
bool bf_keys_revoke_signing(struct bf_conn *c, struct bf_str kid, struct bf_err *err);
/* Retires those that have a younger one in their place and whose last key has ended. */
bool bf_keys_retire_spent(struct bf_conn *c, struct bf_err *err);

/* ---- keys ---- */

struct bf_issued_key {
    struct bf_str jti, kid, sub, scope, plan;
    struct bf_str parent;    /* jti, or empty */
    struct bf_str narrowing; /* JSON as in its claims, without what it is not narrowed to */
    struct bf_str used;      /* "2026-11-26", the last day; empty: never seen */
    int64_t issued, expires; /* as in its claims */
    int64_t ends, revoked;
    bool kid_retired;
    unsigned char digest[BF_DIGEST_BYTES]; /* of the token; not read back */
};

bool bf_keys_add_issued(struct bf_conn *c, const struct bf_issued_key *key, struct bf_err *err);

/* What is empty or 0 does not count. */
struct bf_key_filter {
    struct bf_str jti, sub, kid, parent;
    bool live; /* neither expired nor ended nor revoked */
    int64_t most;
    struct bf_str after_sub, after_jti; /* of the last key of the page before */
};

/* By partner, then by age, oldest first; texts live until take returns. */
bool bf_keys_list(struct bf_conn *c, const struct bf_key_filter *filter,
                  void (*take)(void *self, const struct bf_issued_key *key), void *self,
                  struct bf_err *err);
/* Copied into the arena. */
bool bf_keys_find(struct bf_conn *c, struct bf_arena *a, struct bf_str jti,
                  struct bf_issued_key *out, struct bf_err *err);

/* BEGIN, and the lock: keys that are narrowed from others share it, who takes away has it alone. */
bool bf_keys_begin(struct bf_conn *c, bool alone, struct bf_err *err);
bool bf_keys_commit(struct bf_conn *c, struct bf_err *err);
void bf_keys_rollback(struct bf_conn *c);

/* One key (jti) or all of a partner (sub), each with those that were narrowed from it. take is told
 * each one that was not revoked before. */
bool bf_keys_revoke(struct bf_conn *c, struct bf_str jti, struct bf_str sub,
                    void (*take)(void *self, struct bf_str jti), void *self, struct bf_err *err);
/* The key and those narrowed from it end then, unless they end before. */
bool bf_keys_end(struct bf_conn *c, struct bf_str jti, int64_t at, struct bf_err *err);

#endif
