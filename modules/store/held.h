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
void bf_held_fini(struct bf_held *r);
void bf_held_clear(struct bf_held *r);
bool bf_held_failed(const struct bf_held *r);

void bf_held_add(struct bf_held *r, const unsigned char id[BF_RECORD_ID],
                 const struct bf_value *values);

/* Column i as a binary array (array_recv): what a parameter of type <carrier>[] binds. */
void bf_held_array(const struct bf_held *r, size_t i, struct bf_buf *out);

/* All rows in binary COPY format, numbered from `first`. */
void bf_held_copy(const struct bf_held *r, int64_t first, struct bf_buf *out);

/* Header and trailer of a binary COPY. */
void bf_held_copy_begin(struct bf_buf *out);
void bf_held_copy_end(struct bf_buf *out);

#endif
