/*
 * http/cors: who may read an answer from a page of another site: everybody, without credentials; or
 * the one site that a key is for (r->reader).
 *
 * Source     explore-v2.1 contract, section 1 (values verbatim), with our own header fields added
 *            to the exposed ones.
 */
#ifndef BF_HTTP_CORS_H
#define BF_HTTP_CORS_H

#include "http/response.h"

void bf_cors_headers(struct bf_response *r);

/* For a 304: the client has the other fields with the answer that it keeps; only leave to read it
 * is asked anew. */
void bf_cors_again(struct bf_response *r);

#endif
