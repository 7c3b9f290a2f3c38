#include "store/used.h"

#include "core/crockford.h"

#include <stdatomic.h>

enum { ID_BITS = BF_USED_ID * BF_CROCKFORD_BITS, DAYS = 15, TRIES = 64 };

struct bf_used {
    _Atomic uint64_t words[BF_USED_PLACES]; /* 0: free */
};

size_t bf_used_size(void)
{
    return sizeof(struct bf_used);
}

struct bf_used *bf_used_init(void *memory)
{
    return memory;
}

/* ---- marking ---- */

/* 0: none of our ids. */
static uint64_t word_of(struct bf_str id, int32_t day)
{
    uint64_t bits;
    if (id.n != BF_USED_ID || day < 0 || !bf_crockford_read(id, &bits))
        return 0;
    return (uint64_t)(1 + day % DAYS) << ID_BITS | bits;
}

void bf_used_put(struct bf_used *used, struct bf_str id, int32_t day)
{
    uint64_t word = word_of(id, day);
    uint64_t at = (word * UINT64_C(0x9e3779b97f4a7c15)) >> 32;
    for (uint64_t i = 0; word && i < TRIES; i++) {
        _Atomic uint64_t *place = &used->words[(at + i) % BF_USED_PLACES];
        uint64_t found = atomic_load_explicit(place, memory_order_relaxed);
        if (found == word || (found == 0 && atomic_compare_exchange_strong(place, &found, word)) ||
            found == word)
            return;
    }
}

void bf_used_mark(struct bf_used_marker *m, struct bf_str id, int64_t now_us)
{
    if (m->used)
        bf_used_put(m->used, id, bf_usage_today(&m->today, now_us));
}

/* ---- telling ---- */

/* A worker may be a moment ahead, at midnight: from tomorrow back. */
static int32_t day_of(uint64_t word, int32_t today)
{
    int32_t mark = (int32_t)(word >> ID_BITS) - 1;
    return today + 1 - (today + 1 - mark) % DAYS;
}

bool bf_used_next(const struct bf_used *used, int32_t today, size_t *at, struct bf_used_key *out)
{
    for (; *at < BF_USED_PLACES; ++*at) {
        uint64_t word = atomic_load_explicit(&used->words[*at], memory_order_relaxed);
        if (word == 0)
            continue;
        *out = (struct bf_used_key){.day = day_of(word, today), .place = (*at)++, .word = word};
        for (size_t i = BF_USED_ID; i--; word >>= BF_CROCKFORD_BITS)
            out->id[i] = bf_crockford_digit(word);
        return true;
    }
    return false;
}

void bf_used_told(struct bf_used *used, const struct bf_used_key *key)
{
    uint64_t word = key->word;
    atomic_compare_exchange_strong(&used->words[key->place], &word, 0);
}
