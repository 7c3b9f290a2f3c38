/*
 * store/catalog: the catalogue between its tables and its registry.
 *
 * bf_catalog_load    reads every dataset into a registry (in its arena), parsing one manifest at a
 *                    time, and seals it. A manifest that can no longer be read is logged and left
 *                    out; *left_out counts them.
 * bf_catalog_load_of the same as the catalogue was after that change (store/applied).
 * bf_catalog_apply   creates or migrates the tables and indexes of one dataset in one transaction,
 *                    or refuses with every reason. A change that would lose data or break a
 *                    published field is refused and explained; no column, row or name is ever
 *                    dropped (indexes are). Same manifest, handler and hook again: nothing is
 *                    written.
 * Roles      load: any; apply: owner.
 */
#ifndef BF_STORE_CATALOG_H
#define BF_STORE_CATALOG_H

#include "catalog/registry.h"
#include "store/conn.h"

/* First key of the advisory lock of who changes the catalogue; the second is 0. One at a time:
 * names and uids are looked for, then taken. */
enum { BF_LOCK_APPLY = 0x6268 };

bool bf_catalog_load(struct bf_conn *c, struct bf_registry *registry, size_t *left_out,
                     struct bf_err *err);

bool bf_catalog_load_of(struct bf_conn *c, struct bf_registry *registry, int64_t change,
                        size_t *left_out, struct bf_err *err);

struct bf_apply {
    const struct bf_manifest *manifest;
    struct bf_str json;         /* the manifest's text */
    struct bf_str handler;      /* file name of the installed handler, or empty */
    struct bf_str hook;         /* text of hook.lua, or empty */
    bool hook_reads;            /* it has a part in reading */
    const struct bf_str *files; /* bytes of those of the manifest, kind by kind, in its order */
    const char *path;           /* for the report */
};

enum bf_applied {
    BF_APPLIED_CREATED,
    BF_APPLIED_MIGRATED,
    BF_APPLIED_UNCHANGED,
    BF_APPLIED_REFUSED
};

/* done: what was done, one line each ("added column etat", "created index …"). REFUSED: nothing was
 * written, and the report says why, or err is set. Everything needed on the way lies in the
 * report's arena. */
enum bf_applied bf_catalog_apply(struct bf_conn *c, const struct bf_conf *conf,
                                 const struct bf_apply *what, struct bf_report *report,
                                 struct bf_buf *done, struct bf_err *err);

#endif
