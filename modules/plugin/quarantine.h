/*
 * plugin/quarantine: datasets whose handler keeps killing workers are taken out of service.
 *
 * Purpose    a table in memory that the master and all workers share. Each worker has a seat in
 *            which it says, by one store, inside which dataset's handler it is; when a worker
 *            dies, the master reads its seat. Three crashes within 60 s: the dataset is out for
 *            60 s, then one request is let through as a trial. A trial that crashes doubles the
 *            time, to 10 min at most; a trial that passes puts the dataset back into service.
 * Promise    requests that come one after the other never bring more than three crashes, nor more
 *            than one per trial, however late the master counts: a process marks its own fall
 *            before its sockets close (plugin/fall), and a fallen one stands against the dataset
 *            until it is counted, exactly once. What cannot be marked (_exit, SIGKILL) counts when
 *            the master collects the process. Requests under way at the same time each may crash.
 * Writing    what a script does to records on their way in (api/push/repair) has a slot of its own:
 *            a dataset that cannot be written goes on being read, and the other way round.
 * Ownership  the caller allocates bf_quarantine_size() zeroed bytes shared by master and workers
 *            (mmap MAP_SHARED | MAP_ANONYMOUS, page-aligned) and casts; there is nothing to free.
 * Units      microseconds of CLOCK_MONOTONIC (bf_clock_mono_us), never 0.
 * Faults     a process may be killed between any two instructions here: every state is one atomic
 *            word, and what a killed process held (its seat, its mark, a trial) is given back by
 *            bf_quarantine_died or runs out by itself.
 * Limits     2048 processes, 1024 datasets with a handler and as many with on_ingest. Beyond: no
 *            seat or no slot, and then the crash is just not counted.
 *
 *     int seat = bf_quarantine_seat(q, getpid());                 worker, after fork
 *     int slot = bf_quarantine_slot(q, dataset, applied_us);
 *     bf_quarantine_enter(q, seat, slot); … bf_quarantine_leave(q, seat);
 *     bf_quarantine_fell(q, getpid());                            on a fatal signal
 *     if (bf_quarantine_died(q, pid, true, now, &news)) …         master, after waitpid
 */
#ifndef BF_PLUGIN_QUARANTINE_H
#define BF_PLUGIN_QUARANTINE_H

#include "plugin/by_dataset.h"

#include <sys/types.h>

struct bf_quarantine;

/* What a worker fell by, for the log and for status. */
enum bf_fall_cause {
    BF_FALL_UNKNOWN,
    BF_FALL_SIGNAL, /* number: which */
    BF_FALL_EXIT,   /* number: its status */
    BF_FALL_HANG,   /* a hook, or a request inside one, that did not come back */
    /* It came back, and left a process that is not fit for the next request (plugin/damage). */
    BF_FALL_MEMORY,
    BF_FALL_DESCRIPTORS,
    BF_FALL_FOLDER,
    BF_FALL_SIGNALS,
    BF_FALL_LOCALE,
    BF_FALL_TIMER,
    BF_FALL_CAUSES
};

struct bf_fall {
    enum bf_fall_cause cause;
    unsigned number;
};

/* As the end of a sentence about the handler; a static text, or one that the next call reuses. */
const char *bf_fall_text(struct bf_fall fall);

size_t bf_quarantine_size(void);

/* The seat of this process; -1: all are taken. Also for a process that comes back to its pid. */
int bf_quarantine_seat(struct bf_quarantine *q, pid_t pid);
/* The slot of a dataset; -1: no room. A later `applied` than the slot's (a new handler or manifest
 * was applied) forgets the crashes of the old one. */
int bf_quarantine_slot(struct bf_quarantine *q, struct bf_str dataset, int64_t applied_us);
/* The same for its records on their way in. */
int bf_quarantine_ingest_slot(struct bf_quarantine *q, struct bf_str dataset, int64_t applied_us);

/* Around every call into a handler; a store or two each. A seat or slot of -1 is allowed. */
void bf_quarantine_enter(struct bf_quarantine *q, int seat, int slot);
void bf_quarantine_leave(struct bf_quarantine *q, int seat);

/* The process of that number ends, if it is inside a handler, as that handler's crash. Safe in a
 * signal handler; once is enough. By the process itself (a child that a handler forked has no seat)
 * or by the master before it kills it. */
void bf_quarantine_fell(struct bf_quarantine *q, pid_t pid);
/* Why, as far as the caller knows; the first one to say so is believed. */
void bf_quarantine_because(struct bf_quarantine *q, pid_t pid, struct bf_fall fall);
/* The master: whether that process is inside a handler, and in which of its calls: the same number
 * twice is the same call. *seat: where it sat when it was looked for last, -1: unknown. */
bool bf_quarantine_inside(const struct bf_quarantine *q, pid_t pid, int *seat, uint32_t *call);
/* It did not end: it has come to its next request. */
void bf_quarantine_stands(struct bf_quarantine *q, int seat);

/* Until when the dataset is out of service; 0: it is not. Changes nothing. */
int64_t bf_quarantine_active(const struct bf_quarantine *q, int slot, int64_t now_us);

enum bf_admission {
    BF_ADMITTED,
    BF_ADMITTED_TRIAL, /* this request is the trial: call bf_quarantine_passed after it */
    BF_REFUSED         /* *until: when to come back */
};

enum bf_admission bf_quarantine_admit(struct bf_quarantine *q, int slot, int64_t now_us,
                                      int64_t *until);
void bf_quarantine_passed(struct bf_quarantine *q, int slot);

/* What a crash led to, for the log. */
struct bf_quarantine_news {
    char dataset[BF_BY_DATASET_NAME];
    bool ingest;        /* on the way in */
    uint32_t crashes;   /* in all since the server started */
    int64_t out_for_us; /* 0: still in service */
    struct bf_fall fall;
};

/* The master, for every process that ended: frees its seat. true: it died inside a handler, *news
 * says which. blame: count that as the handler's crash; false for a SIGKILL from elsewhere (not the
 * master's own kill at the deadline, which is a hanging handler and does count). One that fell
 * counts in any case. */
bool bf_quarantine_died(struct bf_quarantine *q, pid_t pid, bool blame, int64_t now_us,
                        struct bf_quarantine_news *news);

/* One dataset that crashed, for status and metrics. */
struct bf_quarantine_state {
    char dataset[BF_BY_DATASET_NAME];
    bool ingest;         /* on the way in */
    uint32_t crashes;    /* also those that the master has yet to count */
    int64_t until_us;    /* 0: in service */
    struct bf_fall fall; /* the last that was counted */
};

/* Those with at least one crash, at most `room`; returns how many there are. */
size_t bf_quarantine_list(const struct bf_quarantine *q, int64_t now_us,
                          struct bf_quarantine_state *out, size_t room);

#endif
