/*
 * api/push/reach: the contours in which the script of a dataset looks places up.
 *
 * Purpose    from the manifest's `areas` (catalog/areas) to what lua/areas searches, with the
 *            commits that it was read at.
 * Ownership  everything lies in the arena; let it have BF_REACH_MEMORY.
 * Rule       a dataset that is not there, or has no records yet, is a layer without areas: nothing
 *            is found in it.
 * Errors     HANDLER: it has no contours, or not these fields; else those of the store.
 */
#ifndef BF_API_PUSH_REACH_H
#define BF_API_PUSH_REACH_H

#include "catalog/areas.h"
#include "catalog/registry.h"
#include "lua/areas.h"
#include "store/conn.h"
#include "store/live.h"

enum { BF_REACH_MEMORY = 512 << 20 };

struct bf_reach {
    const struct bf_areas *areas; /* NULL: the manifest names none */
    struct {
        struct bf_str dataset;
        int64_t commit;
    } layers[BF_AREA_LAYERS];
    size_t n;
};

bool bf_reach_read(struct bf_reach *r, struct bf_arena *a, struct bf_conn *conn,
                   const struct bf_registry *registry, const struct bf_manifest *m,
                   struct bf_err *err);

/* *same: no dataset of it has another commit. live: NULL: ask the database. */
bool bf_reach_same(const struct bf_reach *r, const struct bf_live *live, struct bf_conn *conn,
                   bool *same, struct bf_err *err);

#endif
