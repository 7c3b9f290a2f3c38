#include "store/events.h"

#include "store/result.h"

static struct bf_str hex_of(const unsigned char digest[BF_DIGEST_BYTES], char hex[BF_DIGEST_HEX])
{
    bf_digest_hex(digest, hex);
    return (struct bf_str){hex, BF_DIGEST_HEX};
}

/* ---- events -------------------------------------------------------------------------------- */

#define COLUMNS                                                                            \
    "SELECT id, title_fr, title_en, plan, scope, narrowing::text, places, taken, refused," \
    " ends, created, closed FROM catalog.event "

static struct bf_event event_at(const PGresult *res, int i)
{
    return (struct bf_event){.id = bf_result_text(res, i, 0),
                             .fr = bf_result_text(res, i, 1),
                             .en = bf_result_text(res, i, 2),
                             .plan = bf_result_text(res, i, 3),
                             .scope = bf_result_text(res, i, 4),
                             .narrowing = bf_result_text(res, i, 5),
                             .places = bf_result_int(res, i, 6),
                             .taken = bf_result_int(res, i, 7),
                             .refused = bf_result_int(res, i, 8),
                             .ends = bf_result_seconds(res, i, 9),
                             .created = bf_result_seconds(res, i, 10),
                             .closed = bf_result_seconds(res, i, 11)};
}

static void keep(struct bf_arena *a, struct bf_event *e)
{
    struct bf_str *texts[] = {&e->id, &e->fr, &e->en, &e->plan, &e->scope, &e->narrowing};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = bf_arena_dup(a, *texts[i]);
}

bool bf_events_add(struct bf_conn *c, const struct bf_event *e,
                   const unsigned char code[BF_DIGEST_BYTES], struct bf_err *err)
{
    char hex[BF_DIGEST_HEX];
    const struct bf_value params[] = {
        bf_value_text(e->id),        bf_value_text(hex_of(code, hex)), bf_value_text(e->fr),
        bf_value_text(e->en),        bf_value_text(e->plan),           bf_value_text(e->scope),
        bf_value_text(e->narrowing), bf_value_int(e->places),          bf_value_seconds(e->ends),
        bf_value_text(e->creator),
    };
    return bf_conn_change(
        c,
        BF_STR("INSERT INTO catalog.event (id, code, title_fr, title_en, plan, scope, narrowing,"
               " places, ends, creator) VALUES ($1::text, decode($2::text, 'hex'), $3::text,"
               " $4::text, $5::text, $6::text, $7::text::jsonb, $8::int8, $9::timestamptz,"
               " $10::text)"),
        params, sizeof params / sizeof params[0], err);
}

bool bf_events_each(struct bf_conn *c, void (*take)(void *self, const struct bf_event *event),
                    void *self, struct bf_err *err)
{
    PGresult *res = bf_conn_query(c, BF_STR(COLUMNS "ORDER BY created DESC, id"), NULL, 0, err);
    for (int i = 0; res && i < PQntuples(res); i++) {
        struct bf_event event = event_at(res, i);
        take(self, &event);
    }
    PQclear(res);
    return res != NULL;
}

/* out->id.n 0: there is none. */
static bool find(struct bf_conn *c, struct bf_arena *a, struct bf_str sql, struct bf_str what,
                 struct bf_event *out, struct bf_err *err)
{
    struct bf_value param = bf_value_text(what);
    PGresult *res = bf_conn_query(c, sql, &param, 1, err);
    *out = (struct bf_event){0};
    if (res && PQntuples(res) == 1) {
        *out = event_at(res, 0);
        keep(a, out);
    }
    PQclear(res);
    return res != NULL;
}

bool bf_events_find(struct bf_conn *c, struct bf_arena *a, struct bf_str id, struct bf_event *out,
                    struct bf_err *err)
{
    return find(c, a, BF_STR(COLUMNS "WHERE id = $1::text"), id, out, err) &&
           (out->id.n ||
            BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE, "There is no event %.*s.", BF_STR_ARG(id)));
}

bool bf_events_find_by_code(struct bf_conn *c, struct bf_arena *a,
                            const unsigned char code[BF_DIGEST_BYTES], struct bf_event *out,
                            struct bf_err *err)
{
    char hex[BF_DIGEST_HEX];
    return find(c, a, BF_STR(COLUMNS "WHERE code = decode($1::text, 'hex') FOR UPDATE"),
                hex_of(code, hex), out, err);
}

bool bf_events_close(struct bf_conn *c, struct bf_str id, struct bf_err *err)
{
    struct bf_value param = bf_value_text(id);
    PGresult *res = bf_conn_query(c,
                                  BF_STR("UPDATE catalog.event SET closed = now()"
                                         " WHERE id = $1::text AND closed IS NULL RETURNING id"),
                                  &param, 1, err);
    if (!res)
        return false;
    bool done = PQntuples(res) == 1;
    PQclear(res);
    return done || BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE,
                                "There is no event %.*s that could be closed.", BF_STR_ARG(id));
}

bool bf_events_set_places(struct bf_conn *c, struct bf_str id, int64_t places, struct bf_err *err)
{
    const struct bf_value params[] = {bf_value_text(id), bf_value_int(places)};
    return bf_conn_change(
        c, BF_STR("UPDATE catalog.event SET places = $2::bigint WHERE id = $1::text"), params, 2,
        err);
}

bool bf_events_count_refused(struct bf_conn *c, struct bf_str id, struct bf_err *err)
{
    struct bf_value param = bf_value_text(id);
    return bf_conn_change(
        c, BF_STR("UPDATE catalog.event SET refused = refused + 1 WHERE id = $1::text"), &param, 1,
        err);
}

/* ---- places -------------------------------------------------------------------------------- */

#define PLACE_COLUMNS "SELECT number, device, jti, again, claimed FROM catalog.event_place "

static struct bf_event_place place_at(const PGresult *res, int i)
{
    return (struct bf_event_place){.number = bf_result_int(res, i, 0),
                                   .device = bf_result_text(res, i, 1),
                                   .jti = bf_result_text(res, i, 2),
                                   .again = bf_result_int(res, i, 3),
                                   .claimed = bf_result_seconds(res, i, 4)};
}

bool bf_events_places(struct bf_conn *c, struct bf_str id,
                      void (*take)(void *self, const struct bf_event_place *place), void *self,
                      struct bf_err *err)
{
    struct bf_value param = bf_value_text(id);
    PGresult *res = bf_conn_query(c, BF_STR(PLACE_COLUMNS "WHERE event = $1::text ORDER BY number"),
                                  &param, 1, err);
    for (int i = 0; res && i < PQntuples(res); i++) {
        struct bf_event_place place = place_at(res, i);
        take(self, &place);
    }
    PQclear(res);
    return res != NULL;
}

bool bf_events_place_of(struct bf_conn *c, struct bf_arena *a, struct bf_str id,
                        const unsigned char retry[BF_DIGEST_BYTES], struct bf_event_place *out,
                        struct bf_err *err)
{
    char hex[BF_DIGEST_HEX];
    const struct bf_value params[] = {bf_value_text(id), bf_value_text(hex_of(retry, hex))};
    PGresult *res = bf_conn_query(c,
                                  BF_STR(PLACE_COLUMNS "WHERE event = $1::text"
                                                       " AND retry = decode($2::text, 'hex')"),
                                  params, 2, err);
    *out = (struct bf_event_place){0};
    if (res && PQntuples(res) == 1) {
        *out = place_at(res, 0);
        out->device = bf_arena_dup(a, out->device);
        out->jti = bf_arena_dup(a, out->jti);
    }
    PQclear(res);
    return res != NULL;
}

bool bf_events_take(struct bf_conn *c, struct bf_str id, const unsigned char *retry,
                    struct bf_str device, struct bf_str jti, struct bf_err *err)
{
    char hex[BF_DIGEST_HEX];
    struct bf_str none = {NULL, 0};
    const struct bf_value params[] = {bf_value_text(id),
                                      bf_value_text_or_null(retry ? hex_of(retry, hex) : none),
                                      bf_value_text_or_null(device), bf_value_text(jti)};
    return bf_conn_change(
        c,
        BF_STR("WITH taken AS (UPDATE catalog.event SET taken = taken + 1 WHERE id = $1::text"
               " RETURNING id, taken) INSERT INTO catalog.event_place (event, number, retry,"
               " device, jti) SELECT id, taken, decode($2::text, 'hex'), $3::text, $4::text"
               " FROM taken"),
        params, sizeof params / sizeof params[0], err);
}

bool bf_events_give_again(struct bf_conn *c, struct bf_str id, int64_t number, struct bf_str device,
                          struct bf_str jti, struct bf_err *err)
{
    const struct bf_value params[] = {bf_value_text(id), bf_value_int(number),
                                      bf_value_text_or_null(device), bf_value_text(jti)};
    return bf_conn_change(c,
                          BF_STR("UPDATE catalog.event_place SET again = again + 1,"
                                 " device = coalesce($3::text, device), jti = $4::text"
                                 " WHERE event = $1::text AND number = $2::int8"),
                          params, sizeof params / sizeof params[0], err);
}

/* ---- what a page shows --------------------------------------------------------------------- */

static int64_t count_at(const PGresult *res, int column)
{
    return PQgetisnull(res, 0, column) ? -1 : bf_result_int(res, 0, column);
}

bool bf_events_units(struct bf_conn *c, struct bf_str id, int64_t *today, int64_t *total,
                     struct bf_err *err)
{
    struct bf_value param = bf_value_text(id);
    PGresult *res = bf_conn_query(
        c, BF_STR("SELECT today, total FROM catalog.event_units($1::text)"), &param, 1, err);
    *today = *total = -1;
    if (res && PQntuples(res) == 1) {
        *today = count_at(res, 0);
        *total = count_at(res, 1);
    }
    PQclear(res);
    return res != NULL;
}

bool bf_events_hours(struct bf_conn *c, struct bf_str id,
                     void (*take)(void *self, int64_t hour, int64_t places), void *self,
                     struct bf_err *err)
{
    struct bf_value param = bf_value_text(id);
    PGresult *res = bf_conn_query(c,
                                  BF_STR("SELECT date_trunc('hour', claimed) AS hour, count(*)"
                                         " FROM catalog.event_place WHERE event = $1::text"
                                         " GROUP BY hour ORDER BY hour"),
                                  &param, 1, err);
    for (int i = 0; res && i < PQntuples(res); i++)
        take(self, bf_result_seconds(res, i, 0), bf_result_int(res, i, 1));
    PQclear(res);
    return res != NULL;
}
