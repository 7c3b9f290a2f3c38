/*
 * core/crockford: Crockford's base32 in lower case, five bits a character: the ids of keys.
 *
 * Purpose    0-9 and the letters without i, l, o, u, which are read as others
 *            (https://www.crockford.com/base32.html). Of an id only the digits themselves are
 *            read, no check symbol and no other spelling of one: it has one text. What people type
 *            is read as they meant it.
 */
#ifndef BF_CORE_CROCKFORD_H
#define BF_CORE_CROCKFORD_H

#include "core/str.h"

enum { BF_CROCKFORD_BITS = 5, BF_CROCKFORD_MOST = 12 };

char bf_crockford_digit(uint64_t value); /* of its lowest five bits */

/* At most BF_CROCKFORD_MOST characters. false: another one is among them, or there are more. */
bool bf_crockford_read(struct bf_str text, uint64_t *bits);

/* What somebody typed: letters of any case, o for 0, i and l for 1, with blanks and hyphens
 * anywhere. false: another character is among it, or it has not exactly n digits. */
bool bf_crockford_typed(struct bf_str text, char *out, size_t n);

#endif
