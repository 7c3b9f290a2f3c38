/*
 * catalog/guess_key: the smallest set of columns that tells all rows apart.
 *
 * Purpose    one column if there is one, else two, else three. Among as few, the first by how much
 *            it is named like an identifier, then in the order of the columns. A column with an
 *            empty value is none of a key, nor is one that a key cannot have (catalog/manifest).
 * Cost       a sort of one number for each row and set that is tried; the sets of two and three are
 *            made of the twelve columns that tell most.
 */
#ifndef BF_CATALOG_GUESS_KEY_H
#define BF_CATALOG_GUESS_KEY_H

#include "catalog/guess.h"

/* Counts the different values of each column. false: no memory. */
bool bf_guess_count_distinct(struct bf_guess *g);

/* Fills key, nkey and unique. Without a key, up to eight columns that could be part of one, and
 * unique is false. false: no memory. */
bool bf_guess_find_key(struct bf_guess *g);

#endif
