#include "limits/rate.h"

#include "core/siphash.h"

#include <stdatomic.h>
#include <string.h>

/* A word: a tag of 16 bits above 48 bits of TAT. 2^18 places and the tag make 34 bits of a caller;
 * the places that callers share have no tag. */
enum { MINUTE_US = 60000000 };

enum { PLACES = 1 << 18, SHARED = 1 << 10, CHARGED = 1 << 14, TAG_SHIFT = 48 };

static const uint64_t TAT_MASK = (UINT64_C(1) << TAG_SHIFT) - 1;

struct bf_rates {
    int64_t start_us;
    unsigned char seed[BF_SIPHASH_KEY];
    _Alignas(64) _Atomic uint64_t places[PLACES];
    _Atomic uint64_t shared[SHARED];
    _Atomic uint64_t charged[CHARGED]; /* ids of requests, by their hash */
};

struct bf_rate bf_rate_of(int64_t per_minute, int64_t burst)
{
    if (per_minute <= 0)
        return (struct bf_rate){0};
    int64_t interval = MINUTE_US / per_minute;
    return (struct bf_rate){interval ? interval : 1, burst > 0 ? burst : 1};
}

size_t bf_rates_size(void)
{
    return sizeof(struct bf_rates);
}

void bf_rates_init(struct bf_rates *rates, const unsigned char seed[16], int64_t now_us)
{
    memcpy(rates->seed, seed, BF_SIPHASH_KEY);
    rates->start_us = now_us;
}

/* ---- who ------------------------------------------------------------------------------------ */

uint64_t bf_rates_who(const struct bf_rates *rates, const void *bytes, size_t n)
{
    uint64_t hash = bf_siphash(rates->seed, bytes, n);
    return hash ? hash : 1;
}

/* ---- words ---------------------------------------------------------------------------------- */

/* 0 is no tag: the words of a new table are free. */
static uint64_t tag_of(uint64_t who)
{
    uint64_t tag = who >> TAG_SHIFT;
    return tag ? tag : 1;
}

static int64_t tat_of(uint64_t word)
{
    return (int64_t)(word & TAT_MASK);
}

static uint64_t word_of(uint64_t tag, int64_t tat)
{
    return tag << TAG_SHIFT | ((uint64_t)tat & TAT_MASK);
}

/* Where a caller's TAT is kept, and what it was when it was read. */
struct found {
    _Atomic uint64_t *place;
    uint64_t tag, word;
    int64_t tat;
};

/* In the caller's own place, when that is its own or free; else in the one that it shares. */
static struct found find(struct bf_rates *rates, uint64_t who, int64_t now)
{
    struct found f = {.place = &rates->places[who % PLACES], .tag = tag_of(who)};
    f.word = atomic_load(f.place);
    if (f.word >> TAG_SHIFT != f.tag && tat_of(f.word) > now) {
        f = (struct found){.place = &rates->shared[who / PLACES % SHARED]};
        f.word = atomic_load(f.place);
    }
    f.tat = tat_of(f.word);
    return f;
}

static bool put(struct found *f, int64_t tat)
{
    return atomic_compare_exchange_weak(f->place, &f->word, word_of(f->tag, tat));
}

/* ---- decisions ------------------------------------------------------------------------------ */

static struct bf_rate_verdict judge(int64_t tat, const struct bf_rate *rate, int64_t cost,
                                    int64_t now)
{
    int64_t span = rate->burst * rate->interval_us;
    int64_t ahead = tat > now ? tat - now : 0;
    int64_t needed = ahead + (cost < rate->burst ? cost : rate->burst) * rate->interval_us;
    struct bf_rate_verdict v = {.admitted = needed <= span};
    v.full_us = ahead + (v.admitted ? cost * rate->interval_us : 0);
    v.wait_us = v.admitted ? 0 : needed - span;
    v.remaining = v.full_us < span ? (span - v.full_us) / rate->interval_us : 0;
    return v;
}

bool bf_rates_take(struct bf_rates *rates, uint64_t who, const struct bf_rate *rate, int64_t cost,
                   int64_t now_us, struct bf_rate_verdict *verdict)
{
    int64_t now = now_us - rates->start_us;
    struct found f;
    do {
        f = find(rates, who, now);
        *verdict = judge(f.tat, rate, cost, now);
    } while (verdict->admitted && !put(&f, now + verdict->full_us));
    return verdict->admitted;
}

void bf_rates_look(struct bf_rates *rates, uint64_t who, const struct bf_rate *rate, int64_t cost,
                   int64_t now_us, struct bf_rate_verdict *verdict)
{
    int64_t now = now_us - rates->start_us;
    *verdict = judge(find(rates, who, now).tat, rate, cost, now);
}

void bf_rates_give_back(struct bf_rates *rates, uint64_t who, const struct bf_rate *rate,
                        int64_t cost, int64_t now_us)
{
    int64_t now = now_us - rates->start_us;
    struct found f;
    do {
        f = find(rates, who, now);
        if (f.tat <= now)
            return;
        f.tat -= cost * rate->interval_us;
    } while (!put(&f, f.tat > 0 ? f.tat : 0));
}

/* ---- retries -------------------------------------------------------------------------------- */

bool bf_rates_was_charged(const struct bf_rates *rates, uint64_t request)
{
    return request && atomic_load(&rates->charged[request % CHARGED]) == request;
}

void bf_rates_charged(struct bf_rates *rates, uint64_t request)
{
    if (request)
        atomic_store(&rates->charged[request % CHARGED], request);
}
