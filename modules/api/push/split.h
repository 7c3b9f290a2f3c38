/*
 * api/push/split: cuts a stream of JSON into records, without keeping more than one.
 *
 * Purpose    finds where each element of a top-level array (or the one top-level object, or each
 *            line) ends; reading the element itself is another's work. A broken element does not
 *            break the stream as long as its end can be found.
 * Limits     32 levels, record_max bytes and 150,000 commas in a record: what one record may cost
 *            once it is read into memory.
 * Errors     BODY for a stream that cannot be cut (it names the record and line), TOO_LARGE for a
 *            record beyond the limits.
 * Ownership  bf_split_fini frees. A record handed on is borrowed until take returns.
 */
#ifndef BF_API_PUSH_SPLIT_H
#define BF_API_PUSH_SPLIT_H

#include "core/buf.h"
#include "core/err.h"

enum { BF_SPLIT_DEPTH = 32, BF_SPLIT_COMMAS = 150000 };

enum bf_split_kind {
    BF_SPLIT_JSON,  /* an array of records, or one record */
    BF_SPLIT_LINES, /* one record per line, blank lines are skipped */
};

struct bf_split {
    enum bf_split_kind kind;
    size_t record_max;
    bool (*take)(void *self, struct bf_str record, uint64_t line, struct bf_err *err);
    void *self;

    /* Private. */
    int state;
    struct bf_buf held; /* the start of a record that goes on in the next piece */
    uint64_t line, started_line, records;
    int depth;
    unsigned bom; /* bytes of a byte order mark that were seen at the start */
    bool in_string, escaped;
    size_t commas;
};

void bf_split_init(struct bf_split *s, enum bf_split_kind kind, size_t record_max);
void bf_split_fini(struct bf_split *s);
bool bf_split_feed(struct bf_split *s, const char *p, size_t n, struct bf_err *err);
bool bf_split_end(struct bf_split *s, struct bf_err *err);

#endif
