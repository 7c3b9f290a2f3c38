#include "store/prune.h"

#include "catalog/registry.h"
#include "core/clock.h"
#include "core/log.h"
#include "store/came.h"
#include "store/catalog.h"
#include "store/result.h"
#include "store/usage_publish.h"

#include <stdlib.h>

enum { STEP = 10000, MEMORY = 64 << 20 };

/* Moves the horizon first, in the same transaction as the rows that it makes unreadable. Returns
 * rows deleted, -1 on error. */
static long prune_step(struct bf_conn *c, struct bf_arena *a, const struct bf_manifest *m,
                       int64_t before, struct bf_err *err)
{
    struct bf_str table = bf_sql_name(a, m->id);
    struct bf_str sql = bf_arena_printf(
        a,
        "WITH h AS (SELECT coalesce(max(number), 0) AS number FROM catalog.commit"
        " WHERE dataset = $1::text AND instant < $2::timestamptz),"
        " gone AS (DELETE FROM past.%.*s WHERE ctid = ANY (ARRAY(SELECT p.ctid FROM past.%.*s p, h"
        " WHERE p._to <= h.number LIMIT %d)) RETURNING 1),"
        " moved AS (UPDATE catalog.state s SET horizon = h.number FROM h"
        " WHERE s.dataset = $1::text AND s.horizon < h.number)"
        " SELECT count(*) FROM gone",
        BF_STR_ARG(table), BF_STR_ARG(table), STEP);
    struct bf_value params[] = {bf_value_text(m->id), {.type = BF_DATETIME, .instant = before}};
    PGresult *res = sql.p ? bf_conn_query(c, sql, params, 2, err) : NULL;
    if (!res)
        return -1;
    long gone = (long)bf_result_int(res, 0, 0);
    PQclear(res);
    return gone;
}

static bool prune_dataset(struct bf_conn *c, struct bf_arena *a, const struct bf_manifest *m,
                          struct bf_err *err)
{
    int64_t before = bf_clock_wall_us() - m->keep_history_us;
    long all = 0;
    long step;
    do {
        step = prune_step(c, a, m, before, err);
        all += step > 0 ? step : 0;
    } while (step == STEP);
    if (all)
        bf_log(BF_LOG_INFO, "prune", "dataset=%.*s versions=%ld", BF_STR_ARG(m->id), all);
    return step >= 0;
}

static bool prune_receipts(struct bf_conn *c, struct bf_err *err)
{
    return bf_conn_run(c, "DELETE FROM catalog.receipt WHERE at < now() - interval '7 days'", err);
}

bool bf_prune(struct bf_conn *c, struct bf_err *err)
{
    struct bf_arena *a = bf_arena_new(MEMORY);
    struct bf_registry registry;
    size_t left_out;
    if (!a)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to prune");
    bf_registry_init(&registry, a);
    bool ok = bf_catalog_load(c, &registry, &left_out, err) && prune_receipts(c, err) &&
              bf_came_prune(c, err) && bf_usage_prune(c, err);
    for (size_t i = 0; ok && i < registry.n; i++)
        if (registry.entries[i].manifest->keep_history_us)
            ok = prune_dataset(c, a, registry.entries[i].manifest, err);
    bf_arena_free(a);
    return ok;
}
