#include "store/audit.h"

#include "store/result.h"
#include "value/instant.h"
#include "value/member.h"

bool bf_audit_add(struct bf_conn *c, const struct bf_audit_line *line, struct bf_err *err)
{
    struct bf_value params[] = {
        bf_value_text_or_null(line->who), bf_value_text_or_null(line->origin),
        bf_value_text_or_null(line->what), bf_value_text_or_null(line->about),
        bf_value_text_or_null(line->detail)};
    return bf_conn_change(
        c,
        BF_STR("INSERT INTO catalog.audit (who, origin, what, about, detail) VALUES ($1::text,"
               " $2::text, $3::text, $4::text, coalesce($5::text, '{}')::jsonb)"),
        params, sizeof params / sizeof params[0], err);
}

bool bf_audit_list(struct bf_conn *c, struct bf_str about, int64_t before, int64_t most,
                   void (*take)(void *self, const struct bf_audit_line *line), void *self,
                   struct bf_err *err)
{
    struct bf_value params[] = {bf_value_text_or_null(about),
                                {.type = BF_INT, .integer = before ? before : INT64_MAX},
                                {.type = BF_INT, .integer = most}};
    PGresult *res = bf_conn_query(
        c,
        BF_STR("SELECT number, at, who, origin, what, coalesce(about, ''), detail::text"
               " FROM catalog.audit WHERE ($1::text IS NULL OR about = $1::text)"
               " AND number < $2::int8 ORDER BY number DESC LIMIT $3::int8"),
        params, sizeof params / sizeof params[0], err);
    for (int i = 0; res && i < PQntuples(res); i++)
        take(self, &(struct bf_audit_line){.number = bf_result_int(res, i, 0),
                                           .at = bf_result_instant(res, i, 1),
                                           .who = bf_result_text(res, i, 2),
                                           .origin = bf_result_text(res, i, 3),
                                           .what = bf_result_text(res, i, 4),
                                           .about = bf_result_text(res, i, 5),
                                           .detail = bf_result_text(res, i, 6)});
    PQclear(res);
    return res != NULL;
}

void bf_audit_print(struct bf_buf *out, const struct bf_audit_line *line)
{
    bf_buf_printf(out, "{\"number\":%lld,\"at\":\"", (long long)line->number);
    bf_instant_print_utc_z(out, line->at);
    bf_buf_char(out, '"');
    bf_member_text_or_null(out, "who", line->who);
    bf_member_text_or_null(out, "origin", line->origin);
    bf_member_text_or_null(out, "what", line->what);
    bf_member_text_or_null(out, "about", line->about);
    bf_buf_text(out, ",\"detail\":");
    bf_buf_str(out, line->detail);
    bf_buf_char(out, '}');
}
