/*
 * store/held: the rows of a batch on their way to PostgreSQL.
 *
 * Purpose    holds rows column by column as the elements of binary arrays; an element is the same
 *            bytes in a binary COPY, so a batch that has grown too large leaves as COPY rows.
 * Ownership  bf_held_init on the caller's storage, bf_held_fini frees.
 * Errors     sticky in the buffers; bf_held_failed asks all of them.
 */
#ifndef BF_STORE_HELD_H
#define BF_STORE_HELD_H

#include "store/commit_sql.h"

struct bf_held {
    struct bf_buf *columns;    /* the ids, then one per stored field */
    const size_t *fields;      /* columns - 1 indices into the manifest's fields */
    const enum bf_type *types; /* of the columns but the first */
    size_t ncolumns;
    size_t n;     /* rows held */
    size_t bytes; /* about what they take */
};

bool bf_held_init(struct bf_held *r, struct bf_arena *a, const struct bf_manifest *m,
                  enum bf_batch_mode mode);
/* Empty, with the same columns. */
bool bf_held_like(struct bf_held *r, struct bf_arena *a, const struct bf_held *of);
void bf_held_fini(struct bf_held *r);
void bf_held_clear(struct bf_held *r);
bool bf_held_failed(const struct bf_held *r);

void bf_held_add(struct bf_held *r, const unsigned char id[BF_RECORD_ID],
                 const struct bf_value *values);

/* Where the next element of each column starts: a walk over the rows. */
enum { BF_HELD_COLUMNS = 501 };
struct bf_held_walk {
    size_t at[BF_HELD_COLUMNS];
};
/* The element of that column in the row where the walk stands, with its length before it. */
struct bf_str bf_held_next(const struct bf_held *r, struct bf_held_walk *walk, size_t column);
/* Its bytes alone, for the ids. */
const unsigned char *bf_held_id(struct bf_str element);

/* Appends the row whose elements lie one behind the other. */
void bf_held_append(struct bf_held *r, struct bf_str elements);

/* Column i as a binary array (array_recv): what a parameter of type <carrier>[] binds. */
void bf_held_array(const struct bf_held *r, size_t i, struct bf_buf *out);

/* All rows in binary COPY format, numbered from `first`. */
void bf_held_copy(const struct bf_held *r, int64_t first, struct bf_buf *out);

/* Header and trailer of a binary COPY. */
void bf_held_copy_begin(struct bf_buf *out);
void bf_held_copy_end(struct bf_buf *out);

#endif
