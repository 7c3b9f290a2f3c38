/*
 * api/push/csv: cuts a stream of CSV into records and cells (RFC 4180).
 *
 * Purpose    cells between delimiters; "" inside quotes is a quote; lines end in LF or CRLF; a byte
 *            order mark at the start is dropped; blank lines are skipped. Without a delimiter
 *            given, the header line tells: the one of `,` `;` and tab that stands most often in it
 *            outside quotes.
 * Limits     record_max bytes and BF_CSV_CELLS cells in a record.
 * Errors     BODY for a quote that is never closed, TOO_LARGE beyond the limits. A record that
 *            breaks the rules but has a clear end comes with `wrong`.
 * Ownership  bf_csv_fini frees. Cells are borrowed until take returns.
 */
#ifndef BF_API_PUSH_CSV_H
#define BF_API_PUSH_CSV_H

#include "core/buf.h"
#include "core/err.h"

enum { BF_CSV_CELLS = 1000 };

struct bf_csv_record {
    const struct bf_str *cells;
    size_t n;
    uint64_t line;     /* where it starts */
    const char *wrong; /* or NULL */
};

struct bf_csv {
    char delimiter; /* 0: by the header line */
    size_t record_max;
    bool (*take)(void *self, const struct bf_csv_record *record, struct bf_err *err);
    void *self;

    /* Private. */
    int state;
    struct bf_buf text;        /* of the record, unquoted */
    size_t ends[BF_CSV_CELLS]; /* where each cell ends in it */
    struct bf_str cells[BF_CSV_CELLS];
    size_t ncells;
    struct bf_buf header; /* the first line, until the delimiter is known */
    uint64_t line, started_line;
    const char *wrong;
    bool headed, quoted; /* quoted: the record has a quoted cell, so it is not blank */
    unsigned bom;
};

void bf_csv_init(struct bf_csv *c, char delimiter, size_t record_max);
void bf_csv_fini(struct bf_csv *c);
bool bf_csv_feed(struct bf_csv *c, const char *p, size_t n, struct bf_err *err);
bool bf_csv_end(struct bf_csv *c, struct bf_err *err);

/* A cell as it can be read back: in quotes where it must be. */
void bf_csv_print_cell(struct bf_buf *out, struct bf_str cell, char delimiter);

#endif
