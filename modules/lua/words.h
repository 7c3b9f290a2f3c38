/*
 * lua/words: what names stand in the text of a script.
 *
 * Purpose    which fields a script may ask for (names, and quoted texts that look like one), and
 *            which variables it assigns to after they were declared. Both may be too many, never
 *            too few: a false field costs a column, a false variable a comparison.
 * Ownership  bf_words_new gives it to the caller, with copies; bf_words_free ends it.
 * Limits     BF_WORDS different names; NULL beyond.
 */
#ifndef BF_LUA_WORDS_H
#define BF_LUA_WORDS_H

#include "core/str.h"

enum { BF_WORDS = 2000 };

struct bf_words;

struct bf_words *bf_words_new(struct bf_str source);
void bf_words_free(struct bf_words *w); /* NULL is allowed */

const char *bf_words_get(const struct bf_words *w, size_t index); /* NULL at the end */
bool bf_words_assigned(const struct bf_words *w, const char *name);

#endif
