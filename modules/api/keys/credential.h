/*
 * api/keys/credential: which key of a request counts.
 *
 * Promise    a request carries one key, once, or none (RFC 6750 section 2): in the header field
 *            `Authorization: Bearer <key>` or `Authorization: Apikey <key>`, or in the parameter
 *            apikey (or access_token) of its address or form, or, on a push, in pushkey. Two of
 *            them are refused even when they are the same key, because whoever sees a request on
 *            its way (a proxy, a cache) may look at another one than we do. So no order of
 *            precedence is needed. On other addresses pushkey is no key and is not looked at.
 * Errors     REQUEST (400): more than one, an empty one, one that is not a word of visible ASCII;
 *            UNAUTHORIZED (401): a scheme that is not known here. The message says where and what
 *            would be right; a key, or what may be one, is never quoted.
 * Ownership  the token is borrowed from the request.
 */
#ifndef BF_API_KEYS_CREDENTIAL_H
#define BF_API_KEYS_CREDENTIAL_H

#include "core/err.h"
#include "http/request.h"

/* *token: {NULL, 0} when the request carries none. */
bool bf_credential_find(const struct bf_http_request *http, bool push, struct bf_str *token,
                        struct bf_err *err);

#endif
