/*
 * api/idempotency: the name under which a client may send a request again.
 *
 * Source     draft-ietf-httpapi-idempotency-key-header-07 writes a structured string; many clients
 *            send it bare. Both are the same name.
 * Errors     REQUEST: not 1 to BF_IDEMPOTENCY_KEY printable ASCII characters.
 */
#ifndef BF_API_IDEMPOTENCY_H
#define BF_API_IDEMPOTENCY_H

#include "core/str.h"

#include <stdbool.h>

struct bf_request;

enum { BF_IDEMPOTENCY_KEY = 255 };

/* *out: borrowed from the request; {NULL, 0} without the header field. */
bool bf_idempotency_key(struct bf_request *r, struct bf_str *out);

#endif
