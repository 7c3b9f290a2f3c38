#include "store/regions.h"

#include "store/result.h"

enum { SQL_MAX = 64 << 10 };

bool bf_regions_commit(struct bf_conn *c, struct bf_str dataset, int64_t *commit,
                       struct bf_err *err)
{
    struct bf_value id = bf_value_text(dataset);
    PGresult *res = bf_conn_query(c, BF_STR("SELECT commit FROM catalog.state WHERE dataset = $1"),
                                  &id, 1, err);
    *commit = res && PQntuples(res) == 1 ? bf_result_int(res, 0, 0) : 0;
    PQclear(res);
    return res != NULL;
}

/* Names come from the catalogue; computed fields are expressions over the row t. */
static void print_sql(struct bf_buf *sql, const struct bf_manifest *m,
                      const struct bf_manifest_field *const *fields, size_t n)
{
    struct bf_str shape = m->fields[m->geometry].column.sql;
    bf_buf_printf(sql, "SELECT ST_AsEWKB(%.*s)", BF_STR_ARG(shape));
    for (size_t i = 0; i < n; i++)
        bf_buf_printf(sql, ", (%.*s)::text", BF_STR_ARG(fields[i]->column.sql));
    bf_buf_printf(sql, " FROM data.\"%.*s\" AS t WHERE %.*s IS NOT NULL ORDER BY t._seq LIMIT %d",
                  BF_STR_ARG(m->id), BF_STR_ARG(shape), BF_REGIONS_MOST + 1);
}

static struct bf_str keep(struct bf_arena *a, const PGresult *res, int row, int column)
{
    if (PQgetisnull(res, row, column))
        return (struct bf_str){NULL, 0};
    return bf_arena_dup(a, bf_result_text(res, row, column));
}

/* Sums the bytes first: the arena of a worker must not be filled by a contour of somebody's. */
static bool fits(const PGresult *res)
{
    size_t bytes = 0;
    int rows = PQntuples(res), columns = PQnfields(res);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            bytes += (size_t)PQgetlength(res, i, j);
    return rows <= BF_REGIONS_MOST && bytes <= BF_REGIONS_BYTES;
}

static bool keep_all(struct bf_arena *a, const PGresult *res, size_t n, struct bf_regions *out)
{
    size_t rows = (size_t)PQntuples(res);
    struct bf_region *all = bf_arena_zalloc(a, rows + 1, sizeof *all);
    struct bf_str *values = bf_arena_zalloc(a, rows * n + 1, sizeof *values);
    for (size_t i = 0; all && values && i < rows; i++) {
        all[i].shape = keep(a, res, (int)i, 0);
        all[i].values = values + i * n;
        for (size_t j = 0; j < n; j++)
            values[i * n + j] = keep(a, res, (int)i, (int)j + 1);
    }
    *out = (struct bf_regions){all, rows};
    return !bf_arena_failed(a);
}

bool bf_regions_read(struct bf_conn *c, struct bf_arena *a, const struct bf_manifest *m,
                     const struct bf_manifest_field *const *fields, size_t n,
                     struct bf_regions *out, struct bf_err *err)
{
    struct bf_buf sql;
    bf_buf_init(&sql, SQL_MAX);
    print_sql(&sql, m, fields, n);
    PGresult *res = bf_buf_failed(&sql) ? NULL : bf_conn_query(c, bf_buf_view(&sql), NULL, 0, err);
    bool ok = res != NULL;
    if (bf_buf_failed(&sql))
        ok = BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left for the contours.");
    bf_buf_fini(&sql);
    if (ok && !fits(res))
        ok = BF_FAIL_WITH(err, BF_E_TOO_LARGE,
                          "The contours of %.*s are too many, or too large, to look places up in.",
                          BF_STR_ARG(m->id));
    if (ok && !keep_all(a, res, n, out))
        ok = BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left for the contours.");
    PQclear(res);
    return ok;
}
