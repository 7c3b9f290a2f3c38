#include "http/hot.h"

#include <stdatomic.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    GRAIN = 16, /* records begin at multiples of it */
    WAYS = 4,
    BYTES_PER_ENTRY = 2048,
    LEAST_SETS = 64,
    ASKED = 1 << 16,
    TAG_BITS = 16,
    PLACE_BITS = 64 - TAG_BITS,
};

struct record {
    uint64_t sum; /* of everything after it, up to the end of the body */
    unsigned char key[BF_DIGEST_BYTES];
    uint64_t rows;
    uint32_t head, body; /* lengths */
};

/* An entry is a tag of the key and the place of the record, in grains since the ring was made;
 * places only grow, 0 is none. */
struct set {
    _Atomic uint64_t entries[WAYS];
};

struct bf_hot {
    uint64_t ring_bytes, sets;
    uint64_t sets_at, ring_at;           /* byte offsets from here */
    _Alignas(64) _Atomic uint64_t taken; /* bytes of the ring, since it was made */
    _Alignas(64) _Atomic uint32_t asked[ASKED];
};

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

static size_t sets_of(size_t bytes)
{
    size_t n = bytes / BYTES_PER_ENTRY / WAYS;
    return n < LEAST_SETS ? LEAST_SETS : n;
}

static size_t sets_at(void)
{
    return round_up(sizeof(struct bf_hot), 64);
}

static size_t ring_at(size_t bytes)
{
    return round_up(sets_at() + sets_of(bytes) * sizeof(struct set), 64);
}

size_t bf_hot_size(size_t bytes)
{
    return bytes ? ring_at(bytes) + round_up(bytes, GRAIN) : 0;
}

struct bf_hot *bf_hot_init(void *memory, size_t bytes)
{
    struct bf_hot *h = memory;
    if (bytes == 0)
        return NULL;
    h->ring_bytes = round_up(bytes, GRAIN);
    h->sets = sets_of(bytes);
    h->sets_at = sets_at();
    h->ring_at = ring_at(bytes);
    atomic_store(&h->taken, GRAIN); /* place 0 stands for none */
    return h;
}

/* ---- keys ---------------------------------------------------------------------------------- */

/* A key is a SHA-256: any of its bytes are as good as a hash. */
static uint64_t word(const unsigned char key[BF_DIGEST_BYTES], size_t n)
{
    uint64_t w;
    memcpy(&w, key + n * sizeof w, sizeof w);
    return w;
}

static struct set *set_of(const struct bf_hot *h, const unsigned char key[BF_DIGEST_BYTES])
{
    char *at = (char *)(uintptr_t)h + h->sets_at;
    return (struct set *)(void *)at + word(key, 0) % h->sets;
}

static uint64_t tag_of(const unsigned char key[BF_DIGEST_BYTES])
{
    return word(key, 1) >> PLACE_BITS << PLACE_BITS;
}

static uint64_t place_of(uint64_t entry)
{
    return (entry & (UINT64_MAX >> TAG_BITS)) * GRAIN;
}

bool bf_hot_wanted(struct bf_hot *h, const unsigned char key[BF_DIGEST_BYTES])
{
    if (!h)
        return false;
    _Atomic uint32_t *asked = &h->asked[word(key, 2) % ASKED];
    uint32_t mark = (uint32_t)(word(key, 3) | 1);
    if (atomic_load_explicit(asked, memory_order_relaxed) == mark)
        return true;
    atomic_store_explicit(asked, mark, memory_order_relaxed);
    return false;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Nobody has taken its bytes for another record. To ask again after a copy. */
static bool still_there(const struct bf_hot *h, uint64_t place)
{
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&h->taken, memory_order_relaxed) - place <= h->ring_bytes;
}

static uint64_t sum_of(const struct record *r, struct bf_str head, struct bf_str body)
{
    uint64_t sum = XXH3_64bits(r->key, sizeof *r - offsetof(struct record, key));
    sum = XXH3_64bits_withSeed(head.p ? head.p : "", head.n, sum);
    return XXH3_64bits_withSeed(body.p ? body.p : "", body.n, sum);
}

static void take_back(struct bf_buf *b, size_t n)
{
    b->n = n;
}

/* Copies the record at that place; the copy is judged, never the memory that others may write. */
static bool copy(const struct bf_hot *h, uint64_t place, const unsigned char key[BF_DIGEST_BYTES],
                 struct record *r, struct bf_buf *head, struct bf_buf *body)
{
    const char *at = (const char *)h + h->ring_at + place % h->ring_bytes;
    size_t room = h->ring_bytes - place % h->ring_bytes;
    size_t head_n = head->n, body_n = body->n;
    if (place == 0 || !still_there(h, place) || room < sizeof *r)
        return false;
    memcpy(r, at, sizeof *r);
    if (memcmp(r->key, key, BF_DIGEST_BYTES) != 0 || r->head > BF_HOT_MOST ||
        r->body > BF_HOT_MOST || room - sizeof *r < (size_t)r->head + r->body)
        return false;
    bf_buf_bytes(head, at + sizeof *r, r->head);
    bf_buf_bytes(body, at + sizeof *r + r->head, r->body);
    bool whole = still_there(h, place) && !bf_buf_failed(head) && !bf_buf_failed(body) &&
                 r->sum == sum_of(r, (struct bf_str){head->p + head_n, r->head},
                                  (struct bf_str){body->p + body_n, r->body});
    if (whole)
        return true;
    take_back(head, head_n);
    take_back(body, body_n);
    return false;
}

bool bf_hot_get(const struct bf_hot *h, const unsigned char key[BF_DIGEST_BYTES],
                struct bf_buf *head, struct bf_buf *body, uint64_t *rows)
{
    struct record r;
    if (!h)
        return false;
    struct set *set = set_of(h, key);
    for (int i = 0; i < WAYS; i++) {
        uint64_t entry = atomic_load_explicit(&set->entries[i], memory_order_acquire);
        bool same_tag = (entry ^ tag_of(key)) >> PLACE_BITS == 0;
        if (same_tag && copy(h, place_of(entry), key, &r, head, body)) {
            *rows = r.rows;
            return true;
        }
    }
    return false;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* A record never goes around the end of the ring: what is left there is passed over. */
static uint64_t take_room(struct bf_hot *h, size_t n)
{
    uint64_t place, before = atomic_load_explicit(&h->taken, memory_order_relaxed);
    do {
        uint64_t left = h->ring_bytes - before % h->ring_bytes;
        place = left < n ? before + left : before;
    } while (!atomic_compare_exchange_weak_explicit(&h->taken, &before, place + n,
                                                    memory_order_acq_rel, memory_order_relaxed));
    atomic_thread_fence(memory_order_release);
    return place;
}

/* The entry of that key, or the one that was overwritten or will be first. */
static void enter(struct bf_hot *h, const unsigned char key[BF_DIGEST_BYTES], uint64_t place)
{
    struct set *set = set_of(h, key);
    int oldest = 0;
    uint64_t tag = tag_of(key), least = UINT64_MAX;
    for (int i = 0; i < WAYS; i++) {
        uint64_t entry = atomic_load_explicit(&set->entries[i], memory_order_relaxed);
        uint64_t age = (entry ^ tag) >> PLACE_BITS == 0 ? 0 : place_of(entry);
        if (age < least) {
            least = age;
            oldest = i;
        }
    }
    atomic_store_explicit(&set->entries[oldest], tag | place / GRAIN, memory_order_release);
}

void bf_hot_put(struct bf_hot *h, const unsigned char key[BF_DIGEST_BYTES], struct bf_str head,
                struct bf_str body, uint64_t rows)
{
    struct record r = {.rows = rows, .head = (uint32_t)head.n, .body = (uint32_t)body.n};
    size_t n = round_up(sizeof r + head.n + body.n, GRAIN);
    if (!h || head.n > BF_HOT_MOST || body.n > BF_HOT_MOST || n > h->ring_bytes / 8)
        return;
    memcpy(r.key, key, sizeof r.key);
    r.sum = sum_of(&r, head, body);
    uint64_t place = take_room(h, n);
    char *at = (char *)h + h->ring_at + place % h->ring_bytes;
    memcpy(at, &r, sizeof r);
    if (head.n)
        memcpy(at + sizeof r, head.p, head.n);
    if (body.n)
        memcpy(at + sizeof r + head.n, body.p, body.n);
    enter(h, key, place);
}
