#include "store/repeated.h"

#include "store/commit_sql.h"
#include "value/zone.h"

enum { SQL_MAX = 4096, NAME = 64 };

/* Of a time that happens twice PostgreSQL takes the second: there and back again it is that. */
static void print_sql(struct bf_buf *sql, const struct bf_manifest *m,
                      const struct bf_manifest_field *f, unsigned number)
{
    bf_buf_printf(sql,
                  "UPDATE " BF_STAGE " AS u SET v%u = timezone($1, timezone($1, u.v%u))"
                  " FROM data.\"%.*s\" AS d WHERE d._id = u.id AND u.v%u < d.\"%.*s\""
                  " AND d.\"%.*s\" <= timezone($1, timezone($1, u.v%u))",
                  number, number, BF_STR_ARG(m->id), number, BF_STR_ARG(f->column.name),
                  BF_STR_ARG(f->column.name), number);
    bf_buf_char(sql, '\0');
}

static bool settle(struct bf_batch *b, const struct bf_manifest_field *f, unsigned number,
                   struct bf_err *err)
{
    char zone[NAME];
    struct bf_buf sql;
    const struct bf_zone *z = bf_zone_find(f->z_is_local);
    struct bf_str name = z ? bf_zone_sql(z) : BF_STR("");
    if (!name.n || name.n >= sizeof zone)
        return BF_FAIL_WITH(err, BF_E_INTERNAL, "The time zone %.*s is not known here.",
                            BF_STR_ARG(f->z_is_local));
    for (size_t i = 0; i < name.n; i++)
        zone[i] = name.p[i];
    zone[name.n] = '\0';
    const char *const params[] = {zone};
    bf_buf_init(&sql, SQL_MAX);
    print_sql(&sql, b->entry->manifest, f, number);
    PGresult *res = bf_buf_failed(&sql) ? NULL : bf_conn_text(b->conn, sql.p, params, 1, err);
    bool ok = res || (bf_buf_failed(&sql) && bf_batch_no_memory(err));
    bf_buf_fini(&sql);
    PQclear(res);
    return ok;
}

bool bf_repeated_settle(struct bf_batch *b, struct bf_err *err)
{
    const struct bf_manifest *m = b->entry->manifest;
    unsigned number = 0;
    for (size_t i = 0; i < m->nfields; i++) {
        const struct bf_manifest_field *f = &m->fields[i];
        if (!bf_manifest_stored(f))
            continue;
        number++;
        if (f->z_is_local.n && !f->in_key && !settle(b, f, number, err))
            return false;
    }
    return true;
}
