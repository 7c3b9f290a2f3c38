/*
 * format/gzip: bytes to one gzip member (RFC 1952), in pieces, in flat memory.
 *
 * The same bytes always give the same file: no name and no time stand in its head.
 *
 * Ownership  bf_gzip_new registers its end with the arena.
 * Errors     NULL: no memory; later ones are sticky in `out`.
 *
 *     struct bf_gzip *g = bf_gzip_new(arena);
 *     bf_gzip_feed(g, bytes, out); … bf_gzip_end(g, out);
 */
#ifndef BF_FORMAT_GZIP_H
#define BF_FORMAT_GZIP_H

#include "core/arena.h"
#include "core/buf.h"

struct bf_gzip;

struct bf_gzip *bf_gzip_new(struct bf_arena *a);
void bf_gzip_feed(struct bf_gzip *g, struct bf_str bytes, struct bf_buf *out);
void bf_gzip_end(struct bf_gzip *g, struct bf_buf *out);

#endif
