/*
 * http/response: status, header fields and body of one answer.
 *
 * Purpose    collects an answer; a small one leaves with its Content-Length in one piece, a long
 *            one is streamed. The first BF_RESPONSE_HOLD bytes are held back, so that an error
 *            before them is a clean error answer.
 * Ownership  part of the request; its buffers are kept between requests and cleared by
 *            bf_response_reset.
 * Errors     bf_response_flush and _finish return false when the client is gone. A failure after
 *            the first byte left cannot be said: the caller breaks the connection
 *            (bf_response_broken), and nginx then fails the transfer.
 */
#ifndef BF_HTTP_RESPONSE_H
#define BF_HTTP_RESPONSE_H

#include "core/buf.h"
#include "http/request.h"

enum { BF_RESPONSE_HOLD = 160 * 1024 };

struct bf_response {
    int status;
    struct bf_buf head;   /* `Name: value\r\n` lines, without status */
    struct bf_buf body;   /* not yet written */
    bool started;         /* the head has left: no way back */
    bool broken;          /* to be cut off, not finished */
    bool unmeasured;      /* a HEAD that did not look how long the body would be */
    bool no_body;         /* HEAD, 304, 204: length is counted, bytes are not sent */
    uint64_t bytes;       /* of body, written or counted */
    struct bf_str reader; /* the one site whose pages may read it (http/cors); empty: all */
};

void bf_response_init(struct bf_response *r);
void bf_response_fini(struct bf_response *r);
/* For the next request, and to replace a held answer by an error. */
void bf_response_reset(struct bf_response *r);

/* value must be free of control characters: one that is not is dropped and logged. */
void bf_response_header(struct bf_response *r, const char *name, struct bf_str value);
void bf_response_header_f(struct bf_response *r, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes what is held once it is more than BF_RESPONSE_HOLD; to call between rows. */
bool bf_response_flush(struct bf_response *r, struct bf_http_io *io);
/* Writes the rest; adds Content-Length when nothing was written before. */
bool bf_response_finish(struct bf_response *r, struct bf_http_io *io);

#endif
