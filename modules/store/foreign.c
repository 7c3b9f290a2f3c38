#include "store/foreign.h"

#include "store/result.h"

/* The schema, or empty, and the name in it. */
static void split(struct bf_str name, struct bf_str *schema, struct bf_str *table)
{
    *schema = bf_str_cut(name, '.', table);
    if (table->p)
        return;
    *table = *schema;
    *schema = BF_STR("");
}

struct bf_str bf_foreign_quoted(struct bf_arena *a, struct bf_str name)
{
    struct bf_str schema, table;
    split(name, &schema, &table);
    if (!schema.n)
        return bf_sql_name(a, table);
    return bf_arena_printf(a, "%s.%s", bf_sql_name(a, schema).p, bf_sql_name(a, table).p);
}

static bool is_there(struct bf_conn *c, struct bf_str name, struct bf_err *err)
{
    static const struct bf_str sql = BF_STR_INIT(
        "SELECT n.nspname IN ('data', 'past', 'catalog') FROM pg_class AS k"
        " JOIN pg_namespace AS n ON n.oid = k.relnamespace"
        " WHERE k.relname = $2::text AND k.relkind IN ('r', 'v', 'm', 'f', 'p')"
        " AND CASE $1::text WHEN '' THEN pg_table_is_visible(k.oid) ELSE n.nspname = $1::text END");
    struct bf_str schema, table;
    split(name, &schema, &table);
    const struct bf_value params[] = {bf_value_text(schema), bf_value_text(table)};
    PGresult *res = bf_conn_query(c, sql, params, 2, err);
    bool found = res && PQntuples(res) > 0, ours = found && bf_result_bool(res, 0, 0);
    if (res && !found)
        BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE, "There is neither a file nor a table %.*s.",
                     BF_STR_ARG(name));
    else if (ours)
        BF_FAIL_WITH(err, BF_E_PARAMETER, "%.*s is a table of the server itself.",
                     BF_STR_ARG(name));
    PQclear(res);
    return found && !ours;
}

bool bf_foreign_rows(struct bf_conn *c, struct bf_arena *a, const struct bf_foreign *f,
                     struct bf_err *err)
{
    if (!bf_conn_ready(c, err) || !is_there(c, f->name, err))
        return false;
    struct bf_value most = bf_value_int(f->most);
    struct bf_str sql =
        bf_arena_printf(a, "SELECT row_to_json(t)::text FROM %s AS t LIMIT $1::bigint",
                        bf_foreign_quoted(a, f->name).p);
    if (!bf_conn_stream(c, sql, &most, 1, err))
        return false;
    bool more = true;
    for (PGresult *res; more && (res = bf_conn_next(c, err)); PQclear(res))
        more = f->take(f->self, bf_result_text(res, 0, 0), err);
    if (!more)
        bf_conn_cancel(c);
    return !bf_err_is_set(err);
}
