#include "store/audit.h"

#include "value/cell.h"
#include "value/instant.h"

static struct bf_value text(struct bf_str s)
{
    return s.n ? (struct bf_value){.type = BF_TEXT, .text = s} : (struct bf_value){.type = BF_NULL};
}

static struct bf_str text_at(const PGresult *res, int row, int column)
{
    return (struct bf_str){PQgetvalue(res, row, column), (size_t)PQgetlength(res, row, column)};
}

static struct bf_cell cell_at(const PGresult *res, int row, int column)
{
    return (struct bf_cell){PQgetvalue(res, row, column), PQgetlength(res, row, column)};
}

bool bf_audit_add(struct bf_conn *c, const struct bf_audit_line *line, struct bf_err *err)
{
    struct bf_value params[] = {text(line->who), text(line->origin), text(line->what),
                                text(line->about), text(line->detail)};
    PGresult *res = bf_conn_query(
        c,
        BF_STR("INSERT INTO catalog.audit (who, origin, what, about, detail) VALUES ($1::text,"
               " $2::text, $3::text, $4::text, coalesce($5::text, '{}')::jsonb)"),
        params, sizeof params / sizeof params[0], err);
    PQclear(res);
    return res != NULL;
}

bool bf_audit_list(struct bf_conn *c, struct bf_str about, int64_t before, int64_t most,
                   void (*take)(void *self, const struct bf_audit_line *line), void *self,
                   struct bf_err *err)
{
    struct bf_value params[] = {text(about),
                                {.type = BF_INT, .integer = before ? before : INT64_MAX},
                                {.type = BF_INT, .integer = most}};
    PGresult *res = bf_conn_query(
        c,
        BF_STR("SELECT number, at, who, origin, what, coalesce(about, ''), detail::text"
               " FROM catalog.audit WHERE ($1::text IS NULL OR about = $1::text)"
               " AND number < $2::int8 ORDER BY number DESC LIMIT $3::int8"),
        params, sizeof params / sizeof params[0], err);
    for (int i = 0; res && i < PQntuples(res); i++)
        take(self, &(struct bf_audit_line){.number = bf_cell_int(cell_at(res, i, 0)),
                                           .at = bf_cell_instant(cell_at(res, i, 1)),
                                           .who = text_at(res, i, 2),
                                           .origin = text_at(res, i, 3),
                                           .what = text_at(res, i, 4),
                                           .about = text_at(res, i, 5),
                                           .detail = text_at(res, i, 6)});
    PQclear(res);
    return res != NULL;
}

static void member(struct bf_buf *out, const char *name, struct bf_str value)
{
    bf_buf_printf(out, ",\"%s\":", name);
    if (value.n)
        bf_buf_json(out, value);
    else
        bf_buf_text(out, "null");
}

void bf_audit_print(struct bf_buf *out, const struct bf_audit_line *line)
{
    bf_buf_printf(out, "{\"number\":%lld,\"at\":\"", (long long)line->number);
    bf_instant_print_utc_z(out, line->at);
    bf_buf_char(out, '"');
    member(out, "who", line->who);
    member(out, "origin", line->origin);
    member(out, "what", line->what);
    member(out, "about", line->about);
    bf_buf_text(out, ",\"detail\":");
    bf_buf_str(out, line->detail);
    bf_buf_char(out, '}');
}
