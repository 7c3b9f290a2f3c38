/*
 * http/hot: answers that were given before, in memory that all workers share.
 *
 * Purpose    an ETag is strong (RFC 9110 section 8.8.1): the same tag, the same bytes. So an answer
 *            whose tag is known before PostgreSQL is asked may be given again from memory.
 * Shape      a ring of records, newest over oldest, and an index of places in it. A writer takes
 *            its piece of the ring by one compare-and-swap, fills it and enters its place; nothing
 *            is locked, so a process may be killed or stopped between any two instructions. A
 *            reader copies first and believes afterwards: the record must still be within the ring,
 *            carry the key, and have the checksum that was made of it.
 * Bounds     `bytes` of ring, an answer of at most an eighth of it and of BF_HOT_MOST. An answer is
 *            kept when it is asked for the second time (bf_hot_wanted), so that a crawler that
 *            never asks twice pushes nothing out.
 * Ownership  the memory is the caller's, zeroed, shared by fork or mapping; every process may call
 *            everything.
 *
 *     if (!bf_hot_get(h, key, &head, &body, &rows) && bf_hot_wanted(h, key))
 *         ... make the answer ... bf_hot_put(h, key, head, body, rows);
 */
#ifndef BF_HTTP_HOT_H
#define BF_HTTP_HOT_H

#include "core/buf.h"
#include "core/digest.h"

enum { BF_HOT_MOST = 256 * 1024 }; /* bytes of head and body of one answer */

struct bf_hot;

/* Of the whole region for a ring of so many bytes; 0 for 0: there is none. */
size_t bf_hot_size(size_t bytes);
/* memory: bf_hot_size(bytes) zeroed bytes, aligned to a page. NULL for 0 bytes. */
struct bf_hot *bf_hot_init(void *memory, size_t bytes);

/* Appends header fields and body of that answer; false: it is not there, and nothing was appended.
 * h may be NULL: nothing is there. */
bool bf_hot_get(const struct bf_hot *h, const unsigned char key[BF_DIGEST_BYTES],
                struct bf_buf *head, struct bf_buf *body, uint64_t *rows);

/* Whether somebody has asked for it before; remembers that it was asked for. */
bool bf_hot_wanted(struct bf_hot *h, const unsigned char key[BF_DIGEST_BYTES]);

/* What is too large is left out. */
void bf_hot_put(struct bf_hot *h, const unsigned char key[BF_DIGEST_BYTES], struct bf_str head,
                struct bf_str body, uint64_t rows);

#endif
