/*
 * auth/base64url: base64 with the URL alphabet and without padding (RFC 4648 section 5, RFC 7515).
 *
 * Purpose    the segments of a token. Decoding is strict: one text per run of bytes, so that a
 *            token has exactly one spelling (unused bits of the last character must be zero).
 * Errors     bf_base64url_decode gives BF_BASE64_BAD for another alphabet, padding, blanks, a
 *            length that cannot be, unused bits that are set, or more bytes than `room`.
 */
#ifndef BF_AUTH_BASE64URL_H
#define BF_AUTH_BASE64URL_H

#include "core/buf.h"

#define BF_BASE64_BAD SIZE_MAX

size_t bf_base64url_decode(struct bf_str text, unsigned char *out, size_t room);
void bf_base64url_encode(struct bf_buf *out, const void *p, size_t n);

#endif
