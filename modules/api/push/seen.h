/*
 * api/push/seen: the keys of a push, to find one that comes twice.
 *
 * Ownership  bf_seen_free releases it; 16 bytes per record while the table is full, 43 at most.
 * Errors     bf_seen_add gives BF_SEEN_FULL when there is no memory left.
 * Exactness  96 bits of the record's SHA-256 are kept: two of a million different keys would look
 *            alike once in 10^17 pushes, and that push would be refused, not written.
 */
#ifndef BF_API_PUSH_SEEN_H
#define BF_API_PUSH_SEEN_H

#include "store/record_id.h"

struct bf_seen;

enum { BF_SEEN_NEW = 0, BF_SEEN_FULL = -1 };

struct bf_seen *bf_seen_new(void);
void bf_seen_free(void *seen);

/* The number (> 0) that was given with this id before, or BF_SEEN_NEW, or BF_SEEN_FULL. */
int64_t bf_seen_add(struct bf_seen *s, const unsigned char id[BF_RECORD_ID], uint32_t number);

#endif
