/*
 * store/applied: the changes of the catalogue, by their numbers.
 *
 * Purpose    a generation of workers serves the catalogue as it was after one change, whatever was
 *            applied since. What differs between two changes is what a new generation is tried on.
 * Order      a change is seen only together with all that have smaller numbers.
 * Ownership  lists lie in the given arena.
 * Served     is a change that a server took up, on whichever node: after its canary, or because it
 *            was the first. The clock process tells it.
 * Roles      any, where nothing else is said.
 */
#ifndef BF_STORE_APPLIED_H
#define BF_STORE_APPLIED_H

#include "store/conn.h"

/* The number of the newest change; 0: there is none. */
bool bf_applied_newest(struct bf_conn *c, int64_t *number, struct bf_err *err);

/* What a server that starts serves: the newest change that one has served (0: none ever did, so the
 * newest of all), and the newest of all. */
bool bf_applied_start(struct bf_conn *c, int64_t *served, int64_t *newest, struct bf_err *err);
/* This change is served now. As writer. */
bool bf_applied_tell(struct bf_conn *c, int64_t served, struct bf_err *err);

struct bf_applied_dataset {
    struct bf_str id;
    bool changed; /* it is not what it was after the earlier change, or was not there */
    bool new;     /* it was not there */
    bool code;    /* it has code of its own: a handler, or a hook that takes part in reading */
};

struct bf_applied_datasets {
    struct bf_applied_dataset *items; /* in order of id */
    size_t n;
};

/* The datasets that there are after change `to`, seen from change `from` (0: before all). */
bool bf_applied_compare(struct bf_conn *c, struct bf_arena *a, int64_t from, int64_t to,
                        struct bf_applied_datasets *out, struct bf_err *err);

#endif
