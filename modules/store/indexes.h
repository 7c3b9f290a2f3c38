/*
 * store/indexes: the indexes of data.<dataset> that its manifest asks for.
 *
 * Purpose    facets and sortable fields (btree), geometries (GiST), the types of the main
 *            geometry (btree), the text fields together (GIN).
 *            A name tells what an index is made of (a digest of its definition ends it), so that
 *            the wanted ones and those that are there are compared by name alone.
 * Ownership  names and definitions lie in the arena.
 * Limits     names have at most 63 bytes and start with `bf_`; other indexes are left alone.
 */
#ifndef BF_STORE_INDEXES_H
#define BF_STORE_INDEXES_H

#include "store/applying.h"

/* Creates what is missing and drops what nobody asks for any more. */
bool bf_indexes_apply(struct bf_applying *a);

/* Whether there is nothing to do. false with err set: it could not be seen. */
bool bf_indexes_complete(struct bf_applying *a);

#endif
