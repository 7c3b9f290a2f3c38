/*
 * api/answer: beginning and ending an answer, the same for every protocol.
 */
#ifndef BF_API_ANSWER_H
#define BF_API_ANSWER_H

#include "api/request.h"
#include "store/read.h"

/* Status, content type and all header fields; the body may follow at once. */
void bf_answer_begin(struct bf_request *r, int status, const char *content_type);

void bf_answer_not_modified(struct bf_request *r); /* 304 with its header fields */
/* 200 with the answer that lies in r->response: its age is of now. */
void bf_answer_hot(struct bf_request *r);
/* 204: the dry run has told the price. */
void bf_answer_price(struct bf_request *r);
void bf_answer_options(struct bf_request *r, unsigned methods);

/* The answer for r->err in the protocol's shape; when the head has left already, the connection is
 * marked broken instead. */
void bf_answer_error(struct bf_request *r);
/* r->err as problem+json, with what a limit that refused says of itself: the error of a protocol
 * that has no shape of its own, and of an address that belongs to none. */
void bf_answer_problem(struct bf_request *r);

/* Takes the commit of the rows; true: the client has this very answer and was told so (304). */
bool bf_answer_dated(struct bf_request *r, const struct bf_read *read);

/* Sends what is held once it is much; to call between parts of a long answer. false: r->err is set.
 */
bool bf_answer_flush(struct bf_request *r);

/* Every row of the read through the row hook into print(self, cells), flushing between rows. false:
 * r->err is set. */
bool bf_answer_rows(struct bf_request *r, struct bf_read *read,
                    void (*print)(void *self, const struct bf_cell *cells), void *self);

#endif
