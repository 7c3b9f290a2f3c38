/*
 * catalog/visible: the datasets as somebody sees them who has certain rights.
 *
 * Purpose    a registry of its own, in which what his rights do not show has never been
 *            (catalog/rights). Whoever is given it looks datasets up as in any other.
 * Ownership  in the arena of `out`, which must not outlive `whole`: datasets without private fields
 *            are the same manifests.
 * Digest     that of an entry says also which of its private parts are seen, so that no answer that
 *            is kept under it can reach somebody who sees another part.
 */
#ifndef BF_CATALOG_VISIBLE_H
#define BF_CATALOG_VISIBLE_H

#include "catalog/registry.h"
#include "catalog/rights.h"

/* All rights that some dataset requires for anything, each once, in order. false: no memory. */
bool bf_visible_rights(const struct bf_registry *whole, struct bf_arena *a, struct bf_rights *out);

/* out: initialised and empty. false: no memory. */
bool bf_visible_registry(const struct bf_registry *whole, const struct bf_rights *rights,
                         struct bf_registry *out);

#endif
