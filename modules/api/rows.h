/*
 * api/rows: the rows of r->query, the same for every protocol.
 *
 *     struct bf_rows rows;
 *     if (!bf_rows_read(r, BF_ROWS_COUNTED, &rows)) return false;
 *     if (bf_answer_dated(r, rows.read)) return true;
 */
#ifndef BF_API_ROWS_H
#define BF_API_ROWS_H

#include "api/request.h"
#include "format/writer.h"
#include "store/read.h"

enum bf_rows_mode {
    BF_ROWS_COUNTED, /* a page, with the number of all */
    BF_ROWS_PLAIN,   /* in memory, not counted */
    BF_ROWS_STREAM,
};

struct bf_rows {
    struct bf_sql sql;
    struct bf_read *read;
};

bool bf_rows_read(struct bf_request *r, enum bf_rows_mode mode, struct bf_rows *out);

/* The same in two steps, for who has something to add to the SQL. */
bool bf_rows_sql(struct bf_request *r, struct bf_rows *out);
bool bf_rows_read_sql(struct bf_request *r, enum bf_rows_mode mode, struct bf_rows *rows);

/* How statements about the dataset, or the catalogue, are to be planned. */
enum bf_plans bf_rows_plans(const struct bf_request *r);

/* Tells the query when the dataset has many records; bf_rows_sql does. */
void bf_rows_expect_many(struct bf_request *r);

/* PLAIN for a small dataset, which is then read in one round trip instead of four; else STREAM. */
enum bf_rows_mode bf_rows_all(const struct bf_request *r);

/* Keys and types of the outputs for a writer; NULL: no memory. */
struct bf_write_column *bf_rows_columns(struct bf_request *r, const struct bf_sql *sql);

/* Labels instead of names as the keys of columns that are fields and were given no other name. */
void bf_rows_labels(struct bf_request *r, const struct bf_sql *sql, struct bf_write_column *columns,
                    bool english);

#endif
