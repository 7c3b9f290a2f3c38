#include "core/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 16, FIRST_BLOCK = 16 * 1024 };

struct block {
    struct block *next;
    size_t size; /* of the bytes after this header */
    size_t used;
    size_t pad;
};

struct deferred {
    struct deferred *next;
    void (*release)(void *what);
    void *what;
};

struct bf_arena {
    struct block *blocks; /* newest first; the last one is kept by reset */
    struct deferred *deferred;
    size_t cap;
    size_t used;
    bool failed;
};

struct bf_arena *bf_arena_new(size_t cap)
{
    struct bf_arena *a = calloc(1, sizeof *a);
    if (a)
        a->cap = cap;
    return a;
}

static void run_deferred(struct bf_arena *a)
{
    while (a->deferred) {
        struct deferred *d = a->deferred;
        a->deferred = d->next;
        d->release(d->what);
    }
}

void bf_arena_reset(struct bf_arena *a)
{
    run_deferred(a);
    while (a->blocks && a->blocks->next) {
        struct block *b = a->blocks;
        a->blocks = b->next;
        free(b);
    }
    if (a->blocks)
        a->blocks->used = 0;
#ifdef BF_ARENA_MALLOC
    free(a->blocks);
    a->blocks = NULL;
#endif
    a->used = 0;
    a->failed = false;
}

void bf_arena_free(struct bf_arena *a)
{
    if (!a)
        return;
    bf_arena_reset(a);
    free(a->blocks);
    free(a);
}

static struct block *new_block(struct bf_arena *a, size_t n)
{
    size_t size = n;
#ifndef BF_ARENA_MALLOC
    size_t wish = a->blocks ? a->blocks->size * 2 : FIRST_BLOCK;
    if (wish > 1u << 20)
        wish = 1u << 20;
    if (size < wish)
        size = wish;
#endif
    struct block *b = malloc(sizeof *b + size);
    if (!b)
        return NULL;
    b->size = size;
    b->used = 0;
    b->next = a->blocks;
    a->blocks = b;
    return b;
}

void *bf_arena_alloc(struct bf_arena *a, size_t n)
{
    size_t rounded = (n + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
    if (rounded < n || rounded > a->cap - a->used) {
        a->failed = true;
        return NULL;
    }
#ifdef BF_ARENA_MALLOC
    struct block *b = new_block(a, n ? n : 1);
#else
    struct block *b = a->blocks;
    if (!b || rounded > b->size - b->used)
        b = new_block(a, rounded);
#endif
    if (!b) {
        a->failed = true;
        return NULL;
    }
    void *p = (char *)(b + 1) + b->used;
    b->used += rounded;
    a->used += rounded;
    return p;
}

void *bf_arena_zalloc(struct bf_arena *a, size_t count, size_t n)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, n, &bytes)) {
        a->failed = true;
        return NULL;
    }
    void *p = bf_arena_alloc(a, bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

void *bf_arena_grow(struct bf_arena *a, const void *old, size_t *cap, size_t need, size_t element)
{
    size_t room = *cap ? *cap * 2 : 8;
    if (room < need)
        room = need;
    void *p = bf_arena_zalloc(a, room, element);
    if (!p)
        return NULL;
    if (*cap)
        memcpy(p, old, *cap * element);
    *cap = room;
    return p;
}

struct bf_str bf_arena_dup(struct bf_arena *a, struct bf_str s)
{
    char *p = bf_arena_alloc(a, s.n + 1);
    if (!p)
        return (struct bf_str){NULL, 0};
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (struct bf_str){p, s.n};
}

struct bf_str bf_arena_vprintf(struct bf_arena *a, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *p = n < 0 ? NULL : bf_arena_alloc(a, (size_t)n + 1);
    if (p)
        vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return (struct bf_str){p, p ? (size_t)n : 0};
}

struct bf_str bf_arena_printf(struct bf_arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct bf_str s = bf_arena_vprintf(a, format, args);
    va_end(args);
    return s;
}

bool bf_defer(struct bf_arena *a, void (*release)(void *what), void *what)
{
    struct deferred *d = bf_arena_alloc(a, sizeof *d);
    if (!d) {
        release(what);
        return false;
    }
    *d = (struct deferred){a->deferred, release, what};
    a->deferred = d;
    return true;
}

bool bf_arena_failed(const struct bf_arena *a)
{
    return a->failed;
}

size_t bf_arena_used(const struct bf_arena *a)
{
    return a->used;
}
