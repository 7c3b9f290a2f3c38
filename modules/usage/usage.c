#include "usage/usage.h"

#include "core/clock.h"
#include "core/kept.h"
#include "value/zone.h"

#define XXH_INLINE_ALL
#include <stdatomic.h>
#include <string.h>
#include <xxhash.h>

enum {
    DAYS = 4,
    CELLS = 8192,
    KINDS = BF_CLIENTS * 2,
    DAY_CELLS = CELLS + KINDS,
    TRIES = 64,
    LOOK_EVERY_US = 1000000,
};
#define DAY_US INT64_C(86400000000)

struct bf_usage_cell {
    _Alignas(64) _Atomic uint64_t hash; /* 0: free */
    _Atomic uint64_t rows, bytes, errors, unchanged, requests;
    uint8_t kind, dataset_bytes, route_bytes;
    char dataset[BF_USAGE_DATASET], route[BF_USAGE_ROUTE];
};

struct day {
    _Alignas(64) _Atomic int32_t day;      /* 0: free */
    struct bf_usage_cell cells[DAY_CELLS]; /* the last: a kind each, for what finds no other */
};

struct bf_usage {
    struct bf_kept head;
    _Atomic uint64_t uncounted;
    struct day days[DAYS];
};

static const struct bf_kept_layout layout = {
    "usage", 0x3165676173556642u /* "BfUsage1", little-endian */, sizeof(struct bf_usage)};

struct bf_usage *bf_usage_open(const char *run_dir, gid_t group, struct bf_err *err)
{
    return bf_kept_open(&layout, run_dir, group, err);
}

const char *bf_usage_node(const struct bf_usage *usage)
{
    return usage->head.node;
}

uint64_t bf_usage_uncounted(const struct bf_usage *usage)
{
    return atomic_load(&usage->uncounted);
}

int32_t bf_usage_day(int64_t instant, int64_t *ends)
{
    const struct bf_zone *zone = bf_zone_find(BF_STR("Europe/Paris"));
    if (!zone)
        zone = bf_zone_utc();
    int64_t wall = instant + bf_zone_offset(zone, instant) * INT64_C(1000000);
    int64_t day = wall / DAY_US - (wall % DAY_US < 0);
    *ends = bf_zone_instant(zone, (day + 1) * DAY_US);
    return (int32_t)day;
}

int32_t bf_usage_today(struct bf_usage_today *today, int64_t now_us)
{
    int64_t ends;
    if (now_us < today->until_us)
        return today->day;
    int64_t wall = bf_clock_wall_us();
    today->day = bf_usage_day(wall, &ends);
    today->until_us = now_us + (ends - wall < LOOK_EVERY_US ? ends - wall : LOOK_EVERY_US);
    return today->day;
}

/* ---- cells ---- */

/* What a cell counts. */
struct what {
    struct bf_str dataset, route;
    unsigned kind;
};

static uint64_t hash_of(const struct what *w)
{
    uint64_t h = bf_str_hash(w->dataset) * 0x9e3779b97f4a7c15u;
    h = (h ^ bf_str_hash(w->route)) * 0xc2b2ae3d27d4eb4fu + w->kind;
    h = (h ^ (h >> 31)) * 0x9e3779b97f4a7c15u;
    return (h ^ (h >> 32)) | 1;
}

static uint8_t copy(char *to, size_t room, struct bf_str from)
{
    size_t n = from.n < room ? from.n : room;
    memcpy(to, from.p, n);
    return (uint8_t)n;
}

static struct bf_usage_cell *named(struct bf_usage_cell *cell, const struct what *w)
{
    cell->kind = (uint8_t)w->kind;
    cell->dataset_bytes = copy(cell->dataset, sizeof cell->dataset, w->dataset);
    cell->route_bytes = copy(cell->route, sizeof cell->route, w->route);
    return cell;
}

static struct bf_usage_cell *find_cell(struct day *d, const struct what *w)
{
    uint64_t hash = hash_of(w);
    for (uint64_t i = 0; i < TRIES; i++) {
        struct bf_usage_cell *cell = &d->cells[(hash + i) % CELLS];
        uint64_t found = 0;
        if (atomic_compare_exchange_strong(&cell->hash, &found, hash) || found == hash)
            return named(cell, w);
    }
    struct bf_usage_cell *other = &d->cells[CELLS + w->kind];
    atomic_store(&other->hash, 1);
    return named(other, &(struct what){BF_STR(""), BF_STR("other"), w->kind});
}

/* NULL: its table still holds a day that nobody has been told of. */
static struct day *find_day(struct bf_usage *u, int32_t day)
{
    struct day *d = &u->days[day % DAYS];
    int32_t found = 0;
    bool ours = atomic_compare_exchange_strong(&d->day, &found, day) || found == day;
    return ours ? d : NULL;
}

/* ---- counting ---- */

void bf_usage_counter_init(struct bf_usage_counter *c, struct bf_usage *usage)
{
    *c = (struct bf_usage_counter){.usage = usage};
}

static struct bf_usage_cell *look_up(struct bf_usage_counter *c, const struct bf_usage_event *e,
                                     unsigned kind)
{
    uint64_t dataset = XXH3_64bits(e->dataset.p, e->dataset.n);
    uint64_t mark = (uintptr_t)e->route / 8 + dataset + kind;
    struct bf_usage_place *p = &c->places[mark % BF_USAGE_CACHED];
    if (p->route == e->route && p->dataset == dataset && p->day == c->today.day && p->kind == kind)
        return p->cell;
    struct day *d = find_day(c->usage, c->today.day);
    if (!d)
        return NULL;
    struct what what = {e->dataset, bf_str_of(e->route), kind};
    *p = (struct bf_usage_place){e->route, dataset, c->today.day, kind, find_cell(d, &what)};
    return p->cell;
}

static enum bf_client client_of(struct bf_usage_counter *c, struct bf_str user_agent)
{
    if (user_agent.n == 0)
        return BF_CLIENT_OTHER;
    uint64_t hash = XXH3_64bits(user_agent.p, user_agent.n);
    struct bf_usage_agent *known = &c->agents[hash % BF_USAGE_CACHED];
    if (known->hash != hash)
        *known = (struct bf_usage_agent){hash, bf_client_of(user_agent)};
    return known->client;
}

static void add(_Atomic uint64_t *to, uint64_t n)
{
    if (n)
        atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

void bf_usage_count(struct bf_usage_counter *c, const struct bf_usage_event *e, int64_t now_us)
{
    if (!c->usage)
        return;
    bf_usage_today(&c->today, now_us);
    unsigned kind = (unsigned)client_of(c, e->user_agent) * 2 + e->key;
    struct bf_usage_cell *cell = look_up(c, e, kind);
    if (!cell) {
        add(&c->usage->uncounted, 1);
        return;
    }
    add(&cell->rows, e->rows);
    add(&cell->bytes, e->bytes);
    add(&cell->errors, e->failed);
    add(&cell->unchanged, e->unchanged);
    atomic_fetch_add_explicit(&cell->requests, 1, memory_order_release);
}

/* ---- reading ---- */

size_t bf_usage_cells(void)
{
    return (size_t)DAYS * DAY_CELLS;
}

static bool read_cell(const struct bf_usage_cell *cell, struct bf_usage_row *out)
{
    out->requests = atomic_load_explicit(&cell->requests, memory_order_acquire);
    if (out->requests == 0)
        return false;
    out->dataset = (struct bf_str){cell->dataset, cell->dataset_bytes};
    out->route = (struct bf_str){cell->route, cell->route_bytes};
    out->client = (enum bf_client)(cell->kind / 2);
    out->key = cell->kind % 2;
    out->unchanged = atomic_load_explicit(&cell->unchanged, memory_order_relaxed);
    out->errors = atomic_load_explicit(&cell->errors, memory_order_relaxed);
    out->rows = atomic_load_explicit(&cell->rows, memory_order_relaxed);
    out->bytes = atomic_load_explicit(&cell->bytes, memory_order_relaxed);
    return true;
}

bool bf_usage_next(const struct bf_usage *u, size_t *at, struct bf_usage_row *out)
{
    while (*at < bf_usage_cells()) {
        const struct day *d = &u->days[*at / DAY_CELLS];
        out->day = atomic_load(&d->day);
        if (out->day == 0)
            *at = (*at / DAY_CELLS + 1) * DAY_CELLS;
        else if (read_cell(&d->cells[(*at)++ % DAY_CELLS], out))
            return true;
    }
    return false;
}

void bf_usage_keep(struct bf_usage *u, int32_t first, int32_t last)
{
    for (size_t i = 0; i < DAYS; i++) {
        struct day *d = &u->days[i];
        int32_t day = atomic_load(&d->day);
        if (day == 0 || (day >= first && day <= last))
            continue;
        memset(d->cells, 0, sizeof d->cells);
        atomic_store(&d->day, 0);
    }
}
