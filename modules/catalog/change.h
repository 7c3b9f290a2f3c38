/*
 * catalog/change: what may become of a dataset that has been published.
 *
 * Purpose    compares the manifest that was applied with the one that is to come. Ids, field names
 *            and aliases are for ever; types, the key and where values come from stay. Refuses,
 *            with every reason, what would lose data or break somebody's query.
 * Ownership  none: everything is borrowed.
 * Errors     go to the report, at the place in the new manifest.
 */
#ifndef BF_CATALOG_CHANGE_H
#define BF_CATALOG_CHANGE_H

#include "catalog/manifest.h"

/* A stored field that became another name of one: good only if no row has another value in it,
 * which the store has to see. */
struct bf_merge {
    const struct bf_manifest_field *gone; /* of the old manifest */
    const struct bf_manifest_field *into; /* of the new one */
};

/* merges: room for old->nfields. Gives how many there are. */
size_t bf_change_check(const struct bf_manifest *old, const struct bf_manifest *now,
                       const char *path, struct bf_report *report, struct bf_merge *merges);

#endif
