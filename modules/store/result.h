/*
 * store/result: the cells of a result of bf_conn_query, which is binary.
 *
 * Ownership  a cell and a text borrow their bytes from the result.
 * Errors     none: what is null reads as the empty text, 0, false.
 */
#ifndef BF_STORE_RESULT_H
#define BF_STORE_RESULT_H

#include "value/cell.h"

#include <libpq-fe.h>

struct bf_cell bf_result_cell(const PGresult *res, int row, int column);
struct bf_str bf_result_text(const PGresult *res, int row, int column);
int64_t bf_result_int(const PGresult *res, int row, int column);
int64_t bf_result_instant(const PGresult *res, int row, int column); /* microseconds */
int64_t bf_result_seconds(const PGresult *res, int row, int column); /* the same instant, cut */
bool bf_result_bool(const PGresult *res, int row, int column);

#endif
