#include "api/push/memo.h"

#include "core/arena.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { BUCKETS = 8192 }; /* a power of two */

struct entry {
    struct entry *next;
    uint64_t hash, of;
    struct bf_str text;
    struct bf_memo_row row;
    size_t n;
};

struct half {
    struct bf_arena *arena;
    struct entry *buckets[BUCKETS];
};

struct bf_memo {
    struct half halves[2];
    size_t room; /* of a half */
    unsigned young;
    uint64_t seed;
};

struct bf_memo *bf_memo_new(size_t bytes)
{
    struct bf_memo *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->room = bytes / 2;
    for (size_t i = 0; i < 2; i++)
        m->halves[i].arena = bf_arena_new(m->room);
    if (m->halves[0].arena && m->halves[1].arena &&
        getrandom(&m->seed, sizeof m->seed, 0) == sizeof m->seed)
        return m;
    bf_memo_free(m);
    return NULL;
}

void bf_memo_free(struct bf_memo *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < 2; i++)
        bf_arena_free(m->halves[i].arena);
    free(m);
}

/* ---- finding ------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 u128;
    u128 product = (u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes at a time. What finds a place alone: the bytes themselves decide. */
static uint64_t hash_of(const struct bf_memo *m, uint64_t of, struct bf_str text)
{
    static const uint64_t odd = 0x9E3779B97F4A7C15u;
    uint64_t h = m->seed ^ mix(of + 1, odd) ^ text.n, word;
    size_t i = 0;
    for (; i + sizeof word <= text.n; i += sizeof word) {
        memcpy(&word, text.p + i, sizeof word);
        h = mix(h ^ word, odd);
    }
    word = 0;
    if (i < text.n)
        memcpy(&word, text.p + i, text.n - i);
    return mix(h ^ word, odd);
}

static struct entry *find_in(const struct half *half, uint64_t hash, uint64_t of,
                             struct bf_str text)
{
    struct entry *e = half->buckets[hash & (BUCKETS - 1)];
    while (e && !(e->hash == hash && e->of == of && bf_str_eq(e->text, text)))
        e = e->next;
    return e;
}

/* ---- keeping ------------------------------------------------------------------------------- */

static bool has_text(const struct bf_value *v)
{
    return v->type == BF_TEXT || v->type == BF_JSON || v->type == BF_GEO_SHAPE;
}

/* What it takes at most: an arena rounds each piece up. */
static size_t size_of(const struct entry *e)
{
    enum { MORE = 32 };
    size_t size = sizeof *e + e->text.n + e->row.why.n + 3 * MORE;
    if (!e->row.values)
        return size;
    for (size_t i = 0; i < e->n; i++)
        if (has_text(&e->row.values[i]))
            size += e->row.values[i].text.n + MORE;
    return size + e->n * sizeof *e->row.values + MORE;
}

static void copy_row(struct bf_arena *a, struct bf_memo_row *row, size_t n)
{
    if (row->why.n)
        row->why = bf_arena_dup(a, row->why);
    if (!row->values)
        return;
    struct bf_value *values = bf_arena_zalloc(a, n, sizeof *values);
    for (size_t i = 0; values && i < n; i++) {
        values[i] = row->values[i];
        if (has_text(&values[i]))
            values[i].text = bf_arena_dup(a, values[i].text);
    }
    row->values = values;
}

static bool is_crowded(const struct entry *e)
{
    int n = 0;
    for (; e; e = e->next)
        n++;
    return n >= BF_MEMO_CHAIN;
}

static bool has_room(const struct bf_memo *m, size_t size)
{
    return bf_arena_used(m->halves[m->young].arena) + size <= m->room;
}

/* There is room. NULL: it is not to be. */
static const struct entry *add(struct half *half, const struct entry *from)
{
    struct entry **bucket = &half->buckets[from->hash & (BUCKETS - 1)];
    struct entry *e = is_crowded(*bucket) ? NULL : bf_arena_alloc(half->arena, sizeof *e);
    if (!e)
        return NULL;
    *e = *from;
    e->text = bf_arena_dup(half->arena, from->text);
    copy_row(half->arena, &e->row, e->n);
    if (bf_arena_failed(half->arena))
        return NULL;
    e->next = *bucket;
    *bucket = e;
    return e;
}

/* The older half is forgotten, and takes what comes. */
static void turn(struct bf_memo *m)
{
    m->young ^= 1;
    struct half *half = &m->halves[m->young];
    bf_arena_reset(half->arena);
    memset(half->buckets, 0, sizeof half->buckets);
}

const struct bf_memo_row *bf_memo_find(struct bf_memo *m, uint64_t of, struct bf_str text)
{
    struct half *young = &m->halves[m->young];
    uint64_t hash = hash_of(m, of, text);
    const struct entry *e = find_in(young, hash, of, text);
    if (e)
        return &e->row;
    e = find_in(&m->halves[m->young ^ 1], hash, of, text);
    if (!e)
        return NULL;
    const struct entry *moved = has_room(m, size_of(e)) ? add(young, e) : NULL;
    return moved ? &moved->row : &e->row;
}

void bf_memo_keep(struct bf_memo *m, uint64_t of, struct bf_str text, const struct bf_memo_row *row,
                  size_t n)
{
    struct entry e = {.hash = hash_of(m, of, text), .of = of, .text = text, .row = *row, .n = n};
    size_t size = size_of(&e);
    if (size > BF_MEMO_RECORD)
        return;
    if (!has_room(m, size) || bf_arena_failed(m->halves[m->young].arena))
        turn(m);
    add(&m->halves[m->young], &e);
}
