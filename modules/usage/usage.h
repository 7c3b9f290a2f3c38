/*
 * usage/usage: what is asked of this node, counted in memory that all its processes share.
 *
 * Purpose    five numbers per day (Europe/Paris), dataset, route and kind of client. Nothing else
 *            of a request comes here: no address, no key, no query, no text of a client.
 * Memory     a file in the run folder (core/kept): a worker that is killed loses the request that
 *            it was at, kill -9 of every process loses nothing more. A table per day, for four
 *            days: so long may the database be away before anything is left uncounted, and then
 *            `uncounted` says how much.
 * Counting   a few relaxed additions to one cache line; nothing is locked, nobody waits. A cell is
 *            claimed by a compare-and-swap of its hash (64 bits of what it counts); whoever meets
 *            its hash writes its names again, the same bytes, so that one who was killed in between
 *            leaves nothing unfinished.
 * Full       a day has 8,192 cells. What finds no place is counted under the route "other" without
 *            a dataset: each kind of client has such a cell set apart.
 * Numbers    only ever grow; `requests` comes last, so that who sees a request sees all of it.
 *            Who tells them to others (store/usage) tells them whole, under the name of the node:
 *            telling again is harmless.
 *
 *     bf_usage_counter_init(&counter, usage);
 *     bf_usage_count(&counter, &(struct bf_usage_event){.route = "explore.records", ...}, now_us);
 */
#ifndef BF_USAGE_USAGE_H
#define BF_USAGE_USAGE_H

#include "core/err.h"
#include "usage/client.h"

#include <sys/types.h>

enum { BF_USAGE_DATASET = 64, BF_USAGE_ROUTE = 32, BF_USAGE_CACHED = 256 };

struct bf_usage;

/* <run_dir>/usage. NULL: INTERNAL. The memory stays until the process ends. */
struct bf_usage *bf_usage_open(const char *run_dir, gid_t group, struct bf_err *err);
const char *bf_usage_node(const struct bf_usage *usage); /* what this life of the file is called */
uint64_t bf_usage_uncounted(const struct bf_usage *usage);

/* The day of an instant (microseconds since 1970) in Paris, and when it ends. */
int32_t bf_usage_day(int64_t instant, int64_t *ends);

/* Which day it is, looked up at least once a second, because somebody may set the clock. */
struct bf_usage_today {
    int32_t day;
    int64_t until_us; /* monotonic: the day is looked up again */
};
/* now_us: of the monotonic clock. */
int32_t bf_usage_today(struct bf_usage_today *today, int64_t now_us);

/* ---- counting ---- */

/* One request that was answered. route outlives the counter: its pointer is compared. */
struct bf_usage_event {
    struct bf_str dataset; /* id, or empty */
    const char *route;
    struct bf_str user_agent;
    bool key;       /* a valid one was shown */
    bool unchanged; /* 304 */
    bool failed;    /* 4xx, 5xx, or cut off */
    uint64_t rows, bytes;
};

/* Of one worker: which day it is, and where what it counted last lies. */
struct bf_usage_counter {
    struct bf_usage *usage;
    struct bf_usage_today today;
    struct bf_usage_place {
        const char *route;
        uint64_t dataset; /* its hash */
        int32_t day;
        uint32_t kind;
        struct bf_usage_cell *cell;
    } places[BF_USAGE_CACHED];
    struct bf_usage_agent { /* the word for a text, by its hash: the text is not kept */
        uint64_t hash;
        enum bf_client client;
    } agents[BF_USAGE_CACHED];
};

/* usage NULL: nothing is counted. */
void bf_usage_counter_init(struct bf_usage_counter *c, struct bf_usage *usage);
/* now_us: of the monotonic clock. */
void bf_usage_count(struct bf_usage_counter *c, const struct bf_usage_event *event, int64_t now_us);

/* ---- reading ---- */

struct bf_usage_row {
    int32_t day; /* since 1970 */
    struct bf_str dataset, route;
    enum bf_client client;
    bool key;
    uint64_t requests, unchanged, errors, rows, bytes;
};

/* The next cell at or after *at that has counted something, and *at behind it; at most
 * bf_usage_cells() of them. false: there is none. */
size_t bf_usage_cells(void);
bool bf_usage_next(const struct bf_usage *usage, size_t *at, struct bf_usage_row *out);

/* The tables of all other days are empty and free again. By one process, when it has told all of
 * them; nobody counts there any more: a request is counted on the day on which it ends. */
void bf_usage_keep(struct bf_usage *usage, int32_t first, int32_t last);

#endif
