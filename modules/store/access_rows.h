/*
 * store/access_rows: what catalog.access_change and the rows of revoked keys say now.
 *
 * Purpose    the clock process brings it into store/access; a worker that has no fresh news asks
 *            for itself.
 * Roles      any.
 * Errors     the store's.
 */
#ifndef BF_STORE_ACCESS_ROWS_H
#define BF_STORE_ACCESS_ROWS_H

#include "store/access.h"
#include "store/conn.h"

/* The number of the newest change, and a moment before it was asked for. */
bool bf_access_ask(struct bf_conn *c, struct bf_access_news *out, struct bf_err *err);

/* For the clock process: every key that is revoked, in one statement with the number. */
bool bf_access_read(struct bf_conn *c, struct bf_access *access, struct bf_err *err);

/* Whether that very key may still be believed: it was issued here, and neither it nor its signing
 * key was revoked. */
bool bf_access_key_stands(struct bf_conn *c, struct bf_str jti, bool *stands, struct bf_err *err);

#endif
