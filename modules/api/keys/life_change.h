/*
 * api/keys/life_change: the parts that every change in the life of keys is made of (api/keys/life,
 * api/keys/event).
 *
 *     if (!bf_life_sign_with(l, &order, err))
 *         return false;
 *     bool ok = bf_keys_begin(l->conn, false, err) &&
 *               bf_life_make(l, "key.issue", &order, none, &token, err);
 *     return bf_life_close(l, ok, err);
 */
#ifndef BF_API_KEYS_LIFE_CHANGE_H
#define BF_API_KEYS_LIFE_CHANGE_H

#include "api/keys/life.h"

/* Of an order: signing key of this machine (the first one is made when there is none and l->makes),
 * issued, jti, and the plan that every key has. */
bool bf_life_sign_with(struct bf_life *l, struct bf_key_order *order, struct bf_err *err);

/* PARAMETER, with those there are: no plan of that name. That of keys which name none is always
 * there (api/plans). */
bool bf_life_plan_is_there(struct bf_life *l, struct bf_str id, struct bf_err *err);

/* Inside a transaction: the token, its row and its line in the audit. before: the key that it
 * replaces, or empty. */
bool bf_life_make(struct bf_life *l, const char *what, const struct bf_key_order *order,
                  struct bf_str before, struct bf_str *token, struct bf_err *err);
/* Inside a transaction: a line in the audit. detail: a JSON object. */
bool bf_life_note(struct bf_life *l, const char *what, struct bf_str about,
                  const struct bf_buf *detail, struct bf_err *err);
/* The end of the transaction: committed when `ok`, else rolled back; whether it was committed. */
bool bf_life_close(struct bf_life *l, bool ok, struct bf_err *err);

#endif
