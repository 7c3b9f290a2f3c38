/*
 * catalog/metas: what a manifest says under `metas`.
 *
 *     "metas": {"default": {"territory": ["Lille"]}, "custom": {"data-owner": ["Voirie"]}}
 *
 * Metas      a text or a list of texts for each key; keys of catalog/templates that may be given,
 *            any `[a-z][a-z0-9_-]{0,62}` under `custom`.
 * Errors     go to the reader's report.
 */
#ifndef BF_CATALOG_METAS_H
#define BF_CATALOG_METAS_H

#include "catalog/reader.h"

void bf_metas_read(struct bf_reader *r, json_t *root, struct bf_manifest *m);

/* What the manifest gives; NULL: nothing. */
const struct bf_meta *bf_metas_find(const struct bf_manifest *m, const char *group,
                                    struct bf_str key);

#endif
