/*
 * api/push/rehearse: what a dataset of this generation would make of records that came before.
 *
 * Purpose    the lines of store/came go through on_ingest (when the dataset has it) and the
 *            checks of names, types and key, and nothing is written: the canary compares what two
 *            generations make of the same records (worker/canary).
 * Outcome    of each record whether it would be written, left out by the script, or refuse its
 *            batch, and why; and a sum of what would be written, by names of fields: one more
 *            that is null makes no difference.
 * Quiet      what the script logs is not logged; no failure is counted (plugin/fuse).
 * Errors     a script that cannot be opened, or areas that are not there: every record fails with
 *            that reason. err: the store's.
 */
#ifndef BF_API_PUSH_REHEARSE_H
#define BF_API_PUSH_REHEARSE_H

#include "api/push/came.h"
#include "catalog/registry.h"
#include "store/conn.h"

enum { BF_REHEARSED_TEXT = 160 };

enum bf_rehearsed_as {
    BF_REHEARSED_NOT, /* there is no such record, or no time was left for it */
    BF_REHEARSED_WRITTEN,
    BF_REHEARSED_DROPPED,
    BF_REHEARSED_FAILED /* its batch would be refused: `why` */
};

struct bf_rehearsed {
    enum bf_rehearsed_as as;
    uint64_t sum; /* WRITTEN */
    char why[BF_REHEARSED_TEXT];
};

struct bf_rehearsal {
    struct bf_conn *conn;               /* any role */
    const struct bf_registry *registry; /* where the datasets of contours are */
    const struct bf_entry *entry;
    struct bf_str lines;
    size_t record_max;
};

bool bf_rehearse(const struct bf_rehearsal *r, struct bf_rehearsed out[BF_CAME_RECORDS],
                 struct bf_err *err);

#endif
