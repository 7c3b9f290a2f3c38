#include "store/usage_publish.h"

#include "store/own.h"
#include "store/result.h"

#include <inttypes.h>

enum { MEMORY = 256 << 20 };

/* midnight at the end of a day in Paris */
#define END_OF(day) "((" day " + 1)::timestamp AT TIME ZONE 'Europe/Paris')"

/* What is small is summed up along `level`: 1 of its route, 2 of its dataset, 3 of everything; 4 is
 * what stays hidden. */
static const char close_sql[] =
    "WITH cell AS ("
    "  SELECT u.dataset, u.route, u.key, u.client, sum(u.requests) AS requests,"
    "    sum(u.unchanged) AS unchanged, sum(u.errors) AS errors, sum(u.rows) AS rows,"
    "    sum(u.bytes) AS bytes, u.dataset = '' OR EXISTS (SELECT FROM catalog.dataset AS d"
    "      WHERE d.id = u.dataset AND d.requires IS NULL) AS open"
    "  FROM catalog.usage AS u WHERE u.day = $1::date"
    "  GROUP BY u.dataset, u.route, u.key, u.client"
    "), a AS (SELECT *, CASE WHEN NOT open THEN 3 WHEN requests >= $2::int8 THEN 0 ELSE 1 END AS l1"
    "  FROM cell"
    "), b AS (SELECT *, CASE WHEN l1 = 1 AND sum(requests) FILTER (WHERE l1 = 1)"
    "    OVER (PARTITION BY dataset, route) < $2::int8 THEN 2 ELSE l1 END AS l2 FROM a"
    "), c AS (SELECT *, CASE WHEN l2 = 2 AND sum(requests) FILTER (WHERE l2 = 2)"
    "    OVER (PARTITION BY dataset) < $2::int8 THEN 3 ELSE l2 END AS l3 FROM b"
    "), d AS (SELECT *, CASE WHEN l3 = 3 AND sum(requests) FILTER (WHERE l3 = 3)"
    "    OVER () < $2::int8 THEN 4 ELSE l3 END AS level FROM c"
    "), merged AS ("
    "  SELECT CASE WHEN level > 2 THEN '*' WHEN dataset = '' THEN '-' ELSE dataset END AS dataset,"
    "    CASE WHEN level > 1 THEN '*' ELSE route END AS route,"
    "    CASE WHEN level > 0 THEN '*' WHEN key THEN 'avec' ELSE 'sans' END AS cle,"
    "    CASE WHEN level > 0 THEN '*' ELSE client END AS client,"
    "    level > 0 AS regroupe, level = 4 AS masque, sum(requests) AS requests,"
    "    sum(unchanged) AS unchanged, sum(errors) AS errors, sum(rows) AS rows, sum(bytes) AS bytes"
    "  FROM d GROUP BY 1, 2, 3, 4, 5, 6"
    ") INSERT INTO catalog.usage_day (day, least, requests, cells)"
    " SELECT $1::date, $2::int8, sum(requests), json_agg(json_build_object("
    "   'jeu_de_donnees', dataset, 'route', route, 'cle', cle, 'client', client,"
    "   'regroupe', regroupe, 'masque', masque,"
    "   'requetes', CASE WHEN NOT masque THEN requests END,"
    "   'inchangees', CASE WHEN NOT masque THEN unchanged END,"
    "   'erreurs', CASE WHEN NOT masque THEN errors END,"
    "   'lignes', CASE WHEN NOT masque THEN rows END,"
    "   'octets', CASE WHEN NOT masque THEN bytes END) ORDER BY dataset, route, cle, client)"
    " FROM merged WHERE now() >= " END_OF("$1::date") " HAVING count(*) > 0"
                                                      " ON CONFLICT (day) DO NOTHING";

static const char cells_sql[] =
    "SELECT d.day, x.* FROM catalog.usage_day AS d, json_to_recordset(d.cells) AS x "
    "(jeu_de_donnees text,"
    " route text, cle text, client text, requetes bigint, inchangees bigint, erreurs bigint,"
    " lignes bigint, octets bigint, regroupe boolean, masque boolean) WHERE d.day = $1::date";

static const struct bf_own_column columns[] = {
    {BF_STR_INIT("jour"), BF_DATE},      {BF_STR_INIT("jeu_de_donnees"), BF_TEXT},
    {BF_STR_INIT("route"), BF_TEXT},     {BF_STR_INIT("cle"), BF_TEXT},
    {BF_STR_INIT("client"), BF_TEXT},    {BF_STR_INIT("requetes"), BF_INT},
    {BF_STR_INIT("inchangees"), BF_INT}, {BF_STR_INIT("erreurs"), BF_INT},
    {BF_STR_INIT("lignes"), BF_INT},     {BF_STR_INIT("octets"), BF_INT},
    {BF_STR_INIT("regroupe"), BF_BOOL},  {BF_STR_INIT("masque"), BF_BOOL},
};

static bool close_day(struct bf_conn *c, const struct bf_value *day, int64_t least,
                      struct bf_err *err)
{
    struct bf_value params[] = {*day, {.type = BF_INT, .integer = least}};
    return bf_conn_change(c, bf_str_of(close_sql), params, 2, err);
}

static bool publish(struct bf_own *own, const struct bf_value *day, struct bf_commit_result *result,
                    struct bf_err *err)
{
    PGresult *res = bf_conn_query(own->conn, bf_str_of(cells_sql), day, 1, err);
    bool ok = res && (PQntuples(res) > 0 ||
                      BF_FAIL_WITH(err, BF_E_CONFLICT,
                                   "Nothing to publish: the day is not over in Europe/Paris, or "
                                   "no request was counted on it."));
    ok = ok && bf_own_write(own, BF_BATCH_UPSERT, res, "beffroi usage", result, err);
    PQclear(res);
    return ok && bf_conn_change(own->conn,
                                BF_STR("UPDATE catalog.usage_day SET published = now()"
                                       " WHERE day = $1::date AND published IS NULL"),
                                day, 1, err);
}

bool bf_usage_publish(struct bf_conn *c, int32_t date, int64_t least,
                      struct bf_commit_result *result, struct bf_err *err)
{
    struct bf_value day = {.type = BF_DATE, .date = date};
    struct bf_own own;
    struct bf_arena *a = bf_arena_new(MEMORY);
    if (!a)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to publish");
    bool ok = bf_own_find(&own, c, a, BF_USAGE_DATASET_ID, columns,
                          sizeof columns / sizeof columns[0], err) &&
              close_day(c, &day, least, err) && publish(&own, &day, result, err);
    bf_arena_free(a);
    return ok;
}

bool bf_usage_due(struct bf_conn *c, int64_t wait_hours, int32_t *date, struct bf_err *err)
{
    static const char sql[] =
        "SELECT min(u.day) FROM (SELECT DISTINCT day FROM catalog.usage) AS u"
        " WHERE now() >= " END_OF(
            "u.day") " AND EXISTS (SELECT FROM catalog.dataset WHERE id = '" BF_USAGE_DATASET_ID
                     "')"
                     " AND NOT EXISTS (SELECT FROM catalog.usage_day AS d"
                     "   WHERE d.day = u.day AND d.published IS NOT NULL)"
                     " AND (now() >= " END_OF(
                         "u.day") " + $1::int8 * interval '1 hour' OR NOT EXISTS ("
                                  "   SELECT FROM catalog.usage AS o LEFT "
                                  "JOIN catalog.usage_node AS n USING (node)"
                                  "   WHERE o.day = u.day AND (n.told IS NULL"
                                  "     OR n.told < " END_OF("u.day") " + interval '1 minute')))";
    struct bf_value hours = {.type = BF_INT, .integer = wait_hours};
    PGresult *res = bf_conn_query(c, bf_str_of(sql), &hours, 1, err);
    *date = INT32_MIN;
    if (res && !PQgetisnull(res, 0, 0))
        *date = bf_cell_date(bf_result_cell(res, 0, 0));
    PQclear(res);
    return res != NULL;
}

bool bf_usage_prune(struct bf_conn *c, struct bf_err *err)
{
    return bf_conn_run(c,
                       "DELETE FROM catalog.usage AS u USING catalog.usage_day AS d"
                       " WHERE d.day = u.day AND d.published IS NOT NULL"
                       " AND u.day < (now() AT TIME ZONE 'Europe/Paris')::date - 92",
                       err) &&
           bf_conn_run(c,
                       "DELETE FROM catalog.usage_node AS n WHERE n.told < now() - interval "
                       "'92 days' AND NOT EXISTS"
                       " (SELECT FROM catalog.usage AS u WHERE u.node = n.node)",
                       err);
}
