#include "store/keys.h"

#include "value/cell.h"

enum { SECOND_US = 1000000 };

static struct bf_str text_at(const PGresult *res, int row, int column)
{
    return (struct bf_str){PQgetvalue(res, row, column), (size_t)PQgetlength(res, row, column)};
}

static int64_t seconds_at(const PGresult *res, int row, int column)
{
    struct bf_cell cell = {PQgetvalue(res, row, column), PQgetlength(res, row, column)};
    return bf_cell_instant(cell) / SECOND_US;
}

static struct bf_value text(struct bf_str s)
{
    return (struct bf_value){.type = BF_TEXT, .text = s};
}

static struct bf_value instant(int64_t seconds)
{
    return (struct bf_value){.type = BF_DATETIME, .instant = seconds * SECOND_US};
}

bool bf_keys_each(struct bf_conn *c,
                  bool (*take)(void *self, const struct bf_signing_key *key, struct bf_err *err),
                  void *self, struct bf_err *err)
{
    PGresult *res = bf_conn_query(c,
                                  BF_STR("SELECT kid, public_pem FROM catalog.signing_key"
                                         " WHERE retired IS NULL ORDER BY created DESC, kid"),
                                  NULL, 0, err);
    bool ok = res != NULL;
    for (int i = 0; ok && i < PQntuples(res); i++)
        ok = take(self, &(struct bf_signing_key){text_at(res, i, 0), text_at(res, i, 1)}, err);
    PQclear(res);
    return ok;
}

static bool insert(struct bf_conn *c, struct bf_str sql, const struct bf_value *params, size_t n,
                   struct bf_err *err)
{
    PGresult *res = bf_conn_query(c, sql, params, n, err);
    PQclear(res);
    return res != NULL;
}

bool bf_keys_add_signing(struct bf_conn *c, const struct bf_signing_key *key, struct bf_err *err)
{
    struct bf_value params[] = {text(key->kid), text(key->public_pem)};
    return insert(c,
                  BF_STR("INSERT INTO catalog.signing_key (kid, algorithm, public_pem)"
                         " VALUES ($1::text, 'ES256', $2::text)"),
                  params, 2, err);
}

bool bf_keys_add_issued(struct bf_conn *c, const struct bf_issued_key *key, struct bf_err *err)
{
    char hex[2 * sizeof key->digest];
    for (size_t i = 0; i < sizeof hex; i++)
        hex[i] = "0123456789abcdef"[key->digest[i / 2] >> (i % 2 ? 0 : 4) & 15];
    struct bf_value params[] = {text(key->jti),
                                text(key->kid),
                                text(key->sub),
                                text(key->scope),
                                instant(key->issued),
                                instant(key->expires),
                                text((struct bf_str){hex, sizeof hex})};
    return insert(c,
                  BF_STR("INSERT INTO catalog.api_key (jti, kid, sub, scope, issued, expires,"
                         " digest) VALUES ($1::text, $2::text, $3::text, $4::text,"
                         " $5::timestamptz, $6::timestamptz, decode($7::text, 'hex'))"),
                  params, sizeof params / sizeof params[0], err);
}

bool bf_keys_list(struct bf_conn *c, void (*take)(void *self, const struct bf_issued_key *key),
                  void *self, struct bf_err *err)
{
    PGresult *res = bf_conn_query(c,
                                  BF_STR("SELECT jti, kid, sub, scope, issued, expires"
                                         " FROM catalog.api_key ORDER BY sub, issued DESC, jti"),
                                  NULL, 0, err);
    for (int i = 0; res && i < PQntuples(res); i++)
        take(self, &(struct bf_issued_key){.jti = text_at(res, i, 0),
                                           .kid = text_at(res, i, 1),
                                           .sub = text_at(res, i, 2),
                                           .scope = text_at(res, i, 3),
                                           .issued = seconds_at(res, i, 4),
                                           .expires = seconds_at(res, i, 5)});
    PQclear(res);
    return res != NULL;
}
