#include "store/keys.h"

#include "store/result.h"

enum { MOST_ROWS = 10000 };

/* ---- signing keys -------------------------------------------------------------------------- */

bool bf_keys_each(struct bf_conn *c,
                  bool (*take)(void *self, const struct bf_signing_key *key, struct bf_err *err),
                  void *self, struct bf_err *err)
{
    PGresult *res =
        bf_conn_query(c,
                      BF_STR("SELECT kid, public_pem, created, signs FROM catalog.signing_key"
                             " WHERE retired IS NULL ORDER BY created DESC, kid"),
                      NULL, 0, err);
    bool ok = res != NULL;
    for (int i = 0; ok && i < PQntuples(res); i++)
        ok = take(self,
                  &(struct bf_signing_key){.kid = bf_result_text(res, i, 0),
                                           .public_pem = bf_result_text(res, i, 1),
                                           .created = bf_result_seconds(res, i, 2),
                                           .signs = bf_result_seconds(res, i, 3)},
                  err);
    PQclear(res);
    return ok;
}

bool bf_keys_signing(struct bf_conn *c, void (*take)(void *self, const struct bf_signing_key *key),
                     void *self, struct bf_err *err)
{
    PGresult *res = bf_conn_query(
        c,
        BF_STR("SELECT s.kid, s.public_pem, s.created, s.signs, s.retired, s.revoked, count(k.jti),"
               " max(least(k.expires, k.ends)) FROM catalog.signing_key AS s"
               " LEFT JOIN catalog.api_key AS k ON k.kid = s.kid AND k.revoked IS NULL"
               " AND least(k.expires, k.ends) > now() AND s.retired IS NULL"
               " GROUP BY s.kid ORDER BY s.created DESC, s.kid"),
        NULL, 0, err);
    for (int i = 0; res && i < PQntuples(res); i++)
        take(self, &(struct bf_signing_key){.kid = bf_result_text(res, i, 0),
                                            .public_pem = bf_result_text(res, i, 1),
                                            .created = bf_result_seconds(res, i, 2),
                                            .signs = bf_result_seconds(res, i, 3),
                                            .retired = bf_result_seconds(res, i, 4),
                                            .revoked = bf_result_bool(res, i, 5),
                                            .keys = bf_result_int(res, i, 6),
                                            .last_ends = bf_result_seconds(res, i, 7)});
    PQclear(res);
    return res != NULL;
}

bool bf_keys_add_signing(struct bf_conn *c, const struct bf_signing_key *key, struct bf_err *err)
{
    struct bf_value params[] = {bf_value_text(key->kid), bf_value_text(key->public_pem),
                                bf_value_seconds(key->signs)};
    return bf_conn_change(
        c,
        BF_STR("INSERT INTO catalog.signing_key (kid, algorithm, public_pem, signs)"
               " VALUES ($1::text, 'ES256', $2::text, $3::timestamptz)"),
        params, 3, err);
}

bool bf_keys_revoke_signing(struct bf_conn *c, struct bf_str kid, struct bf_err *err)
{
    struct bf_value param = bf_value_text(kid);
    PGresult *res =
        bf_conn_query(c,
                      BF_STR("UPDATE catalog.signing_key SET retired = now(), revoked = true"
                             " WHERE kid = $1::text AND NOT revoked RETURNING kid"),
                      &param, 1, err);
    if (!res)
        return false;
    bool done = PQntuples(res) == 1;
    PQclear(res);
    return done ||
           BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE,
                        "There is no signing key %.*s that could be revoked.", BF_STR_ARG(kid));
}

bool bf_keys_retire_spent(struct bf_conn *c, struct bf_err *err)
{
    return bf_conn_run(
        c,
        "UPDATE catalog.signing_key AS s SET retired = now() WHERE s.retired IS NULL"
        " AND EXISTS (SELECT FROM catalog.signing_key AS y WHERE y.created > s.created"
        " AND y.signs <= now() AND y.retired IS NULL)"
        " AND NOT EXISTS (SELECT FROM catalog.api_key AS k WHERE k.kid = s.kid"
        " AND k.revoked IS NULL AND least(k.expires, k.ends) > now() - interval '5 minutes')",
        err);
}

/* ---- keys ---------------------------------------------------------------------------------- */

bool bf_keys_add_issued(struct bf_conn *c, const struct bf_issued_key *key, struct bf_err *err)
{
    char hex[BF_DIGEST_HEX];
    bf_digest_hex(key->digest, hex);
    struct bf_value params[] = {bf_value_text(key->jti),
                                bf_value_text(key->kid),
                                bf_value_text(key->sub),
                                bf_value_text(key->scope),
                                bf_value_text(key->plan),
                                bf_value_text_or_null(key->parent),
                                bf_value_text(key->narrowing.n ? key->narrowing : BF_STR("{}")),
                                bf_value_seconds(key->issued),
                                bf_value_seconds(key->expires),
                                bf_value_text((struct bf_str){hex, sizeof hex})};
    return bf_conn_change(c,
                          BF_STR("INSERT INTO catalog.api_key (jti, kid, sub, scope, plan, parent,"
                                 " narrowing, issued, expires, digest) VALUES ($1::text, $2::text,"
                                 " $3::text, $4::text, $5::text, $6::text, $7::text::jsonb,"
                                 " $8::timestamptz, $9::timestamptz, decode($10::text, 'hex'))"),
                          params, sizeof params / sizeof params[0], err);
}

static const char key_columns[] =
    "SELECT k.jti, k.kid, k.sub, k.scope, k.plan, coalesce(k.parent, ''), k.narrowing::text,"
    " coalesce(k.used::text, ''), k.issued, k.expires, k.ends, k.revoked, s.retired IS NOT NULL"
    " FROM catalog.api_key AS k JOIN catalog.signing_key AS s USING (kid)"
    " WHERE ($1::text IS NULL OR k.jti = $1::text) AND ($2::text IS NULL OR k.sub = $2::text)"
    " AND ($3::text IS NULL OR k.kid = $3::text) AND ($4::text IS NULL OR k.parent = $4::text)"
    " AND (NOT $5::boolean OR (k.revoked IS NULL AND s.retired IS NULL"
    " AND least(k.expires, k.ends) > now()))"
    " AND ($6::text IS NULL OR (k.sub, k.issued, k.jti) > ($6::text,"
    " (SELECT b.issued FROM catalog.api_key AS b WHERE b.jti = $7::text), $7::text))"
    " ORDER BY k.sub, k.issued, k.jti LIMIT $8::int8";

static struct bf_issued_key key_at(const PGresult *res, int i)
{
    return (struct bf_issued_key){.jti = bf_result_text(res, i, 0),
                                  .kid = bf_result_text(res, i, 1),
                                  .sub = bf_result_text(res, i, 2),
                                  .scope = bf_result_text(res, i, 3),
                                  .plan = bf_result_text(res, i, 4),
                                  .parent = bf_result_text(res, i, 5),
                                  .narrowing = bf_result_text(res, i, 6),
                                  .used = bf_result_text(res, i, 7),
                                  .issued = bf_result_seconds(res, i, 8),
                                  .expires = bf_result_seconds(res, i, 9),
                                  .ends = bf_result_seconds(res, i, 10),
                                  .revoked = bf_result_seconds(res, i, 11),
                                  .kid_retired = bf_result_bool(res, i, 12)};
}

static PGresult *select_keys(struct bf_conn *c, const struct bf_key_filter *f, struct bf_err *err)
{
    struct bf_value params[] = {bf_value_text_or_null(f->jti),
                                bf_value_text_or_null(f->sub),
                                bf_value_text_or_null(f->kid),
                                bf_value_text_or_null(f->parent),
                                {.type = BF_BOOL, .boolean = f->live},
                                bf_value_text_or_null(f->after_sub),
                                bf_value_text_or_null(f->after_jti),
                                {.type = BF_INT, .integer = f->most ? f->most : MOST_ROWS}};
    return bf_conn_query(c, bf_str_of(key_columns), params, sizeof params / sizeof params[0], err);
}

bool bf_keys_list(struct bf_conn *c, const struct bf_key_filter *filter,
                  void (*take)(void *self, const struct bf_issued_key *key), void *self,
                  struct bf_err *err)
{
    PGresult *res = select_keys(c, filter, err);
    for (int i = 0; res && i < PQntuples(res); i++) {
        struct bf_issued_key key = key_at(res, i);
        take(self, &key);
    }
    PQclear(res);
    return res != NULL;
}

bool bf_keys_find(struct bf_conn *c, struct bf_arena *a, struct bf_str jti,
                  struct bf_issued_key *out, struct bf_err *err)
{
    PGresult *res = jti.n ? select_keys(c, &(struct bf_key_filter){.jti = jti}, err) : NULL;
    bool found = res && PQntuples(res) == 1;
    if (found) {
        *out = key_at(res, 0);
        struct bf_str *texts[] = {&out->jti,  &out->kid,    &out->sub,       &out->scope,
                                  &out->plan, &out->parent, &out->narrowing, &out->used};
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            *texts[i] = bf_arena_dup(a, *texts[i]);
    }
    PQclear(res);
    return found ||
           BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE, "There is no key %.*s.", BF_STR_ARG(jti));
}

/* ---- changes ------------------------------------------------------------------------------- */

bool bf_keys_begin(struct bf_conn *c, bool alone, struct bf_err *err)
{
    return bf_conn_run(c, "BEGIN", err) &&
           bf_conn_run(c,
                       alone ? "SELECT FROM catalog.access_change FOR UPDATE"
                             : "SELECT FROM catalog.access_change FOR SHARE",
                       err);
}

bool bf_keys_commit(struct bf_conn *c, struct bf_err *err)
{
    return bf_conn_run(c, "COMMIT", err);
}

void bf_keys_rollback(struct bf_conn *c)
{
    struct bf_err ignored;
    bf_err_clear(&ignored);
    if (bf_conn_is_up(c))
        bf_conn_ready(c, &ignored);
}

bool bf_keys_revoke(struct bf_conn *c, struct bf_str jti, struct bf_str sub,
                    void (*take)(void *self, struct bf_str jti), void *self, struct bf_err *err)
{
    struct bf_value params[] = {bf_value_text_or_null(jti), bf_value_text_or_null(sub)};
    PGresult *res = bf_conn_query(
        c,
        BF_STR("WITH RECURSIVE family AS (SELECT jti FROM catalog.api_key"
               " WHERE jti = $1::text OR sub = $2::text"
               " UNION SELECT k.jti FROM catalog.api_key AS k JOIN family AS f ON k.parent = f.jti)"
               " UPDATE catalog.api_key AS k SET revoked = now() FROM family AS f"
               " WHERE k.jti = f.jti AND k.revoked IS NULL RETURNING k.jti"),
        params, 2, err);
    for (int i = 0; res && i < PQntuples(res); i++)
        take(self, bf_result_text(res, i, 0));
    PQclear(res);
    return res != NULL;
}

bool bf_keys_end(struct bf_conn *c, struct bf_str jti, int64_t at, struct bf_err *err)
{
    struct bf_value params[] = {bf_value_text(jti), bf_value_seconds(at)};
    return bf_conn_change(
        c,
        BF_STR("WITH RECURSIVE family AS (SELECT jti FROM catalog.api_key WHERE jti = $1::text"
               " UNION SELECT k.jti FROM catalog.api_key AS k JOIN family AS f ON k.parent = f.jti)"
               " UPDATE catalog.api_key AS k SET ends = least(k.ends, $2::timestamptz)"
               " FROM family AS f WHERE k.jti = f.jti"),
        params, 2, err);
}
