#include "store/used_rows.h"

#include "core/clock.h"
#include "usage/usage.h"

#include <inttypes.h>

enum { AT_ONCE = 500, JSON_MAX = 1 << 16 };

static const char sql[] =
    "UPDATE catalog.api_key AS k SET used = n.day FROM"
    " (SELECT id, date '1970-01-01' + max(day) AS day"
    " FROM json_to_recordset($1::text::json) AS t(id text, day integer) GROUP BY id) AS n"
    " WHERE k.jti = n.id AND (k.used IS NULL OR k.used < n.day)";

/* How many of them lie in keys, and as JSON. */
static size_t gather(const struct bf_used *used, size_t *at, struct bf_used_key keys[AT_ONCE],
                     struct bf_buf *json)
{
    size_t n = 0;
    int64_t ends;
    int32_t today = bf_usage_day(bf_clock_wall_us(), &ends);
    bf_buf_clear(json);
    for (; n < AT_ONCE && bf_used_next(used, today, at, &keys[n]); n++)
        bf_buf_printf(json, "%s{\"id\":\"%.*s\",\"day\":%" PRId32 "}", n ? "," : "[", BF_USED_ID,
                      keys[n].id, keys[n].day);
    bf_buf_char(json, ']');
    return n;
}

static bool write_days(struct bf_conn *c, const struct bf_buf *json, struct bf_err *err)
{
    struct bf_err ignored;
    struct bf_value param = bf_value_text(bf_buf_view(json));
    bf_err_clear(&ignored);
    if (bf_buf_failed(json))
        return BF_FAIL_WITH(err, BF_E_MEMORY, "No memory for the keys that were used.");
    if (!bf_conn_run(c, "SET lock_timeout = '250ms'", err))
        return false;
    PGresult *res = bf_conn_query(c, bf_str_of(sql), &param, 1, err);
    PQclear(res);
    if (bf_conn_is_up(c))
        bf_conn_run(c, "RESET lock_timeout", &ignored);
    return res != NULL;
}

bool bf_used_tell(struct bf_used *used, struct bf_conn *c, struct bf_err *err)
{
    struct bf_used_key keys[AT_ONCE];
    struct bf_buf json;
    size_t at = 0, n;
    bool ok = true;
    bf_buf_init(&json, JSON_MAX);
    while (ok && (n = gather(used, &at, keys, &json)) > 0) {
        ok = write_days(c, &json, err);
        for (size_t i = 0; ok && i < n; i++)
            bf_used_told(used, &keys[i]);
    }
    bf_buf_fini(&json);
    return ok;
}
