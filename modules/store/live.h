/*
 * store/live: each dataset's newest commit in shared memory.
 *
 * Purpose    deciding 304 and the age of an answer without PostgreSQL; waking the master when the
 *            catalogue changed.
 * Ownership  one region (MAP_SHARED) made by the guardian before any fork. One writer, but for
 *            bf_live_met: the clock process. Readers: everybody, without locks (a sequence counter
 *            per slot; a reader that meets a writer reads again). A reader of `hearing` also looks
 *            at heard_at_mono: a clock process that died or hangs says nothing.
 * Limits     BF_LIVE_DATASETS datasets; one more is logged and simply never answered from memory.
 * Units      microseconds since 1970.
 */
#ifndef BF_STORE_LIVE_H
#define BF_STORE_LIVE_H

#include "core/str.h"

enum { BF_LIVE_DATASETS = 4096 };

struct bf_live;

/* Of what fetches the dataset, when something does: how its newest run ended. */
enum bf_live_source { BF_LIVE_SOURCE_GOOD, BF_LIVE_SOURCE_FAILING, BF_LIVE_SOURCE_HELD };

struct bf_live_state {
    int64_t commit;
    int64_t instant; /* of the commit */
    int64_t pushed;  /* newest accepted push; 0: never */
    int64_t records;
    int64_t source; /* enum bf_live_source; GOOD also where there is no source */
};

size_t bf_live_size(void);
/* By the guardian, on zeroed memory of bf_live_size() bytes. */
struct bf_live *bf_live_init(void *memory);

/* A reader has met this commit in PostgreSQL. Until the clock process has heard of it, memory is
 * behind what somebody was told, and is not believed: nobody sees a step back. */
void bf_live_met(struct bf_live *live, struct bf_str dataset, int64_t commit);
/* Whether nobody has met a newer commit of the dataset (or of all, {NULL, 0}) than this one. */
bool bf_live_is_newest(const struct bf_live *live, struct bf_str dataset, int64_t commit);

/* false: not known. */
bool bf_live_get(const struct bf_live *live, struct bf_str dataset, struct bf_live_state *out);

/* Walks the known datasets in no order: start with *at = 0; false at the end. */
bool bf_live_each(const struct bf_live *live, size_t *at, struct bf_str *dataset,
                  struct bf_live_state *out);

/* Facts about the whole: the newest commit of all, the catalogue's version, and whether the clock
 * process hears PostgreSQL. */
struct bf_live_facts {
    int64_t commit;
    int64_t instant;
    uint64_t catalog; /* grows with every change of the catalogue that was heard */
    bool hearing; /* the clock process is connected and has read everything since it connected */
    int64_t heard_at_mono; /* bf_clock_mono_us of the last time it was sure of that */
};
void bf_live_facts(const struct bf_live *live, struct bf_live_facts *out);
/* Whether it hears now: one that died or hangs does not say so. */
bool bf_live_heard(const struct bf_live_facts *facts);
/* The dataset as PostgreSQL has it. false: memory may be behind, or has never heard of it: ask. */
bool bf_live_known(const struct bf_live *live, struct bf_str dataset, struct bf_live_state *out);

/* For the clock process alone. */
void bf_live_put(struct bf_live *live, struct bf_str dataset, const struct bf_live_state *state);
void bf_live_hear(struct bf_live *live, bool hearing, int64_t now_mono);
void bf_live_catalog_changed(struct bf_live *live);

/* Waits until memory knows of that commit and of that push (instant; 0: any), at most `wait_us`.
 * false: not yet. */
bool bf_live_wait(const struct bf_live *live, struct bf_str dataset, int64_t commit, int64_t pushed,
                  int64_t wait_us);

#endif
