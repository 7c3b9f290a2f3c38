#include "store/indexes.h"

#include "catalog/rights.h"
#include "catalog/searched.h"
#include "core/digest.h"

#include <stdio.h>
#include <string.h>

struct index {
    struct bf_str name;
    struct bf_str definition; /* what follows `ON data."<id>"` */
    struct bf_str column;     /* whose it is; empty: full text */
};

enum { ID_BYTES = 22, COLUMN_BYTES = 20, DIGEST_CHARS = 12 };

static bool is_geometry(enum bf_type type)
{
    return type == BF_GEO_POINT || type == BF_GEO_SHAPE;
}

/* The column, or the expression in the brackets that an index wants around it. */
static struct bf_str source_of(struct bf_arena *a, const struct bf_manifest_field *f)
{
    if (f->computed.n)
        return bf_arena_printf(a, "(%.*s)", BF_STR_ARG(f->computed));
    return bf_sql_name(a, f->column.name);
}

/* bf_<dataset>_<column>_<digest>: readable, and short enough for any dataset and column. */
static struct bf_str name_of(struct bf_arena *a, struct bf_str id, struct bf_str column,
                             struct bf_str definition)
{
    unsigned char digest[BF_DIGEST_BYTES];
    char hex[DIGEST_CHARS + 1];
    bf_digest_of(bf_arena_printf(a, "%.*s %.*s", BF_STR_ARG(id), BF_STR_ARG(definition)), digest);
    for (size_t i = 0; i < DIGEST_CHARS / 2; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    if (id.n > ID_BYTES)
        id.n = ID_BYTES;
    if (column.n > COLUMN_BYTES)
        column.n = COLUMN_BYTES;
    return bf_arena_printf(a, "bf_%.*s_%.*s_%s", BF_STR_ARG(id), BF_STR_ARG(column), hex);
}

static void add(struct bf_arena *a, const struct bf_manifest *m, struct index *list, size_t *n,
                struct bf_str column, struct bf_str definition)
{
    struct bf_str label = column.n ? column : BF_STR("text");
    list[*n].definition = definition;
    list[*n].column = column;
    list[*n].name = name_of(a, m->id, label, definition);
    ++*n;
}

static bool wants_geometry(const struct bf_manifest *m, size_t i)
{
    return is_geometry(m->fields[i].column.type) &&
           (bf_manifest_stored(&m->fields[i]) || m->geometry == (int)i);
}

/* Of the values of a text that holds several: refine and `=` ask for them (query/sql). */
static bool wants_values(const struct bf_manifest_field *f)
{
    return f->column.flags & BF_COLUMN_MULTIVALUED && f->column.flags & BF_COLUMN_FACET;
}

/* `string_to_array("mots", ',', '')`: the schema's expression over the row, without its alias. */
static struct bf_str values_of(struct bf_arena *a, const struct bf_manifest_field *f,
                               struct bf_str source)
{
    struct bf_str list = f->column.list;
    size_t head = sizeof "string_to_array(" - 1 + f->column.sql.n;
    return bf_arena_printf(a, "string_to_array(%.*s%.*s", BF_STR_ARG(source), (int)(list.n - head),
                           list.p + head);
}

/* Of the words of a dataset: all of them, and those that everybody may look for. */
static void add_words(struct bf_arena *a, const struct bf_manifest *m, struct index *list,
                      size_t *n)
{
    static const struct bf_rights none = {NULL, 0};
    struct bf_str all = bf_searched_words(a, m, "");
    const struct bf_manifest *seen = m->partial ? bf_manifest_visible(a, m, &none) : m;
    struct bf_str open = seen ? bf_searched_words(a, seen, "") : all;
    if (all.n)
        add(a, m, list, n, (struct bf_str){NULL, 0},
            bf_arena_printf(a, "USING gin (%.*s)", BF_STR_ARG(all)));
    if (open.n && !bf_str_eq(open, all))
        add(a, m, list, n, (struct bf_str){NULL, 0},
            bf_arena_printf(a, "USING gin (%.*s)", BF_STR_ARG(open)));
}

/* Of which types the shapes are (catalog.geometry_types); a point is a point. */
static bool wants_types(const struct bf_manifest *m, size_t i)
{
    return m->geometry == (int)i && m->fields[i].column.type == BF_GEO_SHAPE &&
           !m->fields[i].added_by_handler;
}

/* NULL: no memory. */
static struct index *indexes_of(struct bf_arena *a, const struct bf_manifest *m, size_t *n)
{
    *n = 0;
    struct index *list = bf_arena_zalloc(a, 2 * m->nfields + 2, sizeof *list);
    if (!list)
        return NULL;
    for (size_t i = 0; i < m->nfields; i++) {
        const struct bf_manifest_field *f = &m->fields[i];
        struct bf_str source = source_of(a, f);
        if (f->column.flags & (BF_COLUMN_FACET | BF_COLUMN_SORTABLE))
            add(a, m, list, n, f->column.name,
                bf_arena_printf(a, "USING btree (%.*s)", BF_STR_ARG(source)));
        else if (wants_geometry(m, i))
            add(a, m, list, n, f->column.name,
                bf_arena_printf(a, "USING gist (%.*s)", BF_STR_ARG(source)));
        if (wants_types(m, i))
            add(a, m, list, n, f->column.name,
                bf_arena_printf(a, "USING btree (ST_GeometryType(%.*s))", BF_STR_ARG(source)));
        if (wants_values(f))
            add(a, m, list, n, f->column.name,
                bf_arena_printf(a, "USING gin (%.*s)", BF_STR_ARG(values_of(a, f, source))));
    }
    add_words(a, m, list, n);
    return bf_arena_failed(a) ? NULL : list;
}

/* ---- what is there ---- */

static PGresult *there_are(struct bf_applying *a)
{
    const char *const params[] = {a->id.p};
    return bf_conn_text(a->conn,
                        "SELECT indexname FROM pg_indexes WHERE schemaname = 'data' "
                        "AND tablename = $1 AND starts_with(indexname, 'bf_') ORDER BY 1",
                        params, 1, a->err);
}

static bool is_wanted(const struct index *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (bf_str_eq(list[i].name, bf_str_of(name)))
            return true;
    return false;
}

static bool create(struct bf_applying *a, const struct index *index)
{
    bf_buf_text(&a->sql, "CREATE INDEX ");
    bf_buf_str(&a->sql, bf_sql_name(a->arena, index->name));
    bf_buf_text(&a->sql, " ON data.");
    bf_buf_str(&a->sql, bf_sql_name(a->arena, a->id));
    bf_buf_printf(&a->sql, " %.*s", BF_STR_ARG(index->definition));
    bf_buf_printf(a->done, "created index %.*s\n", BF_STR_ARG(index->name));
    return bf_applying_run(a);
}

static bool drop(struct bf_applying *a, const char *name)
{
    bf_buf_text(&a->sql, "DROP INDEX data.");
    bf_buf_str(&a->sql, bf_sql_name(a->arena, bf_str_of(name)));
    bf_buf_printf(a->done, "dropped index %s\n", name);
    return bf_applying_run(a);
}

static struct index *wanted(struct bf_applying *a, size_t *n)
{
    struct index *list = indexes_of(a->arena, a->what->manifest, n);
    if (!list)
        BF_FAIL_WITH(a->err, BF_E_MEMORY, "There is no memory left for the indexes.");
    return list;
}

bool bf_indexes_apply(struct bf_applying *a)
{
    size_t n;
    struct index *list = wanted(a, &n);
    PGresult *there = list ? there_are(a) : NULL;
    bool ok = there != NULL;
    for (size_t i = 0; ok && i < n; i++)
        if (!bf_applying_has(there, list[i].name))
            ok = create(a, &list[i]);
    for (int i = 0; ok && i < PQntuples(there); i++)
        if (!is_wanted(list, n, PQgetvalue(there, i, 0)))
            ok = drop(a, PQgetvalue(there, i, 0));
    PQclear(there);
    return ok;
}

bool bf_indexes_complete(struct bf_applying *a)
{
    size_t n;
    struct index *list = wanted(a, &n);
    PGresult *there = list ? there_are(a) : NULL;
    bool complete = there && (size_t)PQntuples(there) == n;
    for (size_t i = 0; complete && i < n; i++)
        complete = bf_applying_has(there, list[i].name);
    PQclear(there);
    return complete;
}
