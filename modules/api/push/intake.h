/*
 * api/push/intake: from a body to a commit: what the routes and `beffroi load` share.
 *
 * Purpose    opens a batch and a decoder, reads the body through them, and commits. The first bad
 *            record gives the database free at once; the rest of the body is only read to count.
 * Script     records go through on_ingest of the dataset (api/push/repair) but for a delete, which
 *            names records as they are stored. What it drops is not written and not charged.
 * Canary     of what a script has repaired, some records are kept as they came (store/came), once
 *            they are committed. That they cannot be is told to the log, and to nobody else.
 * Ownership  everything lies in the arena. faults live as long and are set also when it fails.
 * Errors     the body's, the decoder's, the store's, the script's; PARAMETER for a snapshot without
 *            any record (left by the script) unless allow_empty: it would remove everything, and is
 *            far more often a broken feed.
 */
#ifndef BF_API_PUSH_INTAKE_H
#define BF_API_PUSH_INTAKE_H

#include "api/push/body.h"
#include "api/push/repair.h"
#include "store/commit.h"

struct bf_intake {
    struct bf_conn *conn;
    struct bf_arena *arena;
    const struct bf_entry *entry;
    const struct bf_registry *registry; /* of the entry */
    struct bf_repairs *repairs;
    enum bf_batch_mode mode;
    enum bf_push_format format;
    char delimiter;
    bool allow_empty;
    size_t record_max;
    size_t came; /* so many records are kept for the canary (store/came); 0: none */
    const struct bf_key_box *box; /* that the key is for; NULL: anywhere */
    struct bf_push_body body;
    struct bf_str sub, idempotency_key;
    /* Whether so many rows may be written; false: err is set. May be NULL. */
    bool (*admit)(void *self, uint64_t rows);
    void (*print)(void *self, const struct bf_commit_result *result, struct bf_buf *out);
    void *self;

    /* Results. */
    const struct bf_faults *faults;
    const struct bf_faults *dropped; /* by the script; NULL: the dataset has no on_ingest */
    uint64_t records;                /* that came */
    struct bf_commit_result result;
};

bool bf_intake_run(struct bf_intake *in, struct bf_err *err);

#endif
