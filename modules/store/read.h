/*
 * store/read: rows of one dataset with the commit they belong to.
 *
 * Purpose    puts the pieces of a query (query/query.h, struct bf_sql) and the dataset's state into
 *            ONE statement, so that the commit, the total and the rows come from one snapshot. Rows
 *            stay in PostgreSQL's binary form.
 * Ownership  a read lies in the arena; its results are released when the arena is reset, or by the
 *            next row of a stream.
 * Errors     the store's; NOT_FOUND_RESOURCE when the dataset has left the catalogue meanwhile.
 *
 * A dataset of {NULL, 0} is the catalogue: its commit is that of the clock, its records are the
 * datasets.
 *
 * bf_read_page    a bounded answer: all rows in memory; with the number of all matching rows when
 *                 asked.
 * bf_read_stream  any number of rows, one at a time, in a transaction of one snapshot; memory does
 *                 not grow with the rows.
 *
 *     while (bf_read_next(r, err)) bf_json_row_print(row, out, r->cells);
 */
#ifndef BF_STORE_READ_H
#define BF_STORE_READ_H

#include "query/query.h"
#include "store/conn.h"
#include "value/cell.h"

struct bf_read {
    /* The state of the dataset in the snapshot of the rows. */
    int64_t commit, instant, pushed; /* pushed 0: never */
    int64_t records;                 /* of the whole dataset */
    int64_t horizon; /* what was so at an earlier commit than this cannot be told any more */
    int64_t total;   /* rows that match; -1: not asked */

    struct bf_cell *cells; /* of the current row: outputs, then carried columns */
    size_t ncells;

    /* Private. */
    struct bf_conn *conn;
    PGresult *result;
    int row, rows;
    int first_column;
    bool streaming;
};

enum bf_read_total { BF_READ_NO_TOTAL, BF_READ_TOTAL };

struct bf_read *bf_read_page(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                             const struct bf_sql *sql, enum bf_read_total total,
                             struct bf_err *err);
struct bf_read *bf_read_stream(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                               const struct bf_sql *sql, struct bf_err *err);

/* The state of a dataset alone: no rows, total -1. */
struct bf_read *bf_read_state(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                              struct bf_err *err);

/* The next row into r->cells. false: no more rows, or err is set. */
bool bf_read_next(struct bf_read *r, struct bf_err *err);

/* Rows in memory of a page; 0 for a stream. */
size_t bf_read_rows(const struct bf_read *r);
/* The last cell of the last row of a page that has rows; the current row stays where it is. */
struct bf_cell bf_read_last(const struct bf_read *r);

#endif
