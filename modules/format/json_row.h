/*
 * format/json_row: one row as the Explore API's JSON object `{"a": 1, "b": null}` (contract 1, 4.6,
 * 5): for lists, single records, and the formats that are made of JSON objects.
 *
 * Ownership  lies in the arena; keys are escaped once, when it is made.
 * Errors     NULL when the arena is full; those of printing are sticky in `out`.
 */
#ifndef BF_FORMAT_JSON_ROW_H
#define BF_FORMAT_JSON_ROW_H

#include "format/writer.h"

struct bf_json_row;
struct bf_json_row *bf_json_row_new(struct bf_arena *a, const struct bf_write_column *columns,
                                    size_t n, const struct bf_zone *zone);
/* The same without the column of that index; -1: with all. Rows still have a cell for it. */
struct bf_json_row *bf_json_row_without(struct bf_arena *a, const struct bf_write_column *columns,
                                        size_t n, int without, const struct bf_zone *zone);
void bf_json_row_print(const struct bf_json_row *r, struct bf_buf *out,
                       const struct bf_cell *cells);

/* The same in pieces, for who prints some values otherwise: what stands before a value, `{` or a
 * comma included, and a value; then the end, which of a row without columns is all of it. */
void bf_json_row_lead(const struct bf_json_row *r, struct bf_buf *out, size_t column);
void bf_json_row_value(const struct bf_json_row *r, struct bf_buf *out, size_t column,
                       struct bf_cell c);
void bf_json_row_close(const struct bf_json_row *r, struct bf_buf *out);

/* A writer whose rows are such objects; the formats made of them cast it back. */
struct bf_json_writer {
    struct bf_writer base;
    struct bf_json_row *row;
};
struct bf_writer *bf_json_writer_open(const struct bf_format *format, struct bf_arena *a,
                                      struct bf_buf *out, const struct bf_write_column *columns,
                                      size_t n, const struct bf_write_options *options,
                                      int without);
void bf_json_writer_row(struct bf_writer *w, const struct bf_cell *cells);

#endif
