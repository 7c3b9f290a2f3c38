#include "store/ingestions.h"

#include "store/own.h"
#include "store/result.h"
#include "store/upstreams.h"

#define KEEP_US (INT64_C(86400000000) * 30)

enum { MEMORY = 64 << 20 };

static const struct bf_own_column columns[] = {
    {BF_STR_INIT("jeu_de_donnees"), BF_TEXT}, {BF_STR_INIT("passage"), BF_INT},
    {BF_STR_INIT("debut"), BF_DATETIME},      {BF_STR_INIT("duree"), BF_DOUBLE},
    {BF_STR_INIT("resultat"), BF_TEXT},       {BF_STR_INIT("statut"), BF_INT},
    {BF_STR_INIT("octets"), BF_INT},          {BF_STR_INIT("lignes"), BF_INT},
    {BF_STR_INIT("ajoutees"), BF_INT},        {BF_STR_INIT("modifiees"), BF_INT},
    {BF_STR_INIT("supprimees"), BF_INT},      {BF_STR_INIT("motif"), BF_TEXT},
};
enum { COLUMNS = sizeof columns / sizeof columns[0], KEYS = 2 };

/* What stands in one publication. */
#define STEP "5000"

static const char rows_sql[] =
    "SELECT i.dataset, i.run, i.started, extract(epoch FROM i.ended - i.started)::float8,"
    " CASE i.result WHEN 'changed' THEN 'modifie' WHEN 'unchanged' THEN 'inchange'"
    "  WHEN 'held' THEN 'retenu' WHEN 'failed' THEN 'echec' WHEN 'accepted' THEN 'accepte'"
    "  ELSE 'interrompu' END, i.status::int8, i.bytes, i.records, i.added, i.changed, i.removed,"
    " i.reason FROM catalog.ingestion AS i WHERE NOT i.published AND i.ended <= $1::timestamptz"
    " AND EXISTS (SELECT FROM catalog.dataset AS d WHERE d.id = i.dataset AND d.requires IS NULL)"
    " ORDER BY i.ended LIMIT " STEP;

/* Those that were read, and those that are nobody's to read. */
static const char done_sql[] =
    "UPDATE catalog.ingestion AS i SET published = true FROM (SELECT x.dataset, x.run"
    "  FROM catalog.ingestion AS x WHERE NOT x.published AND x.ended <= $1::timestamptz"
    "  ORDER BY EXISTS (SELECT FROM catalog.dataset AS d WHERE d.id = x.dataset"
    "    AND d.requires IS NULL) DESC, x.ended LIMIT " STEP
    ") AS n WHERE i.dataset = n.dataset AND i.run = n.run";

bool bf_ingestions_waiting(struct bf_conn *c, int64_t *n, struct bf_err *err)
{
    static const char sql[] =
        "SELECT count(*) FROM catalog.ingestion WHERE NOT published"
        " AND EXISTS (SELECT FROM catalog.dataset WHERE id = '" BF_INGESTIONS_ID "')";
    PGresult *res = bf_conn_query(c, bf_str_of(sql), NULL, 0, err);
    *n = res ? bf_result_int(res, 0, 0) : 0;
    PQclear(res);
    return res != NULL;
}

/* Runs that end meanwhile wait for the next time. */
static bool read_now(struct bf_conn *c, struct bf_value *now, struct bf_err *err)
{
    PGresult *res = bf_conn_query(c, BF_STR("SELECT clock_timestamp()"), NULL, 0, err);
    *now = (struct bf_value){.type = BF_DATETIME};
    if (res)
        now->instant = bf_result_instant(res, 0, 0);
    PQclear(res);
    return res != NULL;
}

static bool publish(struct bf_own *own, struct bf_err *err)
{
    struct bf_commit_result result;
    struct bf_value now;
    if (!read_now(own->conn, &now, err))
        return false;
    PGresult *res = bf_conn_query(own->conn, bf_str_of(rows_sql), &now, 1, err);
    bool ok = res && (PQntuples(res) == 0 ||
                      bf_own_write(own, BF_BATCH_UPSERT, res, "beffroi pull", &result, err));
    PQclear(res);
    return ok && bf_conn_change(own->conn, bf_str_of(done_sql), &now, 1, err);
}

static bool forget(struct bf_own *own, struct bf_err *err)
{
#define OLD                                                                                  \
    "SELECT dataset, run FROM catalog.ingestion WHERE published AND ended < $1::timestamptz" \
    " ORDER BY ended, dataset LIMIT " STEP
    const struct bf_manifest *m = own->entry->manifest;
    struct bf_commit_result result;
    struct bf_value before;
    if (!read_now(own->conn, &before, err))
        return false;
    before.instant -= m->keep_history_us ? m->keep_history_us : KEEP_US;
    PGresult *res = bf_conn_query(own->conn, BF_STR(OLD), &before, 1, err);
    int n = res ? PQntuples(res) : 0;
    own->ncolumns = KEYS;
    bool ok =
        res && (n == 0 || bf_own_write(own, BF_BATCH_DELETE, res, "beffroi pull", &result, err));
    own->ncolumns = COLUMNS;
    PQclear(res);
    return ok && (n == 0 || bf_conn_change(own->conn,
                                           BF_STR("DELETE FROM catalog.ingestion"
                                                  " WHERE (dataset, run) IN (" OLD ")"),
                                           &before, 1, err));
#undef OLD
}

/* One node at a time; the other one need not do it. */
static bool with_dataset(struct bf_conn *c, bool (*work)(struct bf_own *own, struct bf_err *err),
                         struct bf_err *err)
{
    struct bf_own own;
    struct bf_err ignored;
    bool have = false;
    struct bf_arena *a = bf_arena_new(MEMORY);
    if (!a)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to publish");
    bool ok = bf_upstream_lock(c, 0, &have, err) &&
              (!have || (bf_own_find(&own, c, a, BF_INGESTIONS_ID, columns, COLUMNS, err) &&
                         work(&own, err)));
    bf_err_clear(&ignored);
    if (have && bf_conn_is_up(c))
        bf_upstream_unlock(c, 0, &ignored);
    bf_arena_free(a);
    return ok;
}

bool bf_ingestions_publish(struct bf_conn *c, struct bf_err *err)
{
    return with_dataset(c, publish, err);
}

bool bf_ingestions_prune(struct bf_conn *c, struct bf_err *err)
{
    return with_dataset(c, forget, err) &&
           bf_conn_run(c, "DELETE FROM catalog.ingestion WHERE ended < now() - interval '400 days'",
                       err);
}
