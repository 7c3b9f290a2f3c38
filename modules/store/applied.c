#include "store/applied.h"

#include "store/result.h"

bool bf_applied_newest(struct bf_conn *c, int64_t *number, struct bf_err *err)
{
    *number = 0;
    if (!bf_conn_ready(c, err))
        return false;
    PGresult *res = bf_conn_query(c, BF_STR("SELECT coalesce(max(number), 0) FROM catalog.applied"),
                                  NULL, 0, err);
    if (!res)
        return false;
    *number = bf_result_int(res, 0, 0);
    PQclear(res);
    return true;
}

bool bf_applied_start(struct bf_conn *c, int64_t *served, int64_t *newest, struct bf_err *err)
{
    static const char sql[] = "SELECT coalesce(max(number), 0), "
                              "coalesce((SELECT change FROM catalog.served), 0) "
                              "FROM catalog.applied";
    if (!bf_conn_ready(c, err))
        return false;
    PGresult *res = bf_conn_query(c, bf_str_of(sql), NULL, 0, err);
    if (!res)
        return false;
    *newest = bf_result_int(res, 0, 0);
    *served = bf_result_int(res, 0, 1);
    PQclear(res);
    if (*served == 0 || *served > *newest)
        *served = *newest;
    return true;
}

bool bf_applied_tell(struct bf_conn *c, int64_t served, struct bf_err *err)
{
    static const char sql[] =
        "INSERT INTO catalog.served AS s (change) VALUES ($1::bigint) ON CONFLICT (one) DO UPDATE "
        "SET change = EXCLUDED.change, at = now() WHERE s.change < EXCLUDED.change";
    const struct bf_value param = bf_value_int(served);
    return bf_conn_change(c, bf_str_of(sql), &param, 1, err);
}

static const char compare_sql[] =
    "WITH a AS (SELECT DISTINCT ON (dataset) dataset, digest, version FROM catalog.applied "
    "WHERE number <= $2::bigint ORDER BY dataset, number DESC), "
    "b AS (SELECT DISTINCT ON (dataset) dataset, digest FROM catalog.applied "
    "WHERE number <= $1::bigint ORDER BY dataset, number DESC) "
    "SELECT a.dataset, a.digest IS DISTINCT FROM b.digest, b.digest IS NULL, "
    "a.version ->> 'handler' IS NOT NULL OR a.version ->> 'hook_reads' = 'true' "
    "OR (a.version ->> 'manifest')::jsonb ? 'handler' "
    "FROM a LEFT JOIN b USING (dataset) WHERE a.digest IS NOT NULL "
    "ORDER BY a.dataset COLLATE \"C\"";

enum { DATASET, CHANGED, NEW, CODE };

bool bf_applied_compare(struct bf_conn *c, struct bf_arena *a, int64_t from, int64_t to,
                        struct bf_applied_datasets *out, struct bf_err *err)
{
    const struct bf_value params[] = {bf_value_int(from), bf_value_int(to)};
    *out = (struct bf_applied_datasets){NULL, 0};
    if (!bf_conn_ready(c, err))
        return false;
    PGresult *res = bf_conn_query(c, bf_str_of(compare_sql), params, 2, err);
    if (!res)
        return false;
    size_t n = (size_t)PQntuples(res);
    out->items = bf_arena_zalloc(a, n + 1, sizeof *out->items);
    for (size_t i = 0; out->items && i < n; i++, out->n++)
        out->items[i] =
            (struct bf_applied_dataset){.id = bf_arena_dup(a, bf_result_text(res, (int)i, DATASET)),
                                        .changed = bf_result_bool(res, (int)i, CHANGED),
                                        .new = bf_result_bool(res, (int)i, NEW),
                                        .code = bf_result_bool(res, (int)i, CODE)};
    PQclear(res);
    return !bf_arena_failed(a) || BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.");
}
