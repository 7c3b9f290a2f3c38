/*
 * catalog/registry: the datasets that one generation of workers serves.
 *
 * Purpose    id or alias to dataset, and the list in order of id.
 * Ownership  everything lies in the generation's arena; filled once at start (store/catalog), then
 *            only read. Entries may move until bf_registry_seal.
 */
#ifndef BF_CATALOG_REGISTRY_H
#define BF_CATALOG_REGISTRY_H

#include "catalog/manifest.h"

struct bf_entry {
    const struct bf_manifest *manifest;
    const struct bf_manifest *whole; /* with everything, where `manifest` is a part; else NULL */
    size_t index;                    /* 0..n-1 in order of id */
    struct bf_str uid;               /* da_xxxxxx */
    struct bf_str handler;           /* file name of the installed handler, or empty */
    struct bf_str hook;              /* text of hook.lua, or empty */
    bool hook_reads;                 /* it has a part in reading: on_request, on_record or fields */
    int64_t created_us, applied_us;
    /* catalog.dataset.digest: manifest, handler and hook; of catalog/visible also: what is seen of
     * it. */
    unsigned char digest[32];
    bool records_hidden; /* the records cannot be read */
    bool restricted;     /* not everybody sees it like this */
};

struct bf_registry {
    struct bf_arena *arena;
    struct bf_entry *entries; /* in order of id */
    size_t n, room;
    struct bf_map names;
};

void bf_registry_init(struct bf_registry *r, struct bf_arena *a);

/* In order of id; false: no memory. */
bool bf_registry_add(struct bf_registry *r, const struct bf_entry *entry);

/* After the last add: builds the names. */
bool bf_registry_seal(struct bf_registry *r);

/* NULL: none. */
const struct bf_entry *bf_registry_find(const struct bf_registry *r, struct bf_str id);

#endif
