/*
 * catalog/guess_name: from what a source calls a column to a name that a field can have.
 *
 * Purpose    "Nom de la station" -> nom_de_la_station, "N° INSEE" -> n_insee, "Élus 2020" ->
 *            elus_2020: letters of French without accents, lower case, everything else one
 *            underscore. A name that is reserved or taken gets a number.
 * Ownership  in the arena.
 */
#ifndef BF_CATALOG_GUESS_NAME_H
#define BF_CATALOG_GUESS_NAME_H

#include "core/map.h"

/* Whether a field can have it as it is. */
bool bf_guess_name_fits(struct bf_str header);

/* taken: names that are given already; the new one is added. {NULL, 0}: no memory. */
struct bf_str bf_guess_name(struct bf_arena *a, struct bf_str header, struct bf_map *taken);

/* Whether the name is, or has as one of its parts, one of the words, which stand with blanks around
 * each: " id code ". */
bool bf_guess_name_says(struct bf_str name, const char *words);

#endif
