#include "store/vocabulary.h"

#include "catalog/searched.h"
#include "core/digest.h"

#include <stdio.h>

enum { DIGEST_CHARS = 12 };

/* What the triggers read: SQL over the columns of `fresh`, the new rows. */
static struct bf_str text_of(struct bf_applying *a)
{
    return bf_searched_text(a->arena, a->what->manifest, "fresh.");
}

static struct bf_str name_of(struct bf_applying *a, const char *what, struct bf_str text)
{
    unsigned char digest[BF_DIGEST_BYTES];
    char hex[DIGEST_CHARS + 1];
    bf_digest_of(text, digest);
    for (size_t i = 0; i < DIGEST_CHARS / 2; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return bf_arena_printf(a->arena, "bf_%s_%s", what, hex);
}

static PGresult *there_are(struct bf_applying *a)
{
    const char *const params[] = {a->id.p};
    return bf_conn_text(a->conn,
                        "SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid "
                        "WHERE c.relnamespace = 'data'::regnamespace AND c.relname = $1 "
                        "AND NOT tgisinternal AND tgname ~ '^bf_(re)?learn_' ORDER BY 1",
                        params, 1, a->err);
}

static bool all_there(struct bf_applying *a, const PGresult *there, struct bf_str text)
{
    if (!text.n)
        return PQntuples(there) == 0;
    return PQntuples(there) == 2 && bf_applying_has(there, name_of(a, "learn", text)) &&
           bf_applying_has(there, name_of(a, "relearn", text));
}

static void put_on_table(struct bf_applying *a)
{
    bf_buf_text(&a->sql, " ON data.");
    bf_buf_str(&a->sql, bf_sql_name(a->arena, a->id));
}

static bool drop(struct bf_applying *a, const PGresult *there)
{
    for (int i = 0; i < PQntuples(there); i++) {
        bf_buf_text(&a->sql, "DROP TRIGGER ");
        bf_buf_str(&a->sql, bf_sql_name(a->arena, bf_str_of(PQgetvalue(there, i, 0))));
        put_on_table(a);
        if (!bf_applying_run(a))
            return false;
    }
    return true;
}

/* data."<id>"(), beside the table of that name. The plans of its statements are kept, so that a
 * change of one row costs little. */
static bool create_function(struct bf_applying *a, struct bf_str text)
{
    static const char insert[] = " INSERT INTO catalog.word SELECT DISTINCT owner, _word FROM %s"
                                 " AS fresh, catalog.learned(catalog.words(%.*s))"
                                 " AS _learned (_word) ON CONFLICT DO NOTHING;";
    bf_buf_text(&a->sql, "CREATE OR REPLACE FUNCTION data.");
    bf_buf_str(&a->sql, bf_sql_name(a->arena, a->id));
    bf_buf_text(&a->sql,
                "() RETURNS trigger LANGUAGE plpgsql AS $bf$ DECLARE owner CONSTANT integer :="
                " (SELECT number FROM catalog.dataset WHERE id = TG_TABLE_NAME);"
                " BEGIN IF TG_LEVEL = 'ROW' THEN");
    bf_buf_printf(&a->sql, insert, "(SELECT NEW.*)", BF_STR_ARG(text));
    bf_buf_text(&a->sql, " ELSIF EXISTS (SELECT FROM fresh) THEN");
    bf_buf_printf(&a->sql, insert, "fresh", BF_STR_ARG(text));
    bf_buf_text(&a->sql, " END IF; RETURN NULL; END $bf$");
    return bf_applying_run(a);
}

static void put_call(struct bf_applying *a)
{
    bf_buf_text(&a->sql, " EXECUTE FUNCTION data.");
    bf_buf_str(&a->sql, bf_sql_name(a->arena, a->id));
    bf_buf_text(&a->sql, "()");
}

static bool create_learn(struct bf_applying *a, struct bf_str text)
{
    bf_buf_text(&a->sql, "CREATE TRIGGER ");
    bf_buf_str(&a->sql, bf_sql_name(a->arena, name_of(a, "learn", text)));
    bf_buf_text(&a->sql, " AFTER INSERT");
    put_on_table(a);
    bf_buf_text(&a->sql, " REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT");
    put_call(a);
    return bf_applying_run(a);
}

static bool create_relearn(struct bf_applying *a, struct bf_str text)
{
    const struct bf_manifest *m = a->what->manifest;
    const char * or = "";
    bf_buf_text(&a->sql, "CREATE TRIGGER ");
    bf_buf_str(&a->sql, bf_sql_name(a->arena, name_of(a, "relearn", text)));
    bf_buf_text(&a->sql, " AFTER UPDATE");
    put_on_table(a);
    bf_buf_text(&a->sql, " FOR EACH ROW WHEN (");
    for (size_t i = 0; i < m->nfields; i++) {
        if (!bf_searched_is(&m->fields[i]))
            continue;
        struct bf_str name = bf_sql_name(a->arena, m->fields[i].column.name);
        bf_buf_printf(&a->sql, "%sOLD.%.*s IS DISTINCT FROM NEW.%.*s", or, BF_STR_ARG(name),
                      BF_STR_ARG(name));
        or = " OR ";
    }
    bf_buf_char(&a->sql, ')');
    put_call(a);
    return bf_applying_run(a);
}

/* The words of the rows that are there already. */
static bool learn(struct bf_applying *a, struct bf_str text)
{
    bf_buf_text(&a->sql, "INSERT INTO catalog.word SELECT DISTINCT d.number, _word"
                         " FROM catalog.dataset AS d, data.");
    bf_buf_str(&a->sql, bf_sql_name(a->arena, a->id));
    bf_buf_printf(&a->sql,
                  " AS fresh, catalog.learned(catalog.words(%.*s)) AS _learned (_word)"
                  " WHERE d.id = '%.*s' ON CONFLICT DO NOTHING", /* [a-z0-9_-] */
                  BF_STR_ARG(text), BF_STR_ARG(a->id));
    return bf_applying_run(a);
}

static bool create(struct bf_applying *a, struct bf_str text)
{
    return create_function(a, text) && create_learn(a, text) && create_relearn(a, text) &&
           learn(a, text);
}

bool bf_vocabulary_apply(struct bf_applying *a)
{
    struct bf_str text = text_of(a);
    PGresult *there = there_are(a);
    bool ok = there != NULL;
    if (ok && !all_there(a, there, text))
        ok = drop(a, there) && (!text.n || create(a, text));
    PQclear(there);
    return ok;
}

bool bf_vocabulary_complete(struct bf_applying *a)
{
    PGresult *there = there_are(a);
    bool complete = there && all_there(a, there, text_of(a));
    PQclear(there);
    return complete;
}
