/*
 * store/used: which keys were used on which day, until the database knows it.
 *
 * Purpose    the last day on which a key was seen (catalog.api_key.used) without a write per
 *            request, and without a writer among the readers: who serves a request leaves the id
 *            of its key in memory that all workers of the node share, and the clock process takes
 *            it from there to the database (store/used_rows). A day of Europe/Paris, never more.
 * Memory     one region (MAP_SHARED, zeroed) made by the guardian: 8,192 words, each an id with its
 *            day, found by open addressing. Nobody waits: a word is put by a compare-and-swap into
 *            a free place, and most often it is there already. It stays until it was told, so a
 *            clock process that dies, or a database that is away, loses nothing.
 * Full       of more keys than there are places between two tellings (2 s) some find none; their
 *            next request tries again.
 * Identity   ids of 12 characters of Crockford's base32, as all issued keys have: 60 bits, and the
 *            day modulo 15 in the others. Another id belongs to no row of catalog.api_key.
 * Units      days since 1970-01-01.
 */
#ifndef BF_STORE_USED_H
#define BF_STORE_USED_H

#include "usage/usage.h"

enum { BF_USED_ID = 12, BF_USED_PLACES = 8192 };

struct bf_used;

size_t bf_used_size(void);
/* By the guardian, on zeroed memory of bf_used_size() bytes. */
struct bf_used *bf_used_init(void *memory);

void bf_used_put(struct bf_used *used, struct bf_str id, int32_t day);

/* Of one worker. used may be NULL: nothing is marked. */
struct bf_used_marker {
    struct bf_used *used;
    struct bf_usage_today today;
};
void bf_used_mark(struct bf_used_marker *marker, struct bf_str id, int64_t now_us);

/* ---- by the clock process ---- */

struct bf_used_key {
    char id[BF_USED_ID];
    int32_t day;
    size_t place;
    uint64_t word;
};

/* The next one from *at on (from 0); false: there is no other. today: within 13 days of all. */
bool bf_used_next(const struct bf_used *used, int32_t today, size_t *at, struct bf_used_key *out);
/* The database knows it. */
void bf_used_told(struct bf_used *used, const struct bf_used_key *key);

#endif
