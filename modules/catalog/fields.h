/*
 * catalog/fields: the fields of a manifest, its key and its geometry.
 *
 * Purpose    fills m->fields, m->key, m->geometry and the columns and names of m->schema.
 * Ownership  everything lies in the reader's arena.
 * Errors     go to the reader's report.
 */
#ifndef BF_CATALOG_FIELDS_H
#define BF_CATALOG_FIELDS_H

#include "catalog/reader.h"

void bf_fields_read(struct bf_reader *r, json_t *root, struct bf_manifest *m);

/* `[a-z][a-z0-9_]{0,62}`; upper case too when `upper` is set. */
bool bf_fields_is_name(struct bf_str name, bool upper);

/* Why the name cannot be a field's or a field alias's, or NULL. */
const char *bf_fields_reserved(struct bf_str name);

/* `there is no field "x"` at the current place, with the nearest name. */
void bf_fields_unknown(struct bf_reader *r, const struct bf_manifest *m, struct bf_str name);

#endif
