/*
 * store/vocabulary: the triggers that keep catalog.word complete.
 *
 * Purpose    every word that comes into a text field of data.<dataset> is learned in the very
 *            commit that brings it (into the table of sql/0003), so that fuzzy terms find it. New
 *            rows are looked at together, changed ones each, and only when a text changed.
 * Names      end with a digest of what the triggers read, like those of indexes: the wanted ones
 *            and those that are there are compared by name.
 */
#ifndef BF_STORE_VOCABULARY_H
#define BF_STORE_VOCABULARY_H

#include "store/applying.h"

/* Replaces the triggers when the text fields are others, and learns the rows that are there. */
bool bf_vocabulary_apply(struct bf_applying *a);

/* Whether there is nothing to do. false with err set: it could not be seen. */
bool bf_vocabulary_complete(struct bf_applying *a);

#endif
