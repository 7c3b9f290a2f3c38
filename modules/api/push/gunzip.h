/*
 * api/push/gunzip: a gzip stream (RFC 1952) in pieces.
 *
 * Purpose    Content-Encoding: gzip, also several members one after the other.
 * Ownership  bf_gunzip_free, or the arena's reset through bf_defer.
 * Limits     a piece is inflated into 64 KiB at a time and handed on, so that a bomb is stopped by
 *            the taker's own limit after at most one more piece.
 * Errors     BODY: not gzip, cut short, bytes after the end.
 */
#ifndef BF_API_PUSH_GUNZIP_H
#define BF_API_PUSH_GUNZIP_H

#include "core/err.h"

struct bf_gunzip;

struct bf_gunzip *bf_gunzip_new(void);
void bf_gunzip_free(void *gunzip);

typedef bool bf_gunzip_take(void *self, const char *p, size_t n, struct bf_err *err);

bool bf_gunzip_feed(struct bf_gunzip *g, const char *p, size_t n, bf_gunzip_take *take, void *self,
                    struct bf_err *err);
bool bf_gunzip_end(const struct bf_gunzip *g, struct bf_err *err);

#endif
