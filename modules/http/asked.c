#include "http/asked.h"

#include <stdatomic.h>
#include <string.h>

enum { PLACES = 512, TRIES = 16 };

struct kept {
    uint32_t n;
    char text[BF_ASKED_BYTES];
};

/* The checksums stand together: whether a request is there already is asked more often than it is
 * written. 0: nothing. */
struct place {
    _Atomic uint64_t dataset; /* its hash; 0: free */
    _Atomic uint32_t written; /* so many in all */
    _Atomic uint64_t sums[BF_ASKED_MOST];
    struct kept kept[BF_ASKED_MOST];
};

struct bf_asked {
    struct place places[PLACES];
};

size_t bf_asked_size(void)
{
    return sizeof(struct bf_asked);
}

static uint64_t sum_of(struct bf_str s)
{
    return bf_str_hash(s) | 1;
}

static struct place *find(const struct bf_asked *a, struct bf_str dataset, bool make)
{
    uint64_t hash = sum_of(dataset);
    for (uint64_t i = 0; i < TRIES; i++) {
        struct place *p = &((struct bf_asked *)(uintptr_t)a)->places[(hash / 2 + i) % PLACES];
        uint64_t seen = atomic_load_explicit(&p->dataset, memory_order_relaxed);
        if (seen == 0 && !make)
            return NULL;
        if (seen == 0 && atomic_compare_exchange_strong(&p->dataset, &seen, hash))
            return p;
        if (seen == hash)
            return p;
    }
    return NULL;
}

static bool is_kept(const struct place *p, uint64_t sum)
{
    for (int i = 0; i < BF_ASKED_MOST; i++)
        if (atomic_load_explicit(&p->sums[i], memory_order_relaxed) == sum)
            return true;
    return false;
}

void bf_asked_note(struct bf_asked *a, struct bf_str dataset, struct bf_str target)
{
    uint64_t sum = sum_of(target);
    struct place *p = target.n > BF_ASKED_BYTES ? NULL : find(a, dataset, true);
    if (!p || is_kept(p, sum))
        return;
    uint32_t at = atomic_fetch_add(&p->written, 1) % BF_ASKED_MOST;
    atomic_store(&p->sums[at], 0);
    p->kept[at].n = (uint32_t)target.n;
    memcpy(p->kept[at].text, target.p, target.n);
    atomic_store(&p->sums[at], sum);
}

static bool copy(const struct place *p, uint32_t at, struct bf_arena *arena, struct bf_str *out)
{
    uint64_t sum = atomic_load(&p->sums[at]);
    uint32_t n = p->kept[at].n;
    if (sum == 0 || n > BF_ASKED_BYTES)
        return false;
    *out = bf_arena_dup(arena, (struct bf_str){p->kept[at].text, n});
    return out->p && sum_of(*out) == sum;
}

size_t bf_asked_read(const struct bf_asked *a, struct bf_str dataset, struct bf_arena *arena,
                     struct bf_str *out, size_t most)
{
    size_t n = 0;
    const struct place *p = find(a, dataset, false);
    uint32_t next = p ? atomic_load(&p->written) % BF_ASKED_MOST : 0;
    for (uint32_t i = 1; p && i <= BF_ASKED_MOST && n < most; i++)
        n += copy(p, (next + BF_ASKED_MOST - i) % BF_ASKED_MOST, arena, &out[n]);
    return n;
}
