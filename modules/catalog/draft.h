/*
 * catalog/draft: a manifest for rows that nobody has described, to be gone through by somebody.
 *
 * Purpose    prints dataset.json from what catalog/guess found. It passes `beffroi check` as it is;
 *            what only people know (what the data are, who publishes them, how often they change)
 *            stands there in words that say so.
 */
#ifndef BF_CATALOG_DRAFT_H
#define BF_CATALOG_DRAFT_H

#include "catalog/guess.h"
#include "core/buf.h"

/* source: what the rows came from, for the description. */
void bf_draft_print(struct bf_buf *out, const struct bf_guess *g, struct bf_str id,
                    struct bf_str source);

#endif
