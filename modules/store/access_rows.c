#include "store/access_rows.h"

#include "core/clock.h"
#include "core/log.h"
#include "store/result.h"

bool bf_access_ask(struct bf_conn *c, struct bf_access_news *out, struct bf_err *err)
{
    out->at = bf_clock_mono_us();
    PGresult *res =
        bf_conn_query(c, BF_STR("SELECT number FROM catalog.access_change"), NULL, 0, err);
    bool ok = res && PQntuples(res) == 1;
    if (ok)
        out->number = bf_result_int(res, 0, 0);
    else if (res)
        BF_FAIL_WITH(err, BF_E_INTERNAL, "catalog.access_change has no row.");
    PQclear(res);
    return ok;
}

/* Left out: keys whose token has ended anyway, and signing keys whose last key has. */
static const char revoked_sql[] =
    "SELECT a.number, r.id, r.at FROM catalog.access_change AS a LEFT JOIN ("
    "SELECT jti AS id, CASE WHEN revoked IS NULL THEN ends END AS at FROM catalog.api_key"
    " WHERE (revoked IS NOT NULL OR ends IS NOT NULL) AND expires > now() - interval '5 minutes'"
    " UNION ALL "
    "SELECT kid, NULL FROM catalog.signing_key WHERE retired > now() - interval '401 days'"
    ") AS r ON true LIMIT $1::int8";

bool bf_access_read(struct bf_conn *c, struct bf_access *access, struct bf_err *err)
{
    struct bf_access_news news = {.at = bf_clock_mono_us()};
    struct bf_value most = {.type = BF_INT, .integer = BF_ACCESS_MOST + 1};
    PGresult *res = bf_conn_query(c, bf_str_of(revoked_sql), &most, 1, err);
    if (!res)
        return false;
    if (PQntuples(res) > BF_ACCESS_MOST)
        bf_log(BF_LOG_WARNING, "access.full",
               "more than %d keys are revoked: each key is now asked for at the database",
               BF_ACCESS_MOST);
    bf_access_begin(access);
    for (int i = 0; i < PQntuples(res); i++) {
        news.number = bf_result_int(res, i, 0);
        if (!PQgetisnull(res, i, 1))
            bf_access_add(access, bf_result_text(res, i, 1), bf_result_instant(res, i, 2));
    }
    PQclear(res);
    bf_access_publish(access, &news);
    return true;
}

bool bf_access_key_stands(struct bf_conn *c, struct bf_str jti, bool *stands, struct bf_err *err)
{
    struct bf_value param = bf_value_text(jti);
    PGresult *res = bf_conn_query(
        c,
        BF_STR("SELECT 1 FROM catalog.api_key AS k JOIN catalog.signing_key AS s USING (kid)"
               " WHERE k.jti = $1::text AND k.revoked IS NULL AND s.retired IS NULL"
               " AND (k.ends IS NULL OR k.ends > now())"),
        &param, 1, err);
    *stands = res && PQntuples(res) == 1;
    PQclear(res);
    return res != NULL;
}
