/*
 * catalog/names: other names of a dataset and its fields, what a push may carry, the handler.
 *
 * Purpose    fills aliases, field_aliases, pushed, ignored, handler and options of a manifest.
 *            Comes after catalog/fields.
 * Ownership  everything lies in the reader's arena.
 * Errors     go to the reader's report.
 */
#ifndef BF_CATALOG_NAMES_H
#define BF_CATALOG_NAMES_H

#include "catalog/reader.h"

void bf_names_aliases(struct bf_reader *r, json_t *root, struct bf_manifest *m);
void bf_names_push(struct bf_reader *r, json_t *root, struct bf_manifest *m);
void bf_names_handler(struct bf_reader *r, json_t *root, struct bf_manifest *m);
/* Whether the rows are those of the handler's source; before the fields, which depend on it. */
void bf_names_rows(struct bf_reader *r, json_t *root, struct bf_manifest *m);

/* `[a-z][a-z0-9_-]{0,62}`: ids of datasets and names of handlers. */
bool bf_names_is_id(struct bf_str id);

#endif
