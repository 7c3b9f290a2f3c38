/*
 * store/versions: the earlier versions of a dataset's description, to put one back.
 *
 * Purpose    reads what catalog.applied kept: manifest, handler and hook as they were applied.
 *            Putting one back is an `apply` like any other (store/catalog), with
 *            bf_versions_mark before it so that the new version says which one it repeats.
 * Ownership  everything lies in the given arena.
 * Errors     NOT_FOUND_RESOURCE: there is no such version.
 * Roles      owner.
 */
#ifndef BF_STORE_VERSIONS_H
#define BF_STORE_VERSIONS_H

#include "catalog/manifest.h"
#include "store/conn.h"

struct bf_version {
    int64_t number;
    int64_t put_back;       /* the version that it repeats; 0: none */
    int64_t at;             /* microseconds */
    bool current;           /* what is applied now */
    struct bf_str manifest; /* JSON */
    struct bf_str handler;  /* file name, or empty */
    struct bf_str hook;     /* text of hook.lua, or empty */
    bool hook_reads;
};

/* Newest first, without their texts. false: err is set. */
bool bf_versions_list(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                      struct bf_version **out, size_t *n, struct bf_err *err);

/* The version of that number. */
bool bf_version_get(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset, int64_t number,
                    struct bf_version *out, struct bf_err *err);
/* The one that was there before the present one: for one that was put back, before the one that it
 * repeats, so that putting back again goes back further. */
bool bf_version_before(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                       struct bf_version *out, struct bf_err *err);
/* The one that was current after a change of the catalogue. */
bool bf_version_at(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset, int64_t change,
                   struct bf_version *out, struct bf_err *err);

/* Through this connection the next version of a dataset is one that repeats another one. */
bool bf_versions_mark(struct bf_conn *c, int64_t number, struct bf_err *err);

/* The bytes of the files that the manifest of that version names, in its order, as they were then
 * (store/files). NULL: err is set, also when one of them is not kept any more. */
const struct bf_str *bf_versions_files(struct bf_conn *c, struct bf_arena *a,
                                       const struct bf_manifest *m, int64_t number,
                                       struct bf_err *err);

#endif
