#include "store/prove.h"

#include <string.h>

/* The parsed view. Functions that depend on the clock or on the session are only "stable" for
 * PostgreSQL; they are named here because the settings of our sessions are fixed and these are
 * not. */
static const char facts_sql[] =
    "WITH view AS ("
    " SELECT c.oid, r.ev_action::text AS tree FROM pg_class c JOIN pg_rewrite r ON r.ev_class = "
    "c.oid"
    " WHERE c.relname = 'bf_probe' AND c.relnamespace = pg_my_temp_schema()),"
    "called AS ("
    " SELECT DISTINCT p.proname, p.provolatile FROM view,"
    " regexp_matches(tree, ':(?:op)?funcid ([0-9]+)', 'g') AS m"
    " JOIN pg_proc p ON p.oid = m[1]::oid) "
    "SELECT format_type(t.atttypid, NULL), format_type(t.atttypid, t.atttypmod),"
    " tree ~ ':(hasSubLinks|hasAggs|hasWindowFuncs|hasTargetSRFs) true',"
    " (SELECT string_agg(proname || '()', ', ' ORDER BY proname) FROM called WHERE provolatile = "
    "'v'"
    "  OR proname IN ('now', 'transaction_timestamp', 'statement_timestamp', 'current_setting',"
    "   'current_schema', 'current_schemas', 'current_database', 'age', 'inet_client_addr',"
    "   'inet_client_port', 'pg_my_temp_schema') AND NOT (proname = 'age' AND provolatile = 'i')),"
    " tree ~ '\\{SQLVALUEFUNCTION',"
    " (SELECT string_agg(proname || '()', ', ' ORDER BY proname) FROM called WHERE provolatile = "
    "'s')"
    " FROM view JOIN pg_attribute t ON t.attrelid = view.oid AND t.attnum = 1";

enum fact { BASE_TYPE, FULL_TYPE, NOT_SCALAR, VOLATILE, SESSION, STABLE };

struct proof {
    struct bf_applying *a;
    const struct bf_manifest_field *field;
    struct bf_str at; /* JSON pointer */
    bool indexed;
};

__attribute__((format(printf, 3, 4))) static void refuse(const struct proof *p, const char *right,
                                                         const char *wrong, ...)
{
    va_list args;
    va_start(args, wrong);
    struct bf_str text = bf_arena_vprintf(p->a->arena, wrong, args);
    va_end(args);
    bf_report_add(p->a->report, p->a->what->path, p->at.p, right, "%.*s", BF_STR_ARG(text));
}

static void put_probe(const struct proof *p)
{
    struct bf_applying *a = p->a;
    const struct bf_manifest *m = a->what->manifest;
    const char *comma = "";
    bf_buf_printf(&a->sql, "CREATE TEMPORARY VIEW bf_probe AS SELECT (%.*s) AS value FROM (SELECT ",
                  BF_STR_ARG(p->field->computed));
    for (size_t i = 0; i < m->nfields; i++) {
        if (!bf_manifest_stored(&m->fields[i]))
            continue;
        bf_buf_text(&a->sql, comma);
        bf_buf_str(&a->sql, bf_sql_name(a->arena, m->fields[i].column.name));
        comma = ", ";
    }
    bf_buf_text(&a->sql, " FROM data.");
    bf_buf_str(&a->sql, bf_sql_name(a->arena, a->id));
    bf_buf_text(&a->sql, ") AS _");
    bf_buf_char(&a->sql, '\0');
}

/* false: the expression was refused by PostgreSQL, or the connection is gone (err is set then). */
static bool make_probe(const struct proof *p)
{
    struct bf_applying *a = p->a;
    if (!bf_conn_run(a->conn, "SAVEPOINT probe", a->err))
        return false;
    put_probe(p);
    PGresult *res = PQexec(bf_conn_pg(a->conn), a->sql.p);
    bf_buf_clear(&a->sql);
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;
    const char *why = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT);
    if (!ok && why)
        refuse(p, hint ? hint : "write one SQL expression over the stored fields of the row",
               "PostgreSQL refuses the expression: %s", why);
    else if (!ok)
        bf_conn_failed(a->conn, res, a->err);
    PQclear(res);
    return ok;
}

/* Points and shapes must be declared as such: a column without SRID cannot be compared. */
static bool right_type(const struct proof *p, const PGresult *facts)
{
    enum bf_type type = p->field->column.type;
    const char *base = PQgetvalue(facts, 0, BASE_TYPE), *full = PQgetvalue(facts, 0, FULL_TYPE);
    const char *wanted = bf_type_info(type)->column;
    if (type == BF_DATETIME)
        return strcmp(base, "timestamp with time zone") == 0;
    if (type == BF_GEO_SHAPE)
        return bf_str_starts(bf_str_of(full), BF_STR("geometry(")) &&
               bf_str_ends(bf_str_of(full), BF_STR(",4326)"));
    return strcmp(type == BF_GEO_POINT ? full : base, wanted) == 0;
}

static void judge(const struct proof *p, const PGresult *facts)
{
    if (strcmp(PQgetvalue(facts, 0, NOT_SCALAR), "t") == 0) {
        refuse(p, "compute one value from the stored fields of the same row",
               "the expression holds a subquery, an aggregate or a function that gives rows");
        return;
    }
    if (!PQgetisnull(facts, 0, VOLATILE))
        refuse(p, "use functions whose value depends on the row alone",
               "%s may give another value each time", PQgetvalue(facts, 0, VOLATILE));
    else if (strcmp(PQgetvalue(facts, 0, SESSION), "t") == 0)
        refuse(p, "use functions whose value depends on the row alone",
               "the expression depends on the clock or on the session");
    else if (p->indexed && !PQgetisnull(facts, 0, STABLE))
        refuse(p,
               "use immutable functions (for dates: field AT TIME ZONE 'Europe/Paris', for texts: "
               "||), or leave facet and sortable out",
               "%s depends on settings, and an index needs values that never change",
               PQgetvalue(facts, 0, STABLE));
    if (!right_type(p, facts)) {
        struct bf_str right = bf_arena_printf(p->a->arena, "write (…)::%s",
                                              bf_type_info(p->field->column.type)->column);
        refuse(p, right.p, "the expression gives %s, but the field is of type %s",
               PQgetvalue(facts, 0, FULL_TYPE), bf_type_info(p->field->column.type)->name);
    }
}

static bool prove(const struct proof *p)
{
    struct bf_applying *a = p->a;
    if (make_probe(p)) {
        PGresult *facts = bf_conn_text(a->conn, facts_sql, NULL, 0, a->err);
        if (facts && PQntuples(facts) == 1)
            judge(p, facts);
        else if (facts)
            BF_FAIL_WITH(a->err, BF_E_INTERNAL, "The view of a computed field cannot be found.");
        PQclear(facts);
    }
    return !bf_err_is_set(a->err) &&
           bf_conn_run(a->conn, "ROLLBACK TO SAVEPOINT probe; RELEASE SAVEPOINT probe", a->err);
}

bool bf_prove_computed(struct bf_applying *a)
{
    const struct bf_manifest *m = a->what->manifest;
    for (size_t i = 0; i < m->nfields; i++) {
        const struct bf_manifest_field *f = &m->fields[i];
        if (!f->computed.n)
            continue;
        struct proof p = {
            .a = a,
            .field = f,
            .at = bf_arena_printf(a->arena, "/fields/%zu/sql", i),
            .indexed =
                (f->column.flags & (BF_COLUMN_FACET | BF_COLUMN_SORTABLE)) || m->geometry == (int)i,
        };
        if (!prove(&p))
            return false;
    }
    return true;
}
