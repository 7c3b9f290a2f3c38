#include "api/keys/standing.h"

#include "core/clock.h"
#include "store/access_rows.h"

#include <stdlib.h>

enum { SECOND_US = 1000000, FRESH_US = 800 * 1000, PATIENCE_US = 60 * SECOND_US };

struct bf_standing {
    struct bf_conn *conn;
    const struct bf_access *access;
    struct bf_access_news own; /* what this worker was told when it asked */
};

struct bf_standing *bf_standing_new(struct bf_conn *c, const struct bf_access *access)
{
    struct bf_standing *s = calloc(1, sizeof *s);
    if (s)
        *s = (struct bf_standing){.conn = c, .access = access};
    return s;
}

void bf_standing_free(struct bf_standing *s)
{
    free(s);
}

static bool refused(struct bf_err *err, const char *why)
{
    BF_FAIL_WITH(err, BF_E_UNAUTHORIZED, "The key is not valid.");
    bf_err_detail(err, "key refused: %s", why);
    return false;
}

/* ---- news ---------------------------------------------------------------------------------- */

static bool ask_number(struct bf_standing *s, struct bf_err *err)
{
    struct bf_access_news news;
    if (!bf_conn_ready(s->conn, err) || !bf_access_ask(s->conn, &news, err))
        return false;
    s->own = news;
    return true;
}

/* *table: the table in memory is as new as it has to be. */
static bool hear(struct bf_standing *s, bool *table, struct bf_err *err)
{
    int64_t now = bf_clock_mono_us();
    int64_t told = bf_access_news(s->access).at;
    int64_t heard = told > s->own.at ? told : s->own.at;
    if (now - heard > FRESH_US && !ask_number(s, err)) {
        if (err->code != BF_E_UNAVAILABLE || heard == 0 || now - heard > PATIENCE_US)
            return false;
        bf_err_clear(err);
    }
    *table = bf_access_news(s->access).number >= s->own.number;
    return true;
}

/* ---- the key ------------------------------------------------------------------------------- */

static enum bf_access_answer look_up(const struct bf_standing *s, const struct bf_claims *claims)
{
    int64_t now = bf_clock_wall_us();
    enum bf_access_answer kid = bf_access_is_revoked(s->access, claims->kid, now);
    enum bf_access_answer jti = bf_access_is_revoked(s->access, claims->jti, now);
    if (kid == BF_ACCESS_YES || jti == BF_ACCESS_YES)
        return BF_ACCESS_YES;
    return kid == BF_ACCESS_ASK ? kid : jti;
}

static bool ask_key(struct bf_standing *s, struct bf_str jti, struct bf_err *err)
{
    bool stands;
    if (!bf_conn_ready(s->conn, err) || !bf_access_key_stands(s->conn, jti, &stands, err))
        return false;
    return stands || refused(err, "revoked, or not issued here, says the database");
}

bool bf_standing_check(struct bf_standing *s, const struct bf_claims *claims, struct bf_err *err)
{
    bool table;
    if (!hear(s, &table, err))
        return false;
    enum bf_access_answer revoked = look_up(s, claims);
    if (revoked == BF_ACCESS_YES)
        return refused(err, "revoked");
    return (table && revoked == BF_ACCESS_NO) || ask_key(s, claims->jti, err);
}
