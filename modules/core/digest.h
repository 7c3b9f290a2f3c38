/*
 * core/digest: SHA-256 (FIPS 180-4) by libcrypto, for ETags, record ids, receipts and the names of
 * installed handlers.
 *
 * Ownership  bf_digest_new allocates a context that lives as long as the process needs it; one per
 *            user, reused by _begin.
 * Errors     a context that finds no memory aborts the process: a digest that is not computed must
 *            never look like one that is.
 */
#ifndef BF_CORE_DIGEST_H
#define BF_CORE_DIGEST_H

#include "core/str.h"

enum { BF_DIGEST_BYTES = 32 };

struct bf_digest;

struct bf_digest *bf_digest_new(void);
void bf_digest_free(struct bf_digest *d);
void bf_digest_begin(struct bf_digest *d);
void bf_digest_add(struct bf_digest *d, const void *p, size_t n);
void bf_digest_end(struct bf_digest *d, unsigned char out[BF_DIGEST_BYTES]);

/* The digest of one run of bytes. */
void bf_digest_of(struct bf_str s, unsigned char out[BF_DIGEST_BYTES]);

/* In lower case, without NUL. */
enum { BF_DIGEST_HEX = 2 * BF_DIGEST_BYTES };
void bf_digest_hex(const unsigned char digest[BF_DIGEST_BYTES], char out[BF_DIGEST_HEX]);

#endif
