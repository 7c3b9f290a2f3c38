/*
 * worker/trial: what became of each attempt at a new generation of workers.
 *
 * Purpose    the master, the canary of the coming generation (worker/canary) and the commands that
 *            wait for the outcome meet here.
 * Ownership  part of the scoreboard: the last BF_TRIALS attempts. The master begins and ends a
 *            trial; in between its canary alone writes counts, findings and, last, the verdict.
 *            Nothing is locked; who looks on believes texts and counts once the end is told.
 * Never in it: what was asked, addresses, keys. A finding names dataset, route and status.
 */
#ifndef BF_WORKER_TRIAL_H
#define BF_WORKER_TRIAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { BF_TRIALS = 8, BF_TRIAL_TEXT = 192, BF_TRIAL_FINDINGS = 24 };

/* Of the canary. */
enum bf_verdict {
    BF_VERDICT_NONE,
    BF_VERDICT_GOOD,
    BF_VERDICT_BAD,   /* the new generation answers worse than the one that serves */
    BF_VERDICT_UNABLE /* it could not be tried: the database is away, … */
};

/* Of the master. */
enum bf_trial_end {
    BF_TRIAL_RUNS,
    BF_TRIAL_SERVES,  /* the generation has taken over, and no older worker takes a request */
    BF_TRIAL_REFUSED, /* its canary found it worse: the old one stays */
    BF_TRIAL_FAILED,  /* its workers, or the canary, did not come up: the old one stays */
};

struct bf_finding {
    _Atomic uint32_t bad; /* a reason to refuse; else only to know */
    char text[BF_TRIAL_TEXT];
};

struct bf_trial {
    /* of the master */
    _Atomic uint64_t generation;         /* 0: none yet */
    _Atomic uint32_t end;                /* enum bf_trial_end */
    _Atomic uint32_t settings;           /* the settings were read anew for it */
    _Atomic int64_t begun_wall, took_us; /* took: until it served, or the old one was to stay */
    char settings_why[BF_TRIAL_TEXT];    /* why the old settings stay; empty: they do not */
    char why[BF_TRIAL_TEXT];             /* why the old generation stays */
    /* of the canary */
    _Atomic uint32_t verdict; /* enum bf_verdict */
    _Atomic uint32_t all;     /* tried on every dataset, not only on those that changed */
    _Atomic uint32_t datasets, changed, opened; /* opened: handlers */
    _Atomic uint32_t replayed, same, different; /* requests; different: as their dataset is */
    _Atomic uint32_t records, records_other;    /* tried as they came; of these, made otherwise */
    _Atomic uint32_t uncompared; /* the data moved, or the answer is another one each time */
    _Atomic uint32_t left_out;   /* not replayed: there was no time for them */
    _Atomic uint32_t findings;   /* also those beyond BF_TRIAL_FINDINGS, which are not kept */
    struct bf_finding finding[BF_TRIAL_FINDINGS];
};

/* The place of a generation's trial; whose it is at the moment says `generation`. */
struct bf_trial *bf_trial_place(struct bf_trial trials[BF_TRIALS], uint64_t generation);
/* By the master: empties the place for a new trial. */
struct bf_trial *bf_trial_begin(struct bf_trial trials[BF_TRIALS], uint64_t generation);
void bf_trial_find(struct bf_trial *t, bool bad, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The first trial that began after `after`, reads the settings anew (or any, `settings` false) and
 * has ended. NULL: not yet. */
const struct bf_trial *bf_trial_ended(const struct bf_trial trials[BF_TRIALS], uint64_t after,
                                      bool settings);
/* How that of a generation has ended; failed as well when its place is another's by now. */
enum bf_trial_end bf_trial_end_of(const struct bf_trial trials[BF_TRIALS], uint64_t generation);
/* The newest that has ended. NULL: none yet. */
const struct bf_trial *bf_trial_last(const struct bf_trial trials[BF_TRIALS]);

#endif
