/*
 * store/access: what a node knows of changes of access, in shared memory.
 *
 * Purpose    refusing a revoked key without PostgreSQL: the number of the last change that the
 *            node has read (catalog.access_change), when that was still the newest, and the keys
 *            and signing keys that are not believed any more although their tokens still verify.
 *            Who keeps something that was read from the database and depends on access (key ring,
 *            plans) remembers the number it was read at and reads again when it differs.
 * Ownership  one region (MAP_SHARED, zeroed) made by the guardian. One writer: the clock process.
 *            Readers: everybody, without locks: there are two tables, the writer fills the one that
 *            nobody reads and then turns; who reads while it turns reads again. A writer that died
 *            in between has changed nothing.
 * Limits     BF_ACCESS_MOST entries. Beyond it is_revoked never says NO: the answer is then ASK, at
 *            the database. Nothing is ever forgotten to make room.
 * Identity   ids of keys are taken exactly (12 characters of 5 bits); ids of signing keys, and what
 *            else may stand there, by a hash of 60 bits.
 * Units      microseconds.
 */
#ifndef BF_STORE_ACCESS_H
#define BF_STORE_ACCESS_H

#include "core/str.h"

enum { BF_ACCESS_MOST = 32768 };

struct bf_access;

size_t bf_access_size(void);
/* By the guardian, on zeroed memory of bf_access_size() bytes. */
struct bf_access *bf_access_init(void *memory);

struct bf_access_news {
    int64_t number; /* of the last change that the tables know; 0: nothing was read yet */
    int64_t at;     /* monotonic: at this moment or later there was no newer one */
};
struct bf_access_news bf_access_news(const struct bf_access *access);

enum bf_access_answer { BF_ACCESS_NO, BF_ACCESS_YES, BF_ACCESS_ASK };
/* Whether a key (jti) or a signing key (kid) was revoked, as of bf_access_news. now: wall clock. */
enum bf_access_answer bf_access_is_revoked(const struct bf_access *access, struct bf_str id,
                                           int64_t now);

/* For the clock process alone: fill a new table, one id after the other (from: wall clock, 0: at
 * once), then publish it with its news. */
void bf_access_begin(struct bf_access *access);
void bf_access_add(struct bf_access *access, struct bf_str id, int64_t from);
void bf_access_publish(struct bf_access *access, const struct bf_access_news *news);
/* The number is still the newest: that was so at this moment. */
void bf_access_still(struct bf_access *access, int64_t at);

#endif
