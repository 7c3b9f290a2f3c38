/*
 * plugin/row: how a row hook reads and writes the cells of one row.
 *
 * Purpose    the get_ and set_ functions of struct bf_api, over cells in PostgreSQL's binary form.
 * Ownership  a row borrows everything; values that are set lie in its arena, which is emptied
 *            before the next row.
 * Errors     get_: false. set_: BF_FAIL and one line in the log (plugin/host).
 * Speed      called once or more per row and field: no allocation, no search. About 5 ns.
 */
#ifndef BF_PLUGIN_ROW_H
#define BF_PLUGIN_ROW_H

#include "core/arena.h"
#include "value/cell.h"

struct bf_row_field {
    int place; /* index of its cell; -1: not in the rows of this request */
    enum bf_type type;
};

struct bf_row {
    struct bf_cell *cells;
    const struct bf_row_field *fields; /* one per column of the schema */
    size_t nfields;
    const int *same; /* by cell: the next one that shows the same field, -1: none; or NULL */
    size_t nsame;
    struct bf_arena *arena;
    struct bf_buf *scratch;
    bool writable;
    bool given; /* a row of a source, which has no cells but those of stored fields */
};

enum { BF_ROW_MEMORY = 4 << 20, BF_ROW_SCRATCH = 64 }; /* most bytes of what one row is given */

bool bf_row_get_bool(const struct bf_row *row, int field, bool *out);
bool bf_row_get_int(const struct bf_row *row, int field, int64_t *out);
bool bf_row_get_double(const struct bf_row *row, int field, double *out);
bool bf_row_get_text(const struct bf_row *row, int field, const char **out, size_t *n);
bool bf_row_get_time(const struct bf_row *row, int field, int64_t *out);
bool bf_row_get_point(const struct bf_row *row, int field, double *lon, double *lat);

enum bf_rc bf_row_set_null(struct bf_row *row, int field);
enum bf_rc bf_row_set_bool(struct bf_row *row, int field, bool value);
enum bf_rc bf_row_set_int(struct bf_row *row, int field, int64_t value);
enum bf_rc bf_row_set_double(struct bf_row *row, int field, double value);
enum bf_rc bf_row_set_text(struct bf_row *row, int field, const char *value, size_t n);
enum bf_rc bf_row_set_time(struct bf_row *row, int field, int64_t value);
enum bf_rc bf_row_set_point(struct bf_row *row, int field, double lon, double lat);
enum bf_rc bf_row_set_shape(struct bf_row *row, int field, const char *text, size_t n);
enum bf_rc bf_row_set_json(struct bf_row *row, int field, const char *text, size_t n);

#endif
