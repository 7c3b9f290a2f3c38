/*
 * core/crockford: Crockford's base32 in lower case, five bits a character: the ids of keys.
 *
 * Purpose    0-9 and the letters without i, l, o, u, which are read as others
 *            (https://www.crockford.com/base32.html). Only the digits themselves are read, no check
 *            symbol and no other spelling of one: an id has one text.
 */
#ifndef BF_CORE_CROCKFORD_H
#define BF_CORE_CROCKFORD_H

#include "core/str.h"

enum { BF_CROCKFORD_BITS = 5, BF_CROCKFORD_MOST = 12 };

char bf_crockford_digit(uint64_t value); /* of its lowest five bits */

/* At most BF_CROCKFORD_MOST characters. false: another one is among them, or there are more. */
bool bf_crockford_read(struct bf_str text, uint64_t *bits);

#endif
