/*
 * api/conditional: strong ETags, Last-Modified and 304 (RFC 9110 sections 8.8 and 13).
 *
 * ETag           digest of the commit of the dataset (of all, for the catalogue), the schema and
 *                handler, this build, the route and the query in its normal form, and what of
 *                it the caller sees (api/visibility).
 *                An answer that depends on the present instant (now()) has none: no commit can
 *                validate it.
 *                Of rows from a source the version that it told takes the commit's place; without
 *                one there is none either.
 * 304            is decided from shared memory, without PostgreSQL, as long as the clock process
 *                hears the database; when it does not, PostgreSQL is asked, and only when that is
 *                away, too, memory is believed: nothing can have been committed.
 * Cache-Control  what not everybody sees is `private`: no shared cache keeps it.
 * Last-Modified  is left out until the second of the commit is over for good, so that no later
 *                commit can share it.
 */
#ifndef BF_API_CONDITIONAL_H
#define BF_API_CONDITIONAL_H

#include "api/request.h"

/* What is known of the newest answer without PostgreSQL. */
enum bf_known_answer {
    BF_ANSWER_UNKNOWN,
    BF_ANSWER_SAME, /* the client has it; r->freshness and r->etag are those of it */
    BF_ANSWER_HOT,  /* the same, and it lies in r->response: the route's head fields and the body */
};

/* Makes r->normal. false: r->err is set. */
bool bf_conditional(struct bf_request *r, enum bf_known_answer *known);

/* Keeps the finished answer for others, when it is worth it. */
void bf_conditional_keep(const struct bf_request *r);

/* When the commit is known from the rows' own statement (r->freshness): sets r->etag; true when the
 * client has that very answer. */
bool bf_conditional_late(struct bf_request *r);

/* ETag, Last-Modified, Cache-Control. */
void bf_conditional_headers(struct bf_request *r);

#endif
