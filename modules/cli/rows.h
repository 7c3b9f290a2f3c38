/*
 * cli/rows: rows of a sample as a JSON array of objects or as CSV (RFC 4180).
 *
 * Purpose    one writer for the generators: fields are given in the order of `names`, each row
 *            whole.
 * Ownership  the caller's storage; out and names are borrowed. Errors are those of the buffer.
 *
 *     bf_rows_begin(&rows, &out, false, names, 2);
 *     bf_rows_text(&rows, BF_STR("GARE")); bf_rows_int(&rows, 12);   one row
 *     bf_rows_end(&rows);
 */
#ifndef BF_CLI_ROWS_H
#define BF_CLI_ROWS_H

#include "core/buf.h"

struct bf_rows {
    struct bf_buf *out;
    const char *const *names;
    size_t n;
    size_t column; /* of the value that comes next */
    bool csv;
    bool started;
};

void bf_rows_begin(struct bf_rows *r, struct bf_buf *out, bool csv, const char *const *names,
                   size_t n);
void bf_rows_end(struct bf_rows *r);

void bf_rows_text(struct bf_rows *r, struct bf_str s);
void bf_rows_int(struct bf_rows *r, int64_t v);
void bf_rows_instant(struct bf_rows *r, int64_t us); /* with the offset +00:00 */
/* Microdegrees. JSON: {"lon": …, "lat": …}; CSV: `lat, lon`. */
void bf_rows_point(struct bf_rows *r, int64_t lat, int64_t lon);
/* A value that is JSON itself; in CSV the cell is its text. */
void bf_rows_json(struct bf_rows *r, struct bf_str json);

#endif
