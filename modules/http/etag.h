/*
 * http/etag: entity tags and If-None-Match (RFC 9110 sections 8.8.3 and 13.1.2).
 *
 * A tag is 22 characters of base64url without quotes: 128 bits of SHA-256 over everything that the
 * answer depends on.
 */
#ifndef BF_HTTP_ETAG_H
#define BF_HTTP_ETAG_H

#include "core/digest.h"
#include "core/str.h"

enum { BF_ETAG = 22 };

/* From a finished digest. */
void bf_etag_print(const unsigned char digest[BF_DIGEST_BYTES], char out[BF_ETAG]);

/* Whether If-None-Match names the tag, by weak comparison (nginx weakens a tag when it compresses);
 * `*` matches all. */
bool bf_etag_matches(struct bf_str if_none_match, struct bf_str etag);

#endif
