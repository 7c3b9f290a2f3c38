/*
 * plugin/fuse: a script that keeps failing is switched off for its dataset alone.
 *
 * Purpose    a table in memory that all workers of a node share. A script that fails costs the
 *            request (500), like any handler. At the tenth failure of one of its parts that part is
 *            switched off for a minute (hook_pause_ms), then tried again; a trial that fails
 *            doubles the time, to ten times of it at most. What it means that a part is off is
 *            plugin/script's to say: rows flow without what the script adds to them; a dataset
 *            whose requests the script narrows is out of service, because nothing that it hides may
 *            be shown. To on_ingest (api/push/repair) a batch is what a request is to the others;
 *            while it is off, nothing is written.
 * Count      over all workers, per dataset and applied version: another apply begins anew. Failures
 *            are forgotten when a minute has gone by without one and some request has passed since.
 *            The same dataset as others see it (api/visibility) is the same dataset here.
 * Crashes    and endless loops end the worker: these are plugin/quarantine's.
 * Ownership  the caller allocates bf_fuses_size() zeroed bytes shared by all (mmap, page-aligned),
 *            casts and calls bf_fuses_init; there is nothing to free.
 * Units      microseconds of CLOCK_MONOTONIC, never 0; *_wall: of the wall clock.
 * Faults     a process may be killed between any two instructions here: every state is one atomic
 *            word; a trial whose process died runs out by itself. The text of the last failure may
 *            be cut, or mixed out of two that came at once; it is always UTF-8.
 * Limits     1024 datasets with a script. Beyond: nothing is counted, each failure fails its
 *            request.
 *
 *     struct bf_fuse fuse = bf_fuse_of(fuses, dataset, applied_us);
 *     switch (bf_fuse_ask(&fuse, BF_FUSE_ROW, now, &until)) …     once per request
 *     bf_fuse_failed(&fuse, BF_FUSE_ROW, "hook.lua:3: …", …)      or
 *     bf_fuse_passed(&fuse, BF_FUSE_ROW, …)                       or, of a trial, bf_fuse_unknown
 */
#ifndef BF_PLUGIN_FUSE_H
#define BF_PLUGIN_FUSE_H

#include "plugin/by_dataset.h"

enum { BF_FUSE_TEXT = 240, BF_FUSE_FAILURES = 10 };

/* on_request, on_record, on_ingest */
enum bf_fuse_part { BF_FUSE_REQUEST, BF_FUSE_ROW, BF_FUSE_INGEST, BF_FUSE_PARTS };

struct bf_fuses;

size_t bf_fuses_size(void);
/* pause_us: how long a part is off at first, instead of 60 s. */
void bf_fuses_init(struct bf_fuses *all, int64_t pause_us);

/* Of one dataset in one version; slot -1: there is no table, or no room in it. */
struct bf_fuse {
    struct bf_fuses *all;
    int slot;
    int64_t applied;
};

struct bf_fuse bf_fuse_of(struct bf_fuses *all, struct bf_str dataset, int64_t applied_us);

enum bf_fuse_state {
    BF_FUSE_ON,
    BF_FUSE_OFF,  /* *until: when the next trial may begin */
    BF_FUSE_TRIAL /* off, and this request may find out whether it works again */
};

enum bf_fuse_state bf_fuse_ask(const struct bf_fuse *f, enum bf_fuse_part part, int64_t now_us,
                               int64_t *until);

/* What a failure led to, for the log. */
struct bf_fuse_news {
    uint32_t failures;  /* in a row */
    int64_t off_for_us; /* 0: not switched off by this one */
};

/* state: what ask said; why: script, line and message. */
struct bf_fuse_news bf_fuse_failed(const struct bf_fuse *f, enum bf_fuse_part part,
                                   enum bf_fuse_state state, int64_t now_us, const char *why);
/* true: that was a trial, and the part is on again. */
bool bf_fuse_passed(const struct bf_fuse *f, enum bf_fuse_part part, enum bf_fuse_state state,
                    int64_t now_us);
/* The trial found nothing to try it on: the next request may. */
void bf_fuse_unknown(const struct bf_fuse *f, enum bf_fuse_part part, enum bf_fuse_state state);

/* When the part was last switched on again, on the wall clock; 0: it was never off. */
int64_t bf_fuse_back_wall(const struct bf_fuse *f, enum bf_fuse_part part);

/* One part that has failed, for status and metrics. */
struct bf_fuse_line {
    char dataset[BF_BY_DATASET_NAME];
    enum bf_fuse_part part;
    uint32_t failures;      /* since the version was applied, or the server started */
    bool off;               /* now */
    int64_t until_us;       /* off: when the next trial may begin */
    int64_t last_wall;      /* the last failure */
    char why[BF_FUSE_TEXT]; /* of it */
};

/* Those with at least one failure, at most `room`; returns how many there are. */
size_t bf_fuses_list(const struct bf_fuses *all, struct bf_fuse_line *out, size_t room);

/* "on_request", "on_record", "on_ingest". */
const char *bf_fuse_part_name(enum bf_fuse_part part);

#endif
