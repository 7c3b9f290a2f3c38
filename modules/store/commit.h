/*
 * store/commit: writing a batch as one commit of the versioned store.
 *
 * Purpose    gather rows first (parallel, slow), then lock the dataset, then the clock row, apply
 *            the difference and commit. Rows that did not change stay untouched; a batch without
 *            any difference makes no commit, it only moves catalog.state.pushed.
 * Ways       a small batch stays in memory and travels as arrays with everything else in one round
 *            trip; a large one is copied into a temporary table as it comes, so that memory does
 *            not grow with it.
 * Ownership  a batch lies in the arena; its connection is busy with it until bf_batch_commit,
 *            bf_batch_abandon or the arena's reset (which abandons).
 * Errors     the store's (UNAVAILABLE, TIMEOUT, STORAGE, INTERNAL, MEMORY); IDEMPOTENCY when the
 *            key was used for another request; CONFLICT when the dataset has left the catalogue;
 *            ROWS when a record that lies outside of the writer's box would be replaced.
 *            When the connection breaks while the commit is in flight, the error says that the
 *            outcome is not known: only an idempotency key makes a retry harmless then.
 * Order      pg_advisory_xact_lock(BF_LOCK_DATASET, number), then catalog.clock: always, so that
 *            two writers never wait for each other.
 *
 *     b = bf_batch_open(conn, arena, entry, BF_BATCH_UPSERT, err);
 *     bf_batch_row(b, id, values, err) ...; bf_batch_commit(b, &push, &result, err);
 */
#ifndef BF_STORE_COMMIT_H
#define BF_STORE_COMMIT_H

#include "catalog/registry.h"
#include "store/conn.h"
#include "store/record_id.h"

enum { BF_LOCK_DATASET = 0x6266 }; /* first key of the advisory locks; the second is the number */

enum bf_batch_mode {
    BF_BATCH_UPSERT,   /* rows that are not in the batch stay */
    BF_BATCH_SNAPSHOT, /* rows that are not in the batch are removed */
    BF_BATCH_DELETE,   /* the rows of the batch are removed; only their ids count */
};

struct bf_batch;
struct bf_commit_result;

struct bf_batch *bf_batch_open(struct bf_conn *c, struct bf_arena *a, const struct bf_entry *entry,
                               enum bf_batch_mode mode, struct bf_err *err);

/* values: one per field of the manifest, in its order (computed and added fields are skipped); NULL
 * for a delete. Two rows with the same id in one batch are the caller's error to find. */
bool bf_batch_row(struct bf_batch *b, const unsigned char id[BF_RECORD_ID],
                  const struct bf_value *values, struct bf_err *err);
size_t bf_batch_rows(const struct bf_batch *b);

/* Writes nothing, frees the connection; may be repeated. */
void bf_batch_abandon(struct bf_batch *b);

/* For who may write inside a box alone: what an upsert would replace lies wholly in it, too, as it
 * is under the dataset's lock. Degrees. */
struct bf_batch_box {
    double west, south, east, north;
    /* This row of the batch (from 0) would replace a record elsewhere. Called for the first
     * BF_BATCH_OUTSIDE of them. */
    void (*outside)(void *self, uint64_t row);
    void *self;
};
enum { BF_BATCH_OUTSIDE = 20 };

struct bf_batch_push {
    struct bf_str sub;              /* who */
    unsigned char source[32];       /* SHA-256 of the body */
    struct bf_str idempotency_key;  /* or empty */
    unsigned char request[32];      /* with a key: SHA-256 of all that the key stands for */
    const struct bf_batch_box *box; /* or NULL; the main geometry is a stored one */
    bool repeated; /* instants of z_is_local among the rows may be an hour later: store/repeated */
    int64_t received; /* when the rows came, which then tells whether they are */
    /* Prints the answer of this result, to be kept with the receipt. */
    void (*print)(void *self, const struct bf_commit_result *result, struct bf_buf *out);
    void *self;
};

struct bf_commit_result {
    int64_t commit;  /* the dataset's newest now: the new one, or the old one if nothing differed */
    int64_t instant; /* of that commit */
    int64_t pushed;  /* instant of this push */
    int64_t records; /* that the dataset holds now */
    int64_t added, changed, removed, unchanged;
    bool replayed;        /* the idempotency key was known: `answer` is what was said then, */
    struct bf_str answer; /* in the arena, and the numbers above are not set */
};

bool bf_batch_commit(struct bf_batch *b, const struct bf_batch_push *push,
                     struct bf_commit_result *out, struct bf_err *err);

#endif
