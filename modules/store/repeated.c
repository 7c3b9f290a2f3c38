#include "store/repeated.h"

#include "store/commit_sql.h"
#include "value/instant.h"
#include "value/zone.h"

enum { SQL_MAX = 4096, NAME = 64 };

/* Of a time that happens twice PostgreSQL takes the second: there and back again it is that. */
static void print_sql(struct bf_buf *sql, const struct bf_manifest *m,
                      const struct bf_manifest_field *f, unsigned number)
{
    struct bf_str name = f->column.name;
    bf_buf_printf(
        sql,
        "UPDATE " BF_STAGE " AS u SET v%u = s.second FROM (SELECT u.id,"
        " timezone($1, timezone($1, u.v%u)) AS second, d.\"%.*s\" AS stored FROM " BF_STAGE
        " AS u LEFT JOIN data.\"%.*s\" AS d ON d._id = u.id) AS s"
        " WHERE s.id = u.id AND s.second > u.v%u AND (",
        number, number, BF_STR_ARG(name), BF_STR_ARG(m->id), number);
    bf_buf_printf(sql,
                  "(s.stored > u.v%u AND s.stored <= s.second)"
                  " OR ((s.stored >= u.v%u) IS NOT TRUE AND s.second <= $2::timestamptz + interval "
                  "'2 minutes' AND s.second > $2::timestamptz - interval '1 hour'))",
                  number, number);
    bf_buf_char(sql, '\0');
}

static bool settle(struct bf_batch *b, const struct bf_manifest_field *f, unsigned number,
                   int64_t received, struct bf_err *err)
{
    char zone[NAME];
    char at[BF_INSTANT_TEXT + 1];
    struct bf_buf sql;
    const struct bf_zone *z = bf_zone_find(f->z_is_local);
    struct bf_str name = z ? bf_zone_sql(z) : BF_STR("");
    if (!name.n || name.n >= sizeof zone)
        return BF_FAIL_WITH(err, BF_E_INTERNAL, "The time zone %.*s is not known here.",
                            BF_STR_ARG(f->z_is_local));
    for (size_t i = 0; i < name.n; i++)
        zone[i] = name.p[i];
    zone[name.n] = '\0';
    at[bf_instant_format(at, received, bf_zone_utc())] = '\0';
    const char *const params[] = {zone, at};
    bf_buf_init(&sql, SQL_MAX);
    print_sql(&sql, b->entry->manifest, f, number);
    PGresult *res = bf_buf_failed(&sql) ? NULL : bf_conn_text(b->conn, sql.p, params, 2, err);
    bool ok = res || (bf_buf_failed(&sql) && bf_batch_no_memory(err));
    bf_buf_fini(&sql);
    PQclear(res);
    return ok;
}

bool bf_repeated_settle(struct bf_batch *b, int64_t received, struct bf_err *err)
{
    const struct bf_manifest *m = b->entry->manifest;
    unsigned number = 0;
    for (size_t i = 0; i < m->nfields; i++) {
        const struct bf_manifest_field *f = &m->fields[i];
        if (!bf_manifest_stored(f))
            continue;
        number++;
        if (f->z_is_local.n && !f->in_key && !settle(b, f, number, received, err))
            return false;
    }
    return true;
}
