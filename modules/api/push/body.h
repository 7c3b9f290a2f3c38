/*
 * api/push/body: the body of a push from the connection (or a file) to the decoder.
 *
 * Purpose    read, count, digest, inflate, feed. The limit holds before and after gunzip.
 * Errors     TOO_LARGE, BODY (gzip), ABORTED when the body did not arrive whole, and the decoder's.
 *            Memory: one piece of 64 KiB.
 */
#ifndef BF_API_PUSH_BODY_H
#define BF_API_PUSH_BODY_H

#include "api/push/decode.h"
#include "core/digest.h"
#include "http/request.h"

struct bf_push_body {
    /* As http/request.h has it: bytes, 0 at the end, -1 when there is no whole body to be had. */
    ssize_t (*read)(void *self, void *to, size_t room);
    void *self;
    int64_t announced; /* Content-Length; -1: not told */
    int64_t limit;
    bool gzip;
    /* After each piece; may be NULL. */
    void (*after)(void *of, const struct bf_decode *d);
    void *of;
};

/* digest: SHA-256 of the bytes as they came. */
bool bf_push_body_read(struct bf_arena *a, const struct bf_push_body *body, struct bf_decode *d,
                       unsigned char digest[BF_DIGEST_BYTES], struct bf_err *err);

#endif
