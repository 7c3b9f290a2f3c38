/*
 * store/commit: writing a batch as one commit of the versioned store.
 *
 * Purpose    stage and validate first (parallel, slow), then lock the dataset, then the clock row, apply the difference and
 *            commit. Rows that did not change stay untouched; a batch without any difference makes no commit.
 * Ownership  a batch lies in the arena and is ended by bf_batch_commit or by the arena's reset (bf_defer rolls back).
 * Errors     the store's (UNAVAILABLE, TIMEOUT, STORAGE, INTERNAL), IDEMPOTENCY when the key was used for another body.
 * Order      advisory lock of the dataset, then catalog.clock: always, so that two writers never wait for each other.
 *
 *     b = bf_batch_open(conn, arena, entry, BF_BATCH_UPSERT, err);
 *     bf_batch_row(b, values, err) ...; bf_batch_commit(b, &push, &result, err);
 */
#ifndef BF_STORE_COMMIT_H
#define BF_STORE_COMMIT_H

#include "catalog/registry.h"
#include "store/conn.h"

enum bf_batch_mode {
    BF_BATCH_UPSERT,   /* rows that are not in the batch stay */
    BF_BATCH_SNAPSHOT, /* rows that are not in the batch are removed */
    BF_BATCH_DELETE,   /* the rows of the batch are removed; only key fields count */
};

struct bf_batch;
struct bf_commit_result;

struct bf_batch *bf_batch_open(struct bf_conn *c, struct bf_arena *a, const struct bf_entry *entry, enum bf_batch_mode mode,
                               struct bf_err *err);

/* One value per field of the manifest, in its order (computed and added fields are skipped). Two rows with the same key in one
 * batch are the caller's error to find (bf_batch_id). */
bool bf_batch_row(struct bf_batch *b, const struct bf_value *values, struct bf_err *err);

/* The 20 bytes that identify the row of these values: the first 20 bytes of the SHA-256 of the key fields' canonical JSON array. */
enum { BF_RECORD_ID = 20 };
void bf_batch_id(struct bf_batch *b, const struct bf_value *values, unsigned char id[BF_RECORD_ID]);

struct bf_batch_push {
    struct bf_str sub;              /* who */
    unsigned char source[32];       /* SHA-256 of the body */
    struct bf_str idempotency_key;  /* or empty */
    /* Prints the answer of this result, to be kept with the receipt. */
    void (*print)(void *self, const struct bf_commit_result *result, struct bf_buf *out);
    void *self;
};

struct bf_commit_result {
    int64_t commit;  /* the dataset's newest commit now: the new one, or the old one when nothing differed */
    int64_t instant; /* of that commit */
    int64_t pushed;  /* instant of this push */
    int64_t added, changed, removed, unchanged;
    bool replayed;        /* the idempotency key was known: `answer` is what was said then */
    struct bf_str answer; /* in the arena */
};

bool bf_batch_commit(struct bf_batch *b, const struct bf_batch_push *push, struct bf_commit_result *out, struct bf_err *err);

#endif
