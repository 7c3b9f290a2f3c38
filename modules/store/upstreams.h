/*
 * store/upstreams: what is known of each dataset that is fetched, and who may run it.
 *
 * Order      bf_upstream_lock, bf_upstream_claim, (the run), bf_upstream_end; the lock ends with
 *            the connection. A claim counts the run as failed before it begins: whoever dies in the
 *            middle has said everything, and the next claim records that run as interrupted.
 * Two nodes  one of them has the lock; what a run tells counts only while its number is the newest.
 * Pace       a run is due one period (and up to a twentieth of it) after the last one began. After
 *            failures it is twice as long each time, up to an hour or the period. A source that
 *            wants to be left alone for longer is.
 * Roles      writer; load of what is held and shown: writer.
 * Ownership  texts that come back lie in the arena.
 * Errors     the store's.
 */
#ifndef BF_STORE_UPSTREAMS_H
#define BF_STORE_UPSTREAMS_H

#include "catalog/registry.h"
#include "catalog/upstream.h"
#include "store/commit.h"

enum { BF_LOCK_UPSTREAM = 25203 }; /* first key of the advisory locks; the second is the number */

/* Rows for every source of the catalogue; a source that changed is due at once. */
bool bf_upstreams_sync(struct bf_conn *c, const struct bf_registry *r, struct bf_err *err);
bool bf_upstream_sync(struct bf_conn *c, const struct bf_entry *entry, struct bf_err *err);

/* What is due, the longest first, and how long until the next one (us, at most `most_us`). */
enum { BF_UPSTREAM_QUEUE = 32 };
struct bf_upstream_queue {
    struct {
        struct bf_str id;
        int number;
    } due[BF_UPSTREAM_QUEUE];
    size_t n;
    int64_t wait_us;
};
bool bf_upstreams_due(struct bf_conn *c, struct bf_arena *a, int64_t most_us,
                      struct bf_upstream_queue *out, struct bf_err *err);

bool bf_upstream_lock(struct bf_conn *c, int number, bool *have, struct bf_err *err);
bool bf_upstream_unlock(struct bf_conn *c, int number, struct bf_err *err);

struct bf_upstream_claim {
    int64_t run;                         /* 0: it is not due, or not ours */
    struct bf_str etag, modified, names; /* of the newest good run; or empty */
    struct bf_str body;                  /* 32 bytes, or empty */
    int64_t records;                     /* that the dataset holds now */
    bool untouched;                      /* since the newest good run nobody else wrote */
};
bool bf_upstream_claim(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset, bool forced,
                       struct bf_upstream_claim *out, struct bf_err *err);
bool bf_upstream_is_newest(struct bf_conn *c, struct bf_str dataset, int64_t run, bool *is,
                           struct bf_err *err);

enum bf_upstream_result {
    BF_UPSTREAM_CHANGED,
    BF_UPSTREAM_UNCHANGED,
    BF_UPSTREAM_HELD,
    BF_UPSTREAM_FAILED,
    BF_UPSTREAM_ACCEPTED,
};

struct bf_upstream_outcome {
    enum bf_upstream_result result;
    int status;             /* 0: no answer came */
    int64_t bytes, records; /* -1: not known */
    int64_t rest_us;        /* the source wants to be left alone for so long; 0: it does not say */
    struct bf_str reason;   /* or empty */
    /* Of what the dataset has now. Without a body the others stay as they were, but for what is new
     * of them. */
    struct bf_str etag, modified, names, body;
    const struct bf_commit_result *commit; /* or NULL */
};
bool bf_upstream_end(struct bf_conn *c, struct bf_str dataset, int64_t run,
                     const struct bf_upstream_outcome *o, struct bf_err *err);
/* Of somebody who ended without a word. The caller has the lock. */
bool bf_upstream_lost(struct bf_conn *c, struct bf_str dataset, struct bf_str reason,
                      struct bf_err *err);
/* The source is alive and gives what the dataset has: as a push in which nothing differs. at_us:
 * when it was, if that is before now; 0: now. */
bool bf_upstream_alive(struct bf_conn *c, struct bf_str dataset, int64_t at_us, struct bf_err *err);

struct bf_upstream_held {
    int64_t run, since;
    struct bf_str format, names, etag, modified, body, content;
    int64_t records;
};
bool bf_upstream_hold(struct bf_conn *c, struct bf_str dataset, const struct bf_upstream_held *h,
                      struct bf_err *err);
/* h->run is 0 when nothing is held. */
bool bf_upstream_get_held(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                          struct bf_upstream_held *h, struct bf_err *err);

/* For people: each source, or one. */
struct bf_upstream_row {
    struct bf_str dataset, state, reason, node;
    bool running;
    int64_t run, started, ended, good, due, failures, records, status, held_since, every_us;
};
bool bf_upstreams_list(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                       struct bf_upstream_row **rows, size_t *n, struct bf_err *err);

#endif
