#include "worker/scoreboard.h"

#include "core/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PATIENCE_US = 1000 * 1000 };

const int64_t bf_board_bounds_us[BF_BOARD_BUCKETS - 1] = {
    100,    250,    500,     1000,    2500,    5000,     10000,    25000,    50000,    100000,
    250000, 500000, 1000000, 2500000, 5000000, 10000000, 30000000, 60000000, 300000000};

void bf_board_init(struct bf_board *b, uint64_t size)
{
    b->version = BF_BOARD_VERSION;
    b->head_size = sizeof *b;
    b->size = size;
    b->slot_size = sizeof(struct bf_slot);
    b->tally_size = sizeof(struct bf_tally);
    b->slots_most = BF_BOARD_SLOTS;
    b->routes_most = BF_BOARD_ROUTES;
    b->pid_space = bf_process_pid_space();
    b->started_us = bf_clock_mono_us();
    b->started_wall = bf_clock_wall_us();
    struct bf_identity self = bf_identity_self();
    atomic_store(&b->guardian_start, self.start);
    atomic_store(&b->guardian_pid, self.pid);
    bf_board_route(b, "none"); /* number 0 */
    atomic_store(&b->magic, BF_BOARD_MAGIC);
}

bool bf_board_fits(const struct bf_board *b, uint64_t size)
{
    return size >= sizeof *b && atomic_load(&b->magic) == BF_BOARD_MAGIC &&
           b->version == BF_BOARD_VERSION && b->head_size == sizeof *b && b->size == size &&
           b->slot_size == sizeof(struct bf_slot) && b->tally_size == sizeof(struct bf_tally) &&
           b->slots_most == BF_BOARD_SLOTS && b->routes_most == BF_BOARD_ROUTES;
}

/* ---- routes -------------------------------------------------------------------------------- */

/* Workers claim entries by their hash. Whoever meets its hash writes the name again: the same
 * bytes, so that one who was killed in between leaves nothing unfinished. */
unsigned bf_board_route(struct bf_board *b, const char *name)
{
    uint64_t hash = bf_str_hash(bf_str_of(name)) | 1;
    for (unsigned i = 0; i < BF_BOARD_ROUTES; i++) {
        uint64_t found = 0;
        if (atomic_compare_exchange_strong(&b->routes[i].hash, &found, hash) || found == hash) {
            size_t n = strnlen(name, BF_BOARD_NAME - 1);
            memcpy(b->routes[i].name, name, n);
            return i;
        }
    }
    return 0;
}

const char *bf_board_route_name(const struct bf_board *b, unsigned route)
{
    if (route >= BF_BOARD_ROUTES || !b->routes[route].name[0])
        return NULL;
    return b->routes[route].name;
}

/* ---- counters ------------------------------------------------------------------------------ */

/* One writer: no locked instruction is needed. */
static void add(_Atomic uint64_t *to, uint64_t n)
{
    uint64_t old = atomic_load_explicit(to, memory_order_relaxed);
    atomic_store_explicit(to, old + n, memory_order_relaxed);
}

static unsigned bucket_of(int64_t us)
{
    unsigned i = 0;
    while (i < BF_BOARD_BUCKETS - 1 && us > bf_board_bounds_us[i])
        i++;
    return i;
}

void bf_board_count(struct bf_slot *s, unsigned route, const struct bf_outcome *outcome)
{
    struct bf_tally *t = &s->tallies[route < BF_BOARD_ROUTES ? route : 0];
    int class = outcome->status / 100;
    add(&t->classes[class > 0 && class < BF_BOARD_CLASSES ? class : 0], 1);
    add(&t->buckets[bucket_of(outcome->total_us)], 1);
    add(&t->sum_us, outcome->total_us > 0 ? (uint64_t)outcome->total_us : 0);
    add(&t->rows, outcome->rows);
    add(&t->bytes, outcome->bytes);
    add(&t->broken, outcome->broken);
    add(&t->hot, outcome->hot);
    add(&s->requests, 1);
}

/* A tally is nothing but counters, so it is added and emptied as a row of words. */
enum { WORDS = sizeof(struct bf_tally) / sizeof(_Atomic uint64_t) };
_Static_assert(WORDS * sizeof(_Atomic uint64_t) == sizeof(struct bf_tally), "counters only");
_Static_assert(sizeof(struct bf_sum) == sizeof(struct bf_tally) + sizeof(uint64_t),
               "a sum is a tally and the number of requests");

static const _Atomic uint64_t *words(const struct bf_tally *t)
{
    return (const _Atomic uint64_t *)t;
}

static void fold(struct bf_board_pool *pool, struct bf_slot *s)
{
    for (unsigned route = 0; route < BF_BOARD_ROUTES; route++) {
        _Atomic uint64_t *to = (_Atomic uint64_t *)&pool->past[route];
        _Atomic uint64_t *from = (_Atomic uint64_t *)&s->tallies[route];
        for (unsigned i = 0; i < WORDS; i++) {
            add(&to[i], atomic_load_explicit(&from[i], memory_order_relaxed));
            atomic_store_explicit(&from[i], 0, memory_order_relaxed);
        }
    }
}

static void sum_tally(const struct bf_tally *t, struct bf_sum *out)
{
    uint64_t *to = (uint64_t *)out;
    for (unsigned i = 0; i < WORDS; i++)
        to[i] += atomic_load_explicit(&words(t)[i], memory_order_relaxed);
}

static void sum_once(const struct bf_board *b, unsigned pool, unsigned route, struct bf_sum *out)
{
    *out = (struct bf_sum){0};
    sum_tally(&b->pools[pool].past[route], out);
    uint32_t n = atomic_load(&b->slots_used);
    for (uint32_t i = 0; i < n && i < BF_BOARD_SLOTS; i++)
        if (atomic_load(&b->slots[i].duty) != BF_DUTY_FREE &&
            atomic_load(&b->slots[i].pool) == pool)
            sum_tally(&b->slots[i].tallies[route], out);
    for (unsigned i = 0; i < BF_BOARD_CLASSES; i++)
        out->requests += out->classes[i];
}

void bf_board_sum(const struct bf_board *b, unsigned pool, unsigned route, struct bf_sum *out)
{
    /* A master that lost its processor while it moved counters comes back; one that was killed
     * leaves `folding` odd, as it is for good: that is waited for once, and then a sum that may be
     * off by one worker is better than none. */
    static uint32_t given_up; /* an odd number */
    const struct timespec pause = {.tv_nsec = 50 * 1000};
    for (int64_t until = bf_clock_mono_us() + PATIENCE_US;; nanosleep(&pause, NULL)) {
        uint32_t before = atomic_load(&b->folding);
        sum_once(b, pool, route, out);
        atomic_thread_fence(memory_order_acquire);
        if (before & 1 ? before == given_up : atomic_load(&b->folding) == before)
            return;
        if (bf_clock_mono_us() >= until)
            given_up = before | 1;
    }
}

/* ---- slots --------------------------------------------------------------------------------- */

static void empty(struct bf_slot *s)
{
    atomic_store(&s->pid, 0);
    atomic_store(&s->start, 0);
    atomic_store(&s->doing, BF_DOING_START);
    atomic_store(&s->loaded, 0);
    atomic_store(&s->retiring, 0);
    atomic_store(&s->request_us, 0);
    atomic_store(&s->requests, 0);
    atomic_store(&s->rss, 0);
    atomic_store(&s->rss_0, 0);
    atomic_store(&s->load_us, 0);
    atomic_store(&s->drain_us, 0);
    memset(s->why, 0, sizeof s->why);
}

struct bf_slot *bf_board_take(struct bf_board *b, unsigned pool, uint64_t generation)
{
    for (uint32_t i = 0; i < BF_BOARD_SLOTS; i++) {
        struct bf_slot *s = &b->slots[i];
        if (atomic_load(&s->duty) != BF_DUTY_FREE)
            continue;
        empty(s);
        int64_t now = bf_clock_mono_us();
        atomic_store(&s->pool, pool);
        atomic_store(&s->generation, generation);
        atomic_store(&s->forked_us, now);
        atomic_store(&s->beat_us, now);
        atomic_store(&s->forked_wall, bf_clock_wall_us());
        if (i >= atomic_load(&b->slots_used))
            atomic_store(&b->slots_used, i + 1);
        atomic_store(&s->duty, BF_DUTY_SERVE);
        return s;
    }
    return NULL;
}

void bf_board_give_back(struct bf_board *b, struct bf_slot *s)
{
    unsigned pool = atomic_load(&s->pool);
    atomic_fetch_add(&b->folding, 1);
    fold(&b->pools[pool < BF_CREWS ? pool : BF_POOL_CLOCK], s);
    bf_seats_leave(&b->seats, (uint32_t)(s - b->slots)); /* he may have been killed there */
    atomic_store(&s->duty, BF_DUTY_FREE);
    atomic_fetch_add(&b->folding, 1);
    empty(s);
}

void bf_board_mend(struct bf_board *b)
{
    if (atomic_load(&b->folding) & 1)
        atomic_fetch_add(&b->folding, 1);
}

struct bf_identity bf_slot_identity(const struct bf_slot *s)
{
    return (struct bf_identity){atomic_load(&s->pid), atomic_load(&s->start)};
}

const char *bf_slot_state(const struct bf_slot *s)
{
    uint32_t duty = atomic_load(&s->duty);
    uint32_t doing = atomic_load(&s->doing);
    if (duty != BF_DUTY_SERVE)
        return duty == BF_DUTY_DRAIN ? "draining" : "dead";
    if (doing == BF_DOING_START)
        return "starting";
    if (!atomic_load(&s->loaded))
        return "waiting";
    return doing == BF_DOING_IDLE ? "ready" : "busy";
}

bool bf_slot_good(const struct bf_slot *s)
{
    return atomic_load(&s->duty) == BF_DUTY_SERVE && atomic_load(&s->loaded);
}

static bool is_free(const struct bf_slot *s, int64_t now, int64_t slow_us)
{
    return atomic_load_explicit(&s->doing, memory_order_relaxed) == BF_DOING_IDLE ||
           now - atomic_load_explicit(&s->request_us, memory_order_relaxed) < slow_us;
}

unsigned bf_board_free_others(const struct bf_board *b, const struct bf_slot *own, int64_t slow_us)
{
    unsigned n = 0, pool = atomic_load(&own->pool);
    int64_t now = bf_clock_mono_us();
    uint32_t used = atomic_load(&b->slots_used);
    for (uint32_t i = 0; i < used && i < BF_BOARD_SLOTS; i++) {
        const struct bf_slot *s = &b->slots[i];
        n += s != own && bf_slot_good(s) && atomic_load(&s->pool) == pool &&
             is_free(s, now, slow_us);
    }
    return n;
}

_Atomic uint64_t *bf_board_change(struct bf_board *b, uint64_t generation)
{
    return generation == atomic_load(&b->serving) ? &b->serving_change : &b->coming_change;
}

_Atomic uint64_t *bf_board_starts(struct bf_board *b, uint64_t generation)
{
    return generation == atomic_load(&b->serving) ? &b->newest_at_start : NULL;
}

uint64_t bf_board_behind(const struct bf_board *b)
{
    uint64_t newest = atomic_load(&b->newest_at_start);
    return newest > atomic_load(&b->serving_change) ? newest : 0;
}

/* ---- texts --------------------------------------------------------------------------------- */

void bf_board_say(char to[BF_BOARD_TEXT], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(to, BF_BOARD_TEXT, format, args);
    va_end(args);
}

/* What was cut in the middle of a character, or is being written just now, must make good JSON. */
void bf_board_hear(const char from[BF_BOARD_TEXT], char to[BF_BOARD_TEXT])
{
    size_t n = strnlen(from, BF_BOARD_TEXT - 1);
    for (size_t i = 0; i < n; i++)
        to[i] = from[i] >= ' ' && from[i] < 0x7F ? from[i] : '?';
    to[n] = '\0';
}
