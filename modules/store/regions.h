/*
 * store/regions: the contours of a dataset, to look places up in.
 *
 * Purpose    every record of the dataset that has a shape, in the order of first insertion, with
 *            some of its fields as texts, and the commit that this is.
 * Ownership  everything lies in the arena.
 * Limits     BF_REGIONS_MOST records and BF_REGIONS_BYTES bytes: the whole lies in the memory of a
 *            worker.
 * Errors     those of the connection; TOO_LARGE beyond the limits.
 */
#ifndef BF_STORE_REGIONS_H
#define BF_STORE_REGIONS_H

#include "catalog/manifest.h"
#include "store/conn.h"

enum { BF_REGIONS_MOST = 100000, BF_REGIONS_BYTES = 64 << 20 };

struct bf_region {
    struct bf_str shape;         /* EWKB */
    const struct bf_str *values; /* one per field; {NULL, 0}: null */
};

struct bf_regions {
    const struct bf_region *items;
    size_t n;
};

/* The dataset's newest commit; 0: none yet, or there is no such dataset. */
bool bf_regions_commit(struct bf_conn *c, struct bf_str dataset, int64_t *commit,
                       struct bf_err *err);

/* m: of the dataset; its main geometry is a stored or computed shape. fields: of it, n of them. */
bool bf_regions_read(struct bf_conn *c, struct bf_arena *a, const struct bf_manifest *m,
                     const struct bf_manifest_field *const *fields, size_t n,
                     struct bf_regions *out, struct bf_err *err);

#endif
