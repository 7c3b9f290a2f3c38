/*
 * core/arena: memory by scope.
 *
 * Purpose    everything that lives as long as a process, a generation, a dataset, a request or a
 *            row batch comes from that scope's arena; nothing is freed by itself.
 * Ownership  bf_arena_new gives it to the caller; bf_arena_reset empties it (deferred releases run,
 *            newest first) and keeps one block for the next use; bf_arena_free ends it.
 * Limits     `cap` bytes in all, counted as given out; a request over it returns NULL and
 *            bf_arena_failed() stays true until reset, so that a builder may append unchecked and
 *            look once at the end.
 * Alignment  16 bytes.
 * Build      with -DBF_ARENA_MALLOC each piece is its own malloc, so that AddressSanitizer sees an
 *            overrun inside an arena.
 *
 *     struct bf_arena *a = bf_arena_new(8u << 20);
 *     bf_defer(a, close_cursor, cursor);
 *     char *copy = bf_arena_dup(a, text).p;
 *     bf_arena_reset(a);
 */
#ifndef BF_CORE_ARENA_H
#define BF_CORE_ARENA_H

#include "core/str.h"

#include <stdarg.h>

struct bf_arena;

struct bf_arena *bf_arena_new(size_t cap); /* NULL: no memory */
void bf_arena_free(struct bf_arena *a);    /* NULL is allowed */
void bf_arena_reset(struct bf_arena *a);

void *bf_arena_alloc(struct bf_arena *a, size_t n); /* uninitialised */
/* A zeroed array; checks count * n. */
void *bf_arena_zalloc(struct bf_arena *a, size_t count, size_t n);

/* A copy of the old array with room for at least `need` elements, doubling; *cap is updated. NULL
 * leaves the old one valid. */
void *bf_arena_grow(struct bf_arena *a, const void *old, size_t *cap, size_t need, size_t element);

/* A NUL-terminated copy; {NULL, 0} when full. */
struct bf_str bf_arena_dup(struct bf_arena *a, struct bf_str s);
struct bf_str bf_arena_printf(struct bf_arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct bf_str bf_arena_vprintf(struct bf_arena *a, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Runs release(what) at reset or free, newest first. false: no room, and release(what) has run
 * already. */
bool bf_defer(struct bf_arena *a, void (*release)(void *what), void *what);

bool bf_arena_failed(const struct bf_arena *a);
size_t bf_arena_used(const struct bf_arena *a); /* bytes given out since the last reset */

#endif
