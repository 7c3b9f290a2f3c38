/*
 * http/form: parameters that came as the body of a POST.
 *
 * Purpose    application/x-www-form-urlencoded (WHATWG URL, section 5): its pairs stand behind
 *            those of the address, as if they had been part of it.
 * Errors     MEDIA_TYPE for another type, TOO_LARGE beyond BF_FORM_BYTES, ABORTED when the body
 *            does not arrive whole, and those of http/request for the pairs.
 */
#ifndef BF_HTTP_FORM_H
#define BF_HTTP_FORM_H

#include "http/request.h"

enum { BF_FORM_BYTES = 256 * 1024 };

bool bf_http_form_read(struct bf_http_request *r, struct bf_arena *a, struct bf_err *err);

#endif
