#include "store/result.h"

struct bf_cell bf_result_cell(const PGresult *res, int row, int column)
{
    int n = PQgetisnull(res, row, column) ? -1 : PQgetlength(res, row, column);
    return (struct bf_cell){PQgetvalue(res, row, column), n};
}

/* The length of what is null is 0. */
struct bf_str bf_result_text(const PGresult *res, int row, int column)
{
    return (struct bf_str){PQgetvalue(res, row, column), (size_t)PQgetlength(res, row, column)};
}

int64_t bf_result_int(const PGresult *res, int row, int column)
{
    return bf_cell_int(bf_result_cell(res, row, column));
}

int64_t bf_result_instant(const PGresult *res, int row, int column)
{
    struct bf_cell cell = bf_result_cell(res, row, column);
    return bf_cell_null(cell) ? 0 : bf_cell_instant(cell);
}

int64_t bf_result_seconds(const PGresult *res, int row, int column)
{
    return bf_result_instant(res, row, column) / 1000000;
}

bool bf_result_bool(const PGresult *res, int row, int column)
{
    return bf_cell_bool(bf_result_cell(res, row, column));
}
