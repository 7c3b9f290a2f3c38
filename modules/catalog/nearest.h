/*
 * catalog/nearest: the known name that a wrong one most probably meant.
 *
 * Purpose    `did you mean "label"?` in reports. Edit distance with transpositions; ASCII case does
 *            not count.
 * Limits     names longer than BF_NEAREST_MAX bytes are never near anything; a name is near when at
 *            most a third of the wrong one (rounded up) differs.
 * Ownership  borrows the names.
 *
 *     struct bf_nearest n;
 *     bf_nearest_start(&n, wrong);
 *     for (...) bf_nearest_try(&n, candidate);
 *     if (n.best.n) ...
 */
#ifndef BF_CATALOG_NEAREST_H
#define BF_CATALOG_NEAREST_H

#include "core/str.h"

enum { BF_NEAREST_MAX = 63 };

struct bf_nearest {
    struct bf_str wrong;
    struct bf_str best; /* empty: none is near */
    size_t distance;    /* of best; names as far as the limit count */
};

void bf_nearest_start(struct bf_nearest *n, struct bf_str wrong);
void bf_nearest_try(struct bf_nearest *n, struct bf_str candidate);

#endif
