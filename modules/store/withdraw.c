#include "store/withdraw.h"

#include "store/applied.h"
#include "store/catalog.h"
#include "store/commit.h"
#include "store/result.h"

#include <inttypes.h>

/* The change with which it came: the first after it was gone, if it ever was. */
static const char first_sql[] =
    "SELECT coalesce(min(a.number), 0) FROM catalog.applied AS a WHERE a.dataset = $1::text "
    "AND a.number > coalesce((SELECT max(g.number) FROM catalog.applied AS g "
    "WHERE g.dataset = $1::text AND g.version IS NULL), 0)";

static bool ask(struct bf_conn *c, struct bf_str sql, struct bf_str dataset, int64_t *out,
                struct bf_err *err)
{
    const struct bf_value param = bf_value_text(dataset);
    PGresult *res = bf_conn_query(c, sql, &param, 1, err);
    if (res)
        *out = bf_result_int(res, 0, 0);
    PQclear(res);
    return res != NULL;
}

static bool was_never_served(struct bf_conn *c, const struct bf_withdraw *w, struct bf_err *err)
{
    int64_t first, served = 0;
    if (!ask(c, bf_str_of(first_sql), w->dataset, &first, err) ||
        !ask(c, BF_STR("SELECT coalesce(max(change), 0) FROM catalog.served WHERE $1::text <> ''"),
             w->dataset, &served, err))
        return false;
    if (first == 0)
        return BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE, "There is no dataset %.*s.",
                            BF_STR_ARG(w->dataset));
    if (first > served && first > w->served)
        return true;
    return BF_FAIL_WITH(err, BF_E_CONFLICT,
                        "There is no such version of %.*s: it has no earlier one, and was served "
                        "already, so its address stays for ever. Correct and apply it.",
                        BF_STR_ARG(w->dataset));
}

/* As of an apply: one change of the catalogue at a time, and no waiting behind a long reader. */
static bool begin(struct bf_conn *c, struct bf_arena *a, struct bf_err *err)
{
    struct bf_str sql = bf_arena_printf(a,
                                        "BEGIN; SELECT pg_advisory_xact_lock(%d, 0); "
                                        "SET LOCAL lock_timeout = '3s'",
                                        BF_LOCK_APPLY);
    return sql.p ? bf_conn_run(c, sql.p, err)
                 : BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.");
}

/* Counted under the lock of its writers, which is kept until the end. */
static bool may_lose(struct bf_conn *c, struct bf_arena *a, const struct bf_withdraw *w,
                     struct bf_str table, struct bf_err *err)
{
    int64_t ignored, n = 0;
    struct bf_str lock = bf_arena_printf(a,
                                         "SELECT number::bigint FROM catalog.dataset, "
                                         "pg_advisory_xact_lock(%d, number) WHERE id = $1::text",
                                         BF_LOCK_DATASET);
    struct bf_str sql = bf_arena_printf(
        a,
        "SELECT (SELECT count(*) FROM data.%.*s) + (SELECT count(*) FROM past.%.*s) "
        "WHERE $1::text <> ''",
        BF_STR_ARG(table), BF_STR_ARG(table));
    if (bf_arena_failed(a))
        return BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.");
    if (!ask(c, lock, w->dataset, &ignored, err) || !ask(c, sql, w->dataset, &n, err))
        return false;
    return n == 0 || w->records ||
           BF_FAIL_WITH(err, BF_E_CONFLICT,
                        "%.*s was never served, but holds %" PRId64
                        " records: with --with-records they "
                        "are deleted, too.",
                        BF_STR_ARG(w->dataset), n);
}

static bool remove_all(struct bf_conn *c, struct bf_arena *a, const struct bf_withdraw *w,
                       struct bf_str table, struct bf_err *err)
{
    const struct bf_value param = bf_value_text(w->dataset);
    struct bf_str drop =
        bf_arena_printf(a, "DROP TABLE data.%.*s, past.%.*s", BF_STR_ARG(table), BF_STR_ARG(table));
    return (drop.p || BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.")) &&
           bf_conn_change(c, BF_STR("DELETE FROM catalog.dataset WHERE id = $1::text"), &param, 1,
                          err) &&
           bf_conn_run(c, drop.p, err) &&
           bf_conn_run(c, "SELECT pg_notify('beffroi', 'catalog')", err) &&
           bf_conn_run(c, "COMMIT", err);
}

bool bf_withdraw(struct bf_conn *c, struct bf_arena *a, const struct bf_withdraw *what,
                 struct bf_err *err)
{
    struct bf_err ignored;
    struct bf_str table = bf_sql_name(a, what->dataset);
    bf_err_clear(&ignored);
    bool ok = bf_conn_ready(c, err) && begin(c, a, err) && was_never_served(c, what, err) &&
              may_lose(c, a, what, table, err) && remove_all(c, a, what, table, err);
    if (!ok)
        bf_conn_ready(c, &ignored); /* ends the transaction */
    return ok;
}
