/*
 * api/push/order: what a push asks for, from its address, parameters and header fields.
 *
 * Ownership  lies in the request's arena, as r->state.
 * Errors     PARAMETER, MEDIA_TYPE, REQUEST (the idempotency key).
 */
#ifndef BF_API_PUSH_ORDER_H
#define BF_API_PUSH_ORDER_H

#include "api/push/decode.h"
#include "api/request.h"
#include "store/commit.h"

struct bf_intake;

struct bf_push_order {
    enum bf_batch_mode mode;
    enum bf_push_format format;
    char delimiter; /* of CSV; 0: by the header line */
    bool gzip;
    bool allow_empty;              /* a snapshot may remove every record */
    bool vendor;                   /* answers in the shape of the API 1.0 */
    struct bf_str idempotency_key; /* or empty */

    const struct bf_intake *intake; /* of the body; NULL before it */
};

/* For each kind of address; they set r->state. */
bool bf_push_order_native(struct bf_request *r, enum bf_batch_mode mode);
bool bf_push_order_vendor(struct bf_request *r, enum bf_batch_mode mode);

/* The type of a body by its media type; a missing one is JSON. */
bool bf_push_format_of(struct bf_str content_type, enum bf_push_format *out);

#endif
