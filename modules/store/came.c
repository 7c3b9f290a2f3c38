#include "store/came.h"

#include "store/result.h"

/* A feed sends the same records again and again: each is kept once, where it came last. */
static const char keep_sql[] =
    "INSERT INTO catalog.came AS k (dataset, lines) SELECT d.id, $2::text FROM catalog.dataset AS "
    "d "
    "WHERE d.id = $1::text ON CONFLICT (dataset) DO UPDATE SET at = now(), lines = "
    "(SELECT string_agg(u.line || E'\\n', '' ORDER BY u.n) FROM (SELECT line, min(n) AS n FROM "
    "unnest(string_to_array(EXCLUDED.lines || k.lines, E'\\n')) WITH ORDINALITY AS t (line, n) "
    "WHERE line <> '' GROUP BY line ORDER BY 2 LIMIT 20) AS u)";

_Static_assert((int)BF_CAME_KEPT == 20, "as many as the statement keeps");

bool bf_came_keep(struct bf_conn *c, struct bf_str dataset, struct bf_str lines, struct bf_err *err)
{
    const struct bf_value params[] = {bf_value_text(dataset), bf_value_text(lines)};
    if (!lines.n)
        return bf_conn_change(c, BF_STR("DELETE FROM catalog.came WHERE dataset = $1::text"),
                              params, 1, err);
    return bf_conn_change(c, bf_str_of(keep_sql), params, 2, err);
}

bool bf_came_read(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                  struct bf_str *lines, struct bf_err *err)
{
    const struct bf_value params[] = {bf_value_text(dataset)};
    *lines = (struct bf_str){NULL, 0};
    if (!bf_conn_ready(c, err))
        return false;
    PGresult *res = bf_conn_query(
        c, BF_STR("SELECT lines FROM catalog.came WHERE dataset = $1::text"), params, 1, err);
    if (!res)
        return false;
    if (PQntuples(res) == 1)
        *lines = bf_arena_dup(a, bf_result_text(res, 0, 0));
    PQclear(res);
    return !bf_arena_failed(a) || BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.");
}

bool bf_came_prune(struct bf_conn *c, struct bf_err *err)
{
    return bf_conn_run(c,
                       "DELETE FROM catalog.came AS k USING catalog.dataset AS d "
                       "WHERE d.id = k.dataset AND d.hook IS NULL",
                       err);
}
