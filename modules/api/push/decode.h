/*
 * api/push/decode: the body of a push, as it comes, into rows.
 *
 * Purpose    bytes in pieces of any size -> records -> typed rows, with every mistake counted.
 *            Knows neither HTTP nor the database: routes, `beffroi load` and the fuzzer use it
 *            alike.
 * Ownership  lies in the arena and frees its own memory at the arena's end. Memory does not grow
 *            with the body but for the keys (bf_seen).
 * Script     what it drops is no row and counts for nothing but bf_decode_dropped; everything else,
 *            the box of a key among it, judges what the script gave.
 * Rows       go to `row` as long as no record was bad; from then on they are only counted.
 * Errors     false and err: BODY or TOO_LARGE for a body that cannot be cut into records, ROWS at
 *            the end when records were bad (bf_decode_faults has them), or what `row` says.
 *
 *     d = bf_decode_open(arena, &setup, err);
 *     while (...) bf_decode_feed(d, p, n, err);
 *     bf_decode_end(d, err);
 */
#ifndef BF_API_PUSH_DECODE_H
#define BF_API_PUSH_DECODE_H

#include "api/push/faults.h"
#include "api/push/repair.h"
#include "auth/narrow.h"
#include "catalog/manifest.h"
#include "core/err.h"
#include "store/record_id.h"

enum bf_push_format { BF_PUSH_JSON, BF_PUSH_LINES, BF_PUSH_CSV };

struct bf_decode_setup {
    const struct bf_manifest *manifest;
    enum bf_push_format format;
    char delimiter;               /* of CSV; 0: by the header line */
    bool keys_only;               /* a delete */
    const struct bf_key_box *box; /* the main geometry lies in it; NULL: anywhere */
    struct bf_repair *repair;     /* records go through a script first; NULL: as they come */
    /* After each that went through it; may be NULL. */
    void (*repaired)(void *self, const struct bf_raw_record *came, const struct bf_raw_record *made,
                     enum bf_repaired how, struct bf_str why);
    size_t record_max;
    bool (*row)(void *self, const unsigned char id[BF_RECORD_ID], const struct bf_value *values,
                struct bf_err *err);
    void *self;
};

struct bf_decode;

struct bf_decode *bf_decode_open(struct bf_arena *a, const struct bf_decode_setup *setup,
                                 struct bf_err *err);
bool bf_decode_feed(struct bf_decode *d, const char *p, size_t n, struct bf_err *err);
bool bf_decode_end(struct bf_decode *d, struct bf_err *err);

uint64_t bf_decode_records(const struct bf_decode *d); /* read so far, good and bad */
const struct bf_faults *bf_decode_faults(const struct bf_decode *d);
/* Records that the script dropped, with its words. */
const struct bf_faults *bf_decode_dropped(const struct bf_decode *d);

/* Whether some time of z_is_local happens twice, and was read as the first. */
bool bf_decode_repeated(const struct bf_decode *d);

/* After the end, with a box: the row (from 0, as they went to `row`; all were good so far) that
 * cannot be written because the one that it would replace lies outside. */
void bf_decode_outside(struct bf_decode *d, uint64_t row);

#endif
