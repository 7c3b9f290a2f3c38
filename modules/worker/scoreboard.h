/*
 * worker/scoreboard: what every process of the server shows the others.
 *
 * Purpose    the master watches its workers through it, a new master finds the workers of a dead
 *            one, /metrics and `beffroi status` print it.
 * Ownership  shared memory, zeroed by the guardian (worker/shared). Each field has one writer: the
 *            guardian, the master, or (in a slot) the worker. Nothing is locked: a process may be
 *            killed between any two instructions, and the others only ever read whole words.
 * Layout     `magic` to `relieved` never move, so that another build can tell that it is another
 *            build, and can ask the processes to end.
 * Counters   a worker counts in its slot. When it is gone the master adds the slot to its pool's
 *            `past`, under `folding` (odd meanwhile), so that the sum never goes back.
 * Units      _us: microseconds of the monotonic clock; _wall: microseconds since 1970.
 */
#ifndef BF_WORKER_SCOREBOARD_H
#define BF_WORKER_SCOREBOARD_H

#include "limits/seats.h"
#include "api/server.h"
#include "worker/pools.h"
#include "worker/process.h"
#include "worker/trial.h"

#include <stdatomic.h>

enum {
    BF_BOARD_VERSION = 1,
    BF_BOARD_SLOTS = 1664, /* two generations of three full pools, and then some */
    BF_BOARD_ROUTES = 192,
    BF_BOARD_CLASSES = 6, /* status / 100; 0: no answer */
    BF_BOARD_BUCKETS = 20,
    BF_BOARD_NAME = 32,
    BF_BOARD_TEXT = 192,
};
#define BF_BOARD_MAGIC 0x31696f7266666542u /* "Beffroi1", little-endian */

/* What a slot is for; written by the master. */
enum bf_duty { BF_DUTY_FREE, BF_DUTY_SERVE, BF_DUTY_DRAIN };

/* What its process does; written by the worker. */
enum bf_doing {
    BF_DOING_START,   /* before its first try to load the catalogue has ended */
    BF_DOING_IDLE,    /* looks for a request */
    BF_DOING_READ,    /* reads a request's head */
    BF_DOING_REQUEST, /* works on it */
};

struct bf_tally {
    _Atomic uint64_t classes[BF_BOARD_CLASSES];
    _Atomic uint64_t
        buckets[BF_BOARD_BUCKETS]; /* of total_us, by bf_board_bounds_us; not summed up */
    _Atomic uint64_t sum_us, rows, bytes, broken, hot;
};

struct bf_slot {
    /* of the master */
    _Atomic uint32_t duty; /* enum bf_duty */
    _Atomic uint32_t pool;
    _Atomic uint64_t generation;
    _Atomic int64_t forked_us, forked_wall, drain_us;
    /* of the worker; pid and start also of the master, which writes the same */
    _Atomic int32_t pid;
    _Atomic uint64_t start;
    _Atomic uint32_t doing;                /* enum bf_doing */
    _Atomic uint32_t loaded;               /* it has a catalogue */
    _Atomic uint32_t retiring;             /* it asks to be replaced */
    _Atomic int64_t beat_us, request_us;   /* last sign of life; start of the request it is at */
    _Atomic uint64_t requests, rss, rss_0; /* rss_0: when it became ready */
    _Atomic int64_t load_us;               /* from fork to a loaded catalogue; 0: not yet */
    char why[BF_BOARD_TEXT];               /* why it waits or retires */
    struct bf_tally tallies[BF_BOARD_ROUTES];
};

/* All of the master. */
struct bf_board_pool {
    _Atomic uint32_t wanted;
    _Atomic uint32_t must_answer; /* nobody of the pool has a catalogue: those who wait say 503 */
    _Atomic uint64_t forks, deaths, restarts, deadline_kills;
    _Atomic int64_t last_death_wall;
    char last_death[BF_BOARD_TEXT];
    struct bf_tally past[BF_BOARD_ROUTES];
};

struct bf_board_route {
    _Atomic uint64_t hash; /* 0: free */
    char name[BF_BOARD_NAME];
};

struct bf_board {
    _Atomic uint64_t magic;
    uint32_t version, head_size;
    uint64_t size; /* of the whole region */
    _Atomic int32_t guardian_pid, master_pid;
    _Atomic uint64_t guardian_start, master_start;
    _Atomic uint32_t relieved; /* another server has taken the sockets: empty the queue, then end */

    uint32_t slot_size, tally_size, slots_most, routes_most; /* more signs of another build */
    /* byte offsets */
    uint64_t live_at, quarantine_at, rates_at, access_at, hot_at;
    uint64_t hot_bytes; /* the setting; 0: no such part */
    int64_t started_us, started_wall;
    uint64_t pid_space;
    _Atomic uint64_t master_restarts;
    /* of the master */
    _Atomic uint64_t generation; /* the newest that was begun */
    _Atomic uint64_t serving;    /* the one that serves; 0: none yet */
    _Atomic uint64_t reloads, reloads_failed, catalog_seen;
    /* The change of the catalogue (store/applied) that a generation serves; 0: that which the first
     * of its processes that looks finds to be the newest. */
    _Atomic uint64_t serving_change, coming_change;
    /* The newest change when the server began: it serves the last one that was served, and tries
     * this one next. Of the worker that settled it; 0: not yet. */
    _Atomic uint64_t newest_at_start;
    _Atomic int64_t serving_wall;
    _Atomic uint32_t slots_used; /* no slot at or after this was ever used */
    _Atomic uint32_t folding;    /* odd: counters are moving */
    char last_failure[BF_BOARD_TEXT];
    struct bf_trial trials[BF_TRIALS];
    /* of the workers */
    struct bf_board_route routes[BF_BOARD_ROUTES];
    struct bf_board_pool pools[BF_CREWS];
    struct bf_seats seats;        /* one for each slot */
    _Atomic uint32_t last_writer; /* the seat of the push worker that answered last, and one */
    _Atomic int64_t critical_us;  /* monotonic: the last request of a critical plan; 0: none */
    struct bf_slot slots[BF_BOARD_SLOTS];
};

_Static_assert((int)BF_BOARD_SLOTS <= (int)BF_SEATS, "a seat for every worker");

/* Upper bounds of the first BF_BOARD_BUCKETS - 1 buckets; the last has none. */
extern const int64_t bf_board_bounds_us[BF_BOARD_BUCKETS - 1];

/* Of zeroed memory; signed by the calling process as its guardian, before anybody else can see it:
 * a scoreboard without a living process says that no server runs. */
void bf_board_init(struct bf_board *b, uint64_t size);
/* Whether this memory was made by the same build; false also for anything else. */
bool bf_board_fits(const struct bf_board *b, uint64_t size);

/* The number of a route's name, the same in all workers; 0: "none", also when there is no room. */
unsigned bf_board_route(struct bf_board *b, const char *name);
const char *bf_board_route_name(const struct bf_board *b, unsigned route); /* NULL: not in use */

/* The worker, after a request. */
void bf_board_count(struct bf_slot *s, unsigned route, const struct bf_outcome *outcome);

/* The master: an empty slot of its own (duty SERVE), or NULL; and back, with its counters kept. */
struct bf_slot *bf_board_take(struct bf_board *b, unsigned pool, uint64_t generation);
void bf_board_give_back(struct bf_board *b, struct bf_slot *s);
/* A new master: what a dead one left half done is made whole. */
void bf_board_mend(struct bf_board *b);

/* Everything that the pool has counted for the route, those at work included. */
struct bf_sum {
    uint64_t classes[BF_BOARD_CLASSES], buckets[BF_BOARD_BUCKETS];
    uint64_t sum_us, rows, bytes, broken, hot, requests;
};
void bf_board_sum(const struct bf_board *b, unsigned pool, unsigned route, struct bf_sum *out);

/* Where the change of the catalogue that this generation serves stands. */
_Atomic uint64_t *bf_board_change(struct bf_board *b, uint64_t generation);

/* Where the newest one is to be noted by who settles a generation that nobody tried, because none
 * serves; NULL: another generation is tried. */
_Atomic uint64_t *bf_board_starts(struct bf_board *b, uint64_t generation);
/* A change that was there at the start and is not served yet; 0: none. */
uint64_t bf_board_behind(const struct bf_board *b);

/* Short texts of one writer; a reader may see a mix of two, never past the end. */
void bf_board_say(char to[BF_BOARD_TEXT], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void bf_board_hear(const char from[BF_BOARD_TEXT], char to[BF_BOARD_TEXT]);

struct bf_identity bf_slot_identity(const struct bf_slot *s);
/* "starting", "waiting", "ready", "busy", "draining", "dead" */
const char *bf_slot_state(const struct bf_slot *s);
/* It has a catalogue and is not on its way out. */
bool bf_slot_good(const struct bf_slot *s);
/* Good ones of the pool but `own` that are idle, or at their request since less than slow_us. */
unsigned bf_board_free_others(const struct bf_board *b, const struct bf_slot *own, int64_t slow_us);

#endif
