/*
 * format/writer: rows to bytes, one vtable for every format.
 *
 * Purpose    a protocol opens a writer on its output, gives it rows of cells, and ends it. Writers
 *            print straight from PostgreSQL's binary values.
 * Ownership  the writer lies in the arena; columns and keys are the caller's and live as long;
 *            `out` is the caller's and is flushed by the caller between rows.
 * Errors     open gives NULL when the arena is full; later ones are sticky in `out`. A cell that is
 *            not of its column's type prints as null.
 *
 *     struct bf_writer *w = bf_format_json.open(a, out, columns, n, zone);
 *     w->format->begin(w); for each row w->format->row(w, cells); w->format->end(w);
 */
#ifndef BF_FORMAT_WRITER_H
#define BF_FORMAT_WRITER_H

#include "core/arena.h"
#include "core/buf.h"
#include "value/cell.h"
#include "value/zone.h"

struct bf_write_column {
    struct bf_str key;
    enum bf_type type;
};

struct bf_writer;

struct bf_format {
    const char *name; /* "json" */
    const char *content_type;
    const char *extension;
    void (*begin)(struct bf_writer *w);
    void (*row)(struct bf_writer *w, const struct bf_cell *cells);
    void (*end)(struct bf_writer *w);
    struct bf_writer *(*open)(struct bf_arena *a, struct bf_buf *out,
                              const struct bf_write_column *columns, size_t n,
                              const struct bf_zone *zone);
};

struct bf_writer {
    const struct bf_format *format;
    struct bf_buf *out;
    const struct bf_write_column *columns;
    size_t n;
    const struct bf_zone *zone;
    uint64_t rows; /* written so far */
};

/* `[{"a": 1},{"a": 2}]`, elements joined by a bare comma (contract 5.1). */
extern const struct bf_format bf_format_json;
/* One object per line. */
extern const struct bf_format bf_format_jsonl;

/* One row as the Explore API's JSON object `{"a": 1, "b": null}` (contract 1, 4.6, 5): for lists,
 * single records and both formats above. Keys are escaped once, when it is made. */
struct bf_json_row;
struct bf_json_row *bf_json_row_new(struct bf_arena *a, const struct bf_write_column *columns,
                                    size_t n, const struct bf_zone *zone);
void bf_json_row_print(const struct bf_json_row *r, struct bf_buf *out,
                       const struct bf_cell *cells);

#endif
