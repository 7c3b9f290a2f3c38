#include "store/boxed.h"

#include "store/pipeline.h"
#include "store/result.h"

#include <endian.h>
#include <inttypes.h>
#include <string.h>

enum { SQL_MAX = 4096, SIDES = 4, PARAMS = SIDES + 1 };

/* Rows of the batch from 0. A stage counts so, an array from 1. */
static void print_sql(struct bf_buf *out, const struct bf_manifest *m, bool staged)
{
    struct bf_str place = m->fields[m->geometry].column.name;
    bf_buf_text(out, "SELECT s.n, count(*) OVER () FROM ");
    bf_buf_text(out, staged ? BF_STAGE " AS s"
                            : "(SELECT u.id, u.n - 1 AS n FROM unnest($5::bytea[])"
                              " WITH ORDINALITY AS u(id, n)) AS s");
    bf_buf_printf(out,
                  " JOIN data.\"%.*s\" AS d ON d._id = s.id"
                  " CROSS JOIN LATERAL (SELECT d.\"%.*s\"::box3d AS box) AS e"
                  " WHERE (ST_XMin(e.box) >= $1::float8 AND ST_YMin(e.box) >= $2::float8"
                  " AND ST_XMax(e.box) <= $3::float8 AND ST_YMax(e.box) <= $4::float8) IS NOT TRUE"
                  " ORDER BY s.n LIMIT %d",
                  BF_STR_ARG(m->id), BF_STR_ARG(place), BF_BATCH_OUTSIDE);
    bf_buf_char(out, '\0');
}

static uint64_t side(double degrees)
{
    uint64_t bits;
    memcpy(&bits, &degrees, sizeof bits);
    return htobe64(bits);
}

static PGresult *ask(struct bf_batch *b, const struct bf_batch_box *box, const char *sql,
                     struct bf_err *err)
{
    static const int formats[PARAMS] = {1, 1, 1, 1, 1};
    const uint64_t sides[SIDES] = {side(box->west), side(box->south), side(box->east),
                                   side(box->north)};
    const char *values[PARAMS];
    int lengths[PARAMS];
    struct bf_trip trip;
    bool staged = b->sent > 0;
    for (size_t i = 0; i < SIDES; i++) {
        values[i] = (const char *)&sides[i];
        lengths[i] = sizeof sides[i];
    }
    values[SIDES] = b->scratch.p;
    lengths[SIDES] = (int)b->scratch.n;
    if (!bf_trip_begin(&trip, b->conn, err))
        return NULL;
    bf_trip_send(&trip, sql,
                 &(struct bf_trip_params){values, lengths, formats, staged ? SIDES : PARAMS});
    bf_trip_end(&trip);
    PGresult *res = bf_trip_take(&trip);
    if (bf_trip_close(&trip))
        return res;
    PQclear(res);
    return NULL;
}

static bool judge(const struct bf_batch *b, const struct bf_batch_box *box, const PGresult *res,
                  struct bf_err *err)
{
    int n = PQntuples(res);
    if (n == 0)
        return true;
    uint64_t total = (uint64_t)bf_result_int(res, 0, 1);
    for (int i = 0; i < n; i++)
        box->outside(box->self, (uint64_t)bf_result_int(res, i, 0));
    return BF_FAIL_WITH(err, BF_E_ROWS,
                        "%" PRIu64 " of %zu records %s not valid, nothing was written.", total,
                        bf_batch_rows(b), total == 1 ? "is" : "are");
}

bool bf_boxed_check(struct bf_batch *b, const struct bf_batch_box *box, struct bf_err *err)
{
    struct bf_buf sql;
    bool staged = b->sent > 0;
    bf_buf_init(&sql, SQL_MAX);
    print_sql(&sql, b->entry->manifest, staged);
    bf_buf_clear(&b->scratch);
    if (!staged)
        bf_held_array(&b->held, 0, &b->scratch);
    bool ok = !bf_buf_failed(&sql) && !bf_buf_failed(&b->scratch);
    PGresult *res = ok ? ask(b, box, sql.p, err) : NULL;
    if (!ok)
        bf_batch_no_memory(err);
    ok = res && judge(b, box, res, err);
    PQclear(res);
    bf_buf_fini(&sql);
    return ok;
}
