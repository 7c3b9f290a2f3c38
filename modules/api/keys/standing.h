/*
 * api/keys/standing: whether a key that verifies is still to be believed.
 *
 * Promise    a key is believed only on news of access that is at most a second old, whoever of the
 *            node hangs: the clock process brings the news (store/access); when it does not, the
 *            worker asks the database for the number of the newest change itself, and when that is
 *            one which the table does not know yet, for this very key. So no request is admitted
 *            later than a second after a revocation was committed, on a slow machine as well.
 * Database   away: what is known is believed for a minute more, since nobody can revoke a key in a
 *            database that is away; then no key is, as it may be away for this node alone
 *            (UNAVAILABLE).
 * Ownership  bf_standing_new to bf_standing_free; connection and region are borrowed.
 * Errors     UNAUTHORIZED: revoked, or never issued here; UNAVAILABLE and others of the store's.
 */
#ifndef BF_API_KEYS_STANDING_H
#define BF_API_KEYS_STANDING_H

#include "auth/key.h"
#include "store/access.h"
#include "store/conn.h"

struct bf_standing;

struct bf_standing *bf_standing_new(struct bf_conn *c, const struct bf_access *access);
void bf_standing_free(struct bf_standing *s); /* NULL is allowed */

bool bf_standing_check(struct bf_standing *s, const struct bf_claims *claims, struct bf_err *err);

#endif
