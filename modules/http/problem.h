/*
 * http/problem: errors as application/problem+json (RFC 9457), for every protocol without a shape
 * of its own.
 *
 * type is `<base_url>/problems/<slug>` or one that IANA has registered; `request_id` names the log
 * entry; `parameter` and `position` where known.
 */
#ifndef BF_HTTP_PROBLEM_H
#define BF_HTTP_PROBLEM_H

#include "core/err.h"
#include "http/response.h"

/* Replaces whatever the response held, all but the closing brace: the caller appends members of its
 * own and the brace. Header fields that every answer carries must be added after it. */
void bf_problem_open(struct bf_response *r, const struct bf_err *err, const char *base_url,
                     struct bf_str request_id);

#endif
