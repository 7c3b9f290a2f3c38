/*
 * api/keys/life: the life of keys: issued, narrowed, renewed, revoked; the signing key changed.
 *
 * Purpose    what the command and the admin API do alike. Each change is one transaction with its
 *            line in the audit table, and is told to every node by it (store/access); when a
 *            function returns true, it is committed.
 * Family     a key that was narrowed from another lives no longer than that one: it cannot be
 *            narrowed from a key that was revoked, and is revoked and ended with it.
 * Ownership  struct bf_life is the caller's; texts lie in its arena.
 * Errors     PARAMETER: an order that cannot be filled; NOT_FOUND_RESOURCE: no such key; CONFLICT:
 *            not with a key in that state; FORBIDDEN: more than the key has; the store's.
 */
#ifndef BF_API_KEYS_LIFE_H
#define BF_API_KEYS_LIFE_H

#include "api/keys/signer.h"
#include "auth/issue.h"
#include "store/keys.h"

/* What an order that does not say it gets. */
enum { BF_LIFE_DAYS = 365, BF_LIFE_OVERLAP_DAYS = 7 };

struct bf_life {
    struct bf_conn *conn; /* as owner */
    struct bf_signer *signer;
    struct bf_arena *arena;
    struct bf_str who, origin; /* for the audit */
    bool makes;                /* a signing key when this machine has none: it may write the file */
};

/* order: partner, plan, scope, narrowing and expires; the rest is filled in. PARAMETER, with the
 * plans there are: a plan that is none of them. */
bool bf_life_issue(struct bf_life *l, struct bf_key_order *order, struct bf_str *token,
                   struct bf_err *err);

/* Of a key that was just verified; what order leaves empty or 0 is the parent's. */
bool bf_life_narrow(struct bf_life *l, const struct bf_claims *parent, struct bf_key_order *order,
                    struct bf_str *token, struct bf_err *err);

/* A successor with the same rights, valid for `days` (0: as long as the key was); the key itself
 * and those narrowed from it end after `overlap_s`. */
bool bf_life_renew(struct bf_life *l, struct bf_str jti, int64_t overlap_s, int64_t days,
                   struct bf_key_order *order, struct bf_str *token, struct bf_err *err);

/* Exactly one of them: a key, all keys of a partner, all keys of a signing key. *revoked: how many
 * were not before (0 is no error for a partner). reason may be empty. */
struct bf_life_target {
    struct bf_str jti, sub, kid;
};
bool bf_life_revoke(struct bf_life *l, const struct bf_life_target *target, struct bf_str reason,
                    int64_t *revoked, struct bf_err *err);

/* A new signing key, published at once; it signs from `signs` (seconds since 1970) on. */
bool bf_life_rotate(struct bf_life *l, int64_t signs, struct bf_str *kid, struct bf_err *err);

/* "valid", "expired", "revoked", "ended" */
const char *bf_life_state(const struct bf_issued_key *key, int64_t now);
/* A key as a JSON object. */
void bf_life_print(struct bf_buf *out, const struct bf_issued_key *key, int64_t now);
/* Its scopes as the member `scope`, a list, with a comma before it. */
void bf_life_print_scope(struct bf_buf *out, struct bf_str scope);
/* A key that was just made, as a JSON object: itself, and what is known of it. */
void bf_life_print_new(struct bf_buf *out, struct bf_str token, const struct bf_issued_key *key,
                       int64_t now);
/* "signing", "waiting", "verifying", "retired", "revoked", of each from the youngest on. *younger:
 * one that signs already came before; false at first. */
const char *bf_life_signing_state(const struct bf_signing_key *key, int64_t now, bool *younger);
void bf_life_print_signing(struct bf_buf *out, const struct bf_signing_key *key, const char *state);

#endif
