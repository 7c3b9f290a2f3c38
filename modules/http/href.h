/*
 * http/href: addresses that an answer names.
 *
 * Purpose    percent-encodes (RFC 3986, section 2.3: all but the unreserved characters), and prints
 *            the parameters of a request again.
 * Safety     keys in an address (http/authorization) are never repeated.
 */
#ifndef BF_HTTP_HREF_H
#define BF_HTTP_HREF_H

#include "core/buf.h"
#include "http/request.h"

void bf_href_part(struct bf_buf *out, struct bf_str part); /* also encodes `/` */
void bf_href_path(struct bf_buf *out, struct bf_str path); /* leaves `/` */

/* `name=value&…` of all parameters but keys and the names in `without` (ends with NULL), and
 * after them `&` when there was one. */
void bf_href_params(struct bf_buf *out, const struct bf_http_request *r,
                    const char *const *without);

/* What an answer that repeats the parameters depends on: all of them but keys, as JSON texts. */
void bf_href_params_told(struct bf_buf *out, const struct bf_http_request *r);

#endif
