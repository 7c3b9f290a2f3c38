/*
 * pull/gbfs_record: records of GBFS feeds as lines of JSON, one vocabulary for all versions.
 *
 * Changed    texts in several languages ([{"text", "language"}], 3.x) are the one in the language
 *            that is wanted, or the first; instants in seconds since 1970 (before 3.0) are RFC
 *            3339 in UTC; 0 and 1 that stand for false and true (before 2.0) are these. Everything
 *            else stays as it is written.
 * Ownership  what is printed is appended to the buffer; texts are decoded into the arena.
 */
#ifndef BF_PULL_GBFS_RECORD_H
#define BF_PULL_GBFS_RECORD_H

#include "core/arena.h"
#include "core/buf.h"

struct bf_gbfs_record {
    struct bf_arena *arena; /* of one record */
    struct bf_str language; /* wanted */
    struct bf_str object;   /* the record */
    struct bf_str other;    /* one that belongs to it: what the record does not say; or empty */
    struct bf_str geometry; /* name of one more member, or empty */
    struct bf_str place;    /* its value, as JSON */
};

/* A line with its end. NULL, or what is wrong with one of the objects. */
const char *bf_gbfs_record_print(const struct bf_gbfs_record *r, struct bf_buf *out);

/* How well a language fits what is wanted: 2 the same, 1 another form of it (fr-CA), 0 another. */
int bf_gbfs_language_fits(struct bf_str wanted, struct bf_str language);

#endif
