#include "store/access.h"

#include "core/crockford.h"

#include <stdatomic.h>
#include <string.h>

enum {
    PLACES = 2 * BF_ACCESS_MOST, /* open addressing at half load */
    READ_TRIES = 8,
    ID = 12,
};

/* `name` is 0 in a free place. */
struct entry {
    _Atomic uint64_t name;
    _Atomic int64_t from;
};

struct table {
    _Atomic int64_t number;
    _Atomic uint32_t used;
    _Atomic bool full;
    struct entry places[PLACES];
};

struct bf_access {
    _Atomic uint64_t turn; /* tables[turn % 2] is the one to read */
    _Atomic int64_t at;
    struct table tables[2];
};

size_t bf_access_size(void)
{
    return sizeof(struct bf_access);
}

struct bf_access *bf_access_init(void *memory)
{
    return memory;
}

/* ---- names --------------------------------------------------------------------------------- */

/* 60 bits of twelve characters of Crockford's base32 behind a 1, else 60 bits of a hash behind a
 * 2. */
static uint64_t name_of(struct bf_str id)
{
    uint64_t bits;
    if (id.n == ID && bf_crockford_read(id, &bits))
        return UINT64_C(1) << 60 | bits;
    return UINT64_C(2) << 60 | bf_str_hash(id) >> 4;
}

/* Ids are random, but not those that somebody invents. */
static size_t place_of(uint64_t name)
{
    return (size_t)((name * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % PLACES;
}

/* ---- reading ------------------------------------------------------------------------------- */

static bool find(const struct table *t, uint64_t name, int64_t *from)
{
    size_t at = place_of(name);
    for (size_t i = 0; i < PLACES; i++, at = (at + 1) % PLACES) {
        uint64_t other = atomic_load_explicit(&t->places[at].name, memory_order_relaxed);
        if (other == 0)
            return false;
        if (other != name)
            continue;
        *from = atomic_load_explicit(&t->places[at].from, memory_order_relaxed);
        return true;
    }
    return false;
}

enum bf_access_answer bf_access_is_revoked(const struct bf_access *access, struct bf_str id,
                                           int64_t now)
{
    uint64_t name = name_of(id);
    for (int i = 0; i < READ_TRIES; i++) {
        uint64_t turn = atomic_load_explicit(&access->turn, memory_order_acquire);
        const struct table *t = &access->tables[turn % 2];
        int64_t from = 0;
        bool found = find(t, name, &from);
        bool known = atomic_load_explicit(&t->number, memory_order_relaxed) != 0 &&
                     !atomic_load_explicit(&t->full, memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&access->turn, memory_order_relaxed) != turn)
            continue;
        if (found && from <= now)
            return BF_ACCESS_YES;
        return found || known ? BF_ACCESS_NO : BF_ACCESS_ASK;
    }
    return BF_ACCESS_ASK;
}

struct bf_access_news bf_access_news(const struct bf_access *access)
{
    /* The moment first: a number that is published later is only newer than it says. */
    int64_t at = atomic_load_explicit(&access->at, memory_order_acquire);
    uint64_t turn = atomic_load_explicit(&access->turn, memory_order_acquire);
    int64_t number = atomic_load_explicit(&access->tables[turn % 2].number, memory_order_relaxed);
    return (struct bf_access_news){number, at};
}

/* ---- writing ------------------------------------------------------------------------------- */

static struct table *next_table(struct bf_access *access)
{
    return &access->tables[(atomic_load(&access->turn) + 1) % 2];
}

void bf_access_begin(struct bf_access *access)
{
    struct table *t = next_table(access);
    /* Who still reads this table must see, before any of what follows, that it turned. */
    atomic_thread_fence(memory_order_seq_cst);
    atomic_store_explicit(&t->number, 0, memory_order_relaxed);
    atomic_store_explicit(&t->full, false, memory_order_relaxed);
    atomic_store_explicit(&t->used, 0, memory_order_relaxed);
    for (size_t i = 0; i < PLACES; i++)
        atomic_store_explicit(&t->places[i].name, 0, memory_order_relaxed);
}

void bf_access_add(struct bf_access *access, struct bf_str id, int64_t from)
{
    struct table *t = next_table(access);
    uint64_t name = name_of(id);
    size_t at = place_of(name);
    uint32_t used = atomic_load_explicit(&t->used, memory_order_relaxed);
    if (used >= BF_ACCESS_MOST) {
        atomic_store_explicit(&t->full, true, memory_order_relaxed);
        return;
    }
    while (atomic_load_explicit(&t->places[at].name, memory_order_relaxed) != 0)
        at = (at + 1) % PLACES;
    atomic_store_explicit(&t->places[at].from, from, memory_order_relaxed);
    atomic_store_explicit(&t->places[at].name, name, memory_order_relaxed);
    atomic_store_explicit(&t->used, used + 1, memory_order_relaxed);
}

void bf_access_publish(struct bf_access *access, const struct bf_access_news *news)
{
    atomic_store(&next_table(access)->number, news->number);
    atomic_fetch_add_explicit(&access->turn, 1, memory_order_acq_rel);
    bf_access_still(access, news->at);
}

void bf_access_still(struct bf_access *access, int64_t at)
{
    atomic_store_explicit(&access->at, at, memory_order_release);
}
