#include "store/live.h"

#include "core/clock.h"
#include "core/log.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

enum {
    SLOTS = 2 * BF_LIVE_DATASETS, /* open addressing at half load */
    NAME = 64,
    READ_TRIES = 1000,
    WAIT_STEP_NS = 50 * 1000,
    DEAF_AFTER_US = 2 * 1000 * 1000,
};

/* `turn` is odd while the slot is written. A writer that died in between leaves it odd: readers
 * then give up (and ask PostgreSQL), and the next writer's put makes it even again. */
struct slot {
    _Atomic uint32_t turn;
    _Atomic uint32_t length; /* of name; 0: free */
    char name[NAME];
    _Atomic int64_t commit, instant, pushed, records;
    _Atomic int64_t source;
    _Atomic int64_t met; /* not under `turn`: only grows, by whoever reads */
};

struct bf_live {
    _Atomic uint64_t catalog;
    _Atomic bool hearing;
    _Atomic int64_t heard_at_mono;
    _Atomic int64_t commit, instant;
    _Atomic int64_t met;
    _Atomic uint64_t used;
    struct slot slots[SLOTS];
};

size_t bf_live_size(void)
{
    return sizeof(struct bf_live);
}

struct bf_live *bf_live_init(void *memory)
{
    return memory;
}

/* The slot of that name, or the free one where it belongs; NULL when the table is full. */
static const struct slot *find(const struct bf_live *live, struct bf_str name)
{
    size_t at = bf_str_hash(name) % SLOTS;
    for (size_t i = 0; i < SLOTS; i++, at = (at + 1) % SLOTS) {
        const struct slot *s = &live->slots[at];
        uint32_t n = atomic_load_explicit(&s->length, memory_order_acquire);
        if (n == 0 || bf_str_eq(name, (struct bf_str){s->name, n}))
            return s;
    }
    return NULL;
}

static void raise_to(_Atomic int64_t *met, int64_t commit)
{
    int64_t before = atomic_load_explicit(met, memory_order_relaxed);
    while (before < commit && !atomic_compare_exchange_weak(met, &before, commit))
        continue;
}

void bf_live_met(struct bf_live *live, struct bf_str dataset, int64_t commit)
{
    struct slot *s = dataset.p ? (struct slot *)(uintptr_t)find(live, dataset) : NULL;
    raise_to(&live->met, commit);
    if (s && atomic_load(&s->length))
        raise_to(&s->met, commit);
}

bool bf_live_is_newest(const struct bf_live *live, struct bf_str dataset, int64_t commit)
{
    const struct slot *s = dataset.p ? find(live, dataset) : NULL;
    return atomic_load(s ? &s->met : &live->met) <= commit;
}

static void read_slot(const struct slot *s, struct bf_live_state *out)
{
    out->commit = atomic_load_explicit(&s->commit, memory_order_relaxed);
    out->instant = atomic_load_explicit(&s->instant, memory_order_relaxed);
    out->pushed = atomic_load_explicit(&s->pushed, memory_order_relaxed);
    out->records = atomic_load_explicit(&s->records, memory_order_relaxed);
    out->source = atomic_load_explicit(&s->source, memory_order_relaxed);
}

bool bf_live_get(const struct bf_live *live, struct bf_str dataset, struct bf_live_state *out)
{
    const struct slot *s = find(live, dataset);
    if (!s || atomic_load_explicit(&s->length, memory_order_acquire) == 0)
        return false;
    for (int i = 0; i < READ_TRIES; i++) {
        uint32_t before = atomic_load_explicit(&s->turn, memory_order_acquire);
        if (before & 1)
            continue;
        read_slot(s, out);
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&s->turn, memory_order_relaxed) == before)
            return true;
    }
    return false;
}

void bf_live_facts(const struct bf_live *live, struct bf_live_facts *out)
{
    out->commit = atomic_load(&live->commit);
    out->instant = atomic_load(&live->instant);
    out->catalog = atomic_load(&live->catalog);
    out->hearing = atomic_load(&live->hearing);
    out->heard_at_mono = atomic_load(&live->heard_at_mono);
}

bool bf_live_heard(const struct bf_live_facts *facts)
{
    return facts->hearing && bf_clock_mono_us() - facts->heard_at_mono < DEAF_AFTER_US;
}

bool bf_live_known(const struct bf_live *live, struct bf_str dataset, struct bf_live_state *out)
{
    struct bf_live_facts facts;
    bf_live_facts(live, &facts);
    return bf_live_heard(&facts) && bf_live_get(live, dataset, out) &&
           bf_live_is_newest(live, dataset, out->commit);
}

static void write_slot(struct slot *s, const struct bf_live_state *state)
{
    uint32_t turn = atomic_load_explicit(&s->turn, memory_order_relaxed) | 1;
    atomic_store_explicit(&s->turn, turn, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&s->commit, state->commit, memory_order_relaxed);
    atomic_store_explicit(&s->instant, state->instant, memory_order_relaxed);
    atomic_store_explicit(&s->pushed, state->pushed, memory_order_relaxed);
    atomic_store_explicit(&s->records, state->records, memory_order_relaxed);
    atomic_store_explicit(&s->source, state->source, memory_order_relaxed);
    atomic_store_explicit(&s->turn, turn + 1, memory_order_release);
}

static struct slot *claim(struct bf_live *live, struct bf_str dataset)
{
    struct slot *s = (struct slot *)(uintptr_t)find(live, dataset);
    if (!s || dataset.n >= NAME)
        return NULL;
    if (atomic_load(&s->length))
        return s;
    if (atomic_load(&live->used) >= BF_LIVE_DATASETS) {
        bf_log(BF_LOG_WARNING, "live.full", "no slot left for a dataset; limit=%d",
               BF_LIVE_DATASETS);
        return NULL;
    }
    memcpy(s->name, dataset.p, dataset.n);
    atomic_fetch_add(&live->used, 1);
    return s;
}

void bf_live_put(struct bf_live *live, struct bf_str dataset, const struct bf_live_state *state)
{
    struct slot *s = claim(live, dataset);
    if (!s)
        return;
    write_slot(s, state);
    atomic_store_explicit(&s->length, (uint32_t)dataset.n, memory_order_release);
    if (state->commit > atomic_load(&live->commit)) {
        atomic_store(&live->instant, state->instant);
        atomic_store(&live->commit, state->commit);
    }
}

void bf_live_hear(struct bf_live *live, bool hearing, int64_t now_mono)
{
    if (hearing)
        atomic_store(&live->heard_at_mono, now_mono);
    atomic_store(&live->hearing, hearing);
}

void bf_live_catalog_changed(struct bf_live *live)
{
    atomic_fetch_add(&live->catalog, 1);
}

bool bf_live_each(const struct bf_live *live, size_t *at, struct bf_str *dataset,
                  struct bf_live_state *out)
{
    while (*at < SLOTS) {
        const struct slot *s = &live->slots[(*at)++];
        uint32_t n = atomic_load_explicit(&s->length, memory_order_acquire);
        if (n == 0)
            continue;
        *dataset = (struct bf_str){s->name, n};
        if (bf_live_get(live, *dataset, out))
            return true;
    }
    return false;
}

bool bf_live_wait(const struct bf_live *live, struct bf_str dataset, int64_t commit, int64_t pushed,
                  int64_t wait_us)
{
    int64_t until = bf_clock_mono_us() + wait_us;
    struct bf_live_state state;
    prctl(PR_SET_TIMERSLACK, 1); /* else the kernel adds 50 us of its own to each step */
    while (!bf_live_get(live, dataset, &state) || state.commit < commit || state.pushed < pushed) {
        if (bf_clock_mono_us() >= until)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = WAIT_STEP_NS}, NULL);
    }
    return true;
}
