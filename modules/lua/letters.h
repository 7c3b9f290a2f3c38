/*
 * lua/letters: letters of Latin, Greek and Cyrillic, for the library `text`.
 *
 * Purpose    the C locale knows ASCII alone, and names of stations have accents. Case goes letter
 *            by letter (a `ß` stays one); folding gives the letters of ASCII that stand for one.
 * Source     Unicode: the blocks Latin-1, Latin Extended-A, -B (in parts) and Additional, Greek,
 *            Cyrillic. Letters of other blocks stay as they are.
 */
#ifndef BF_LUA_LETTERS_H
#define BF_LUA_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code point at *p, which moves behind it; the text is UTF-8. */
uint32_t bf_letter_next(const char **p);
enum { BF_LETTER_MAX = 4 };
size_t bf_letter_put(char out[BF_LETTER_MAX], uint32_t c);

uint32_t bf_letter_lower(uint32_t c);
uint32_t bf_letter_upper(uint32_t c);
/* Small letters of ASCII; "" for a mark that only belongs to the letter before it; NULL: c itself
 * is what it folds to. */
const char *bf_letter_fold(uint32_t c);
bool bf_letter_is_blank(uint32_t c); /* also U+00A0, U+202F, U+200B, U+FEFF, … */

#endif
