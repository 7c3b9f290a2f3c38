/*
 * api/push/memo: what became of records that come again as they came before.
 *
 * Purpose    a live feed sends every record each time and changes few. What a script made of a
 *            record is kept under the bytes of the record, and taken when the same bytes come again
 *            to the same script: on_ingest is a function of the record and of the contours that the
 *            script was opened with, and of nothing else (lua/script).
 * Of         the number of one opening of one script. When a dataset is applied anew, or its
 *            contours have another commit, the script is opened again and has another number: what
 *            was made before is not met any more.
 * Not kept   who keeps is to leave out what was refused, and a call that did more than answer.
 * Memory     `bytes` in all, of every dataset together, in two halves: when the younger is full the
 *            older one is forgotten and takes its place. What is found in the older one moves to
 *            the younger, so that what goes on coming stays. What takes more than BF_MEMO_RECORD
 *            bytes is not kept, nor what finds BF_MEMO_CHAIN others in its place.
 * Ownership  bf_memo_new gives it to the caller; bf_memo_free ends it. What is found is borrowed
 *            until the next call.
 *
 *     const struct bf_memo_row *row = bf_memo_find(memo, of, text);
 *     if (!row) { … bf_memo_keep(memo, of, text, &made, nfields); }
 */
#ifndef BF_API_PUSH_MEMO_H
#define BF_API_PUSH_MEMO_H

#include "store/record_id.h"
#include "value/type.h"

enum { BF_MEMO_RECORD = 16 << 10, BF_MEMO_CHAIN = 16 };

/* A row as it is written, or the word with which it was dropped. */
struct bf_memo_row {
    const struct bf_value *values; /* one per field of the manifest; NULL: it was dropped */
    unsigned char id[BF_RECORD_ID];
    bool repeated;     /* it has a time that happens twice */
    struct bf_str why; /* it was dropped */
};

struct bf_memo;

struct bf_memo *bf_memo_new(size_t bytes); /* NULL: no memory */
void bf_memo_free(struct bf_memo *m);      /* NULL is allowed */

const struct bf_memo_row *bf_memo_find(struct bf_memo *m, uint64_t of, struct bf_str text);
/* n: of its values. */
void bf_memo_keep(struct bf_memo *m, uint64_t of, struct bf_str text, const struct bf_memo_row *row,
                  size_t n);

#endif
