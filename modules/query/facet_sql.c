#include "query/facet.h"

#include "query/given.h"
#include "query/sql.h"
#include "query/tally.h"
#include "query/text.h"

#include <string.h>

/*
 * Each facet is grouped first (`v`, `n`), then turned into values. How it is grouped:
 *
 *   alone      `SELECT v, count(*) … GROUP BY 1` for each facet: when nothing is filtered, its
 *              tally (query/tally) or an index serves it, and for a disjunctive facet that is
 *              refined, which has conditions of its own.
 *   together   all others in one pass over the rows that match, by GROUPING SETS.
 */
enum { FIRST_ROOM = 4096, PARAMS = 64 };

struct maker {
    const struct bf_query *q;
    struct bf_text text;
    struct bf_value *params;
    size_t nparams, room;
};

static void put(struct maker *m, const char *text)
{
    bf_text_str(&m->text, bf_str_of(text));
}

static void add_param(struct maker *m, struct bf_value v)
{
    if (m->nparams == m->room) {
        struct bf_value *more =
            bf_arena_grow(m->q->arena, m->params, &m->room, PARAMS, sizeof *more);
        if (!more) {
            m->text.failed = true;
            return;
        }
        m->params = more;
    }
    m->params[m->nparams++] = v;
}

static void bind(struct maker *m, struct bf_value v, const char *cast)
{
    add_param(m, v);
    put(m, "$");
    bf_text_number(&m->text, m->nparams);
    put(m, cast);
}

static void bind_text(struct maker *m, struct bf_str text)
{
    bind(m, (struct bf_value){.type = BF_TEXT, .text = text}, "::text");
}

static void bind_int(struct maker *m, int64_t v)
{
    bind(m, (struct bf_value){.type = BF_INT, .integer = v}, "::bigint");
}

/* ---- which rows */

/* Whether the conditions of the facet are not those of the query. */
static bool has_own_rows(const struct bf_facet *f)
{
    for (size_t i = 0; f->disjunctive && i < f->nmarks; i++)
        if (!f->marks[i].excluded)
            return true;
    return false;
}

static bool is_own(const struct bf_facet *f, const struct bf_condition *c)
{
    return f && c->refine && !c->exclude && c->column == f->column;
}

/* ` FROM … WHERE …` of the query; without the refines of f, unless that is NULL. */
static bool put_rows(struct maker *m, const struct bf_facet *f, struct bf_err *err)
{
    struct bf_query rows = *m->q;
    struct bf_sql sql;
    struct bf_condition **end = &rows.conditions;
    rows.noutputs = rows.ncarried = rows.nsorts = 0;
    rows.limit = -1;
    rows.offset = 0;
    rows.bound = m->nparams;
    rows.conditions = NULL;
    for (const struct bf_condition *c = m->q->conditions; c; c = c->next) {
        if (is_own(f, c))
            continue;
        struct bf_condition *copy = bf_arena_alloc(m->q->arena, sizeof *copy);
        if (!copy)
            return bf_clause_memory(&c->clause);
        *copy = *c;
        copy->next = NULL;
        *end = copy;
        end = &copy->next;
    }
    if (!bf_sql_make(&rows, &sql, err))
        return false;
    for (size_t i = 0; i < sql.nparams; i++)
        add_param(m, sql.params[i]);
    put(m, " FROM ");
    bf_text_str(&m->text, sql.from);
    bf_text_str(&m->text, sql.where);
    return true;
}

/* ---- what is grouped */

/* The expression over a row: a value, a day, or the texts of a multivalued field as they are
 * kept. */
static void put_key(struct maker *m, const struct bf_facet *f)
{
    const struct bf_column *column = f->column;
    bool list = column->flags & BF_COLUMN_MULTIVALUED && column->separator.n == 0;
    if (column->type != BF_DATETIME) {
        bf_text_str(&m->text, list ? column->list : column->sql);
        return;
    }
    put(m, "(");
    bf_text_str(&m->text, column->sql);
    put(m, " AT TIME ZONE ");
    bind_text(m, bf_zone_sql(m->q->zone));
    put(m, ")::date");
}

/* PostgreSQL takes equal expressions for one, and so must we: they share a group. */
static bool same_key(const struct bf_facet *a, const struct bf_facet *b)
{
    return bf_str_eq(a->column->sql, b->column->sql) && a->column->type == b->column->type;
}

/* ` FROM … AS y WHERE` of the field, behind the dataset's id and the field's name as parameters. */
static void put_kept(struct maker *m, const char *table, size_t dataset)
{
    put(m, " FROM ");
    put(m, table);
    put(m, " AS y WHERE y.dataset = (SELECT d.number FROM catalog.dataset AS d WHERE d.id = $");
    bf_text_number(&m->text, dataset);
    put(m, "::text) AND y.field = $");
    bf_text_number(&m->text, dataset + 1);
    put(m, "::text AND ");
}

/* `SELECT v, n FROM` the tally, ` UNION ALL `; the number of its first parameter. */
static size_t put_tally(struct maker *m, const struct bf_column *column, struct bf_str field)
{
    size_t first = m->nparams + 1;
    add_param(m, (struct bf_value){.type = BF_TEXT, .text = m->q->schema->id});
    add_param(m, (struct bf_value){.type = BF_TEXT, .text = field});
    put(m, "SELECT ");
    put(m, bf_tally_value(column->type));
    put(m, " AS v, y.n");
    put_kept(m, "catalog.tally", first);
    put(m, "y.n > 0 UNION ALL ");
    return first;
}

/* ` AS a WHERE NOT EXISTS (…)`: from outside, so that no worker starts to count in vain. */
static void put_unless_kept(struct maker *m, size_t dataset)
{
    put(m, " AS a WHERE NOT EXISTS (SELECT");
    put_kept(m, "catalog.tallied", dataset);
    put(m, "y.whole)");
}

static bool put_counted(struct maker *m, const struct bf_facet *f, struct bf_err *err)
{
    put(m, "(SELECT ");
    put_key(m, f);
    put(m, " AS v, count(*) AS n");
    if (!put_rows(m, has_own_rows(f) ? f : NULL, err))
        return false;
    put(m, " GROUP BY 1");
    return true;
}

static bool put_alone(struct maker *m, const struct bf_facet *f, struct bf_err *err)
{
    struct bf_str field = bf_tally_field(m->q, f->column);
    if (!field.n) {
        bool ok = put_counted(m, f, err);
        put(m, ")");
        return ok;
    }
    put(m, "(");
    size_t kept = put_tally(m, f->column, field);
    put(m, "SELECT a.v, a.n FROM ");
    if (!put_counted(m, f, err))
        return false;
    put(m, " OFFSET 0)");
    put_unless_kept(m, kept);
    put(m, ")");
    return true;
}

/* `SELECT grouping(k0, k1) AS w, k0, k1, count(*) AS n FROM (…) GROUP BY GROUPING SETS (k0, k1)` */
static void put_keys(struct maker *m, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put(m, i ? ", k" : "k");
        bf_text_number(&m->text, i);
    }
}

static bool put_together(struct maker *m, const struct bf_facet *const *shared, size_t n,
                         struct bf_err *err)
{
    put(m, "WITH g AS MATERIALIZED (SELECT ");
    for (size_t i = 0; i < n; i++) {
        put(m, i ? " + " : "");
        put(m, "(1 - grouping(k");
        bf_text_number(&m->text, i);
        put(m, ")) * ");
        bf_text_number(&m->text, i);
    }
    put(m, " AS w, ");
    put_keys(m, n);
    put(m, ", count(*) AS n FROM (SELECT ");
    for (size_t i = 0; i < n; i++) {
        put(m, i ? ", " : "");
        put_key(m, shared[i]);
        put(m, " AS k");
        bf_text_number(&m->text, i);
    }
    if (!put_rows(m, NULL, err))
        return false;
    put(m, ") AS r GROUP BY GROUPING SETS (");
    put_keys(m, n);
    put(m, ")) ");
    return true;
}

static bool put_groups(struct maker *m, const struct bf_facet *f,
                       const struct bf_facet *const *shared, size_t n, struct bf_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (has_own_rows(f) || !same_key(shared[i], f))
            continue;
        put(m, "(SELECT k");
        bf_text_number(&m->text, i);
        put(m, " AS v, n FROM g WHERE w = ");
        bf_text_number(&m->text, i);
        put(m, ")");
        return true;
    }
    return put_alone(m, f, err);
}

/* ---- from groups to values */

/* The values of a group: of a multivalued field each once; of levels each with those above it. */
static void put_values(struct maker *m, const struct bf_facet *f)
{
    const struct bf_column *column = f->column;
    bool many = column->flags & BF_COLUMN_MULTIVALUED;
    put(m, ", LATERAL (SELECT DISTINCT ");
    if (f->path.n) {
        put(m, "array_to_string(p.a[1:d.d], ");
        bind_text(m, f->path);
        put(m, ") AS e FROM ");
    } else {
        put(m, "x.x AS e FROM ");
    }
    if (!many) {
        put(m, "(VALUES (s.v)) AS x(x)");
    } else if (column->separator.n) {
        put(m, "unnest(string_to_array(s.v, ");
        bind_text(m, column->separator);
        put(m, ", '')) AS x(x)");
    } else {
        put(m, "unnest(s.v) AS x(x)");
    }
    if (f->path.n) {
        put(m, ", LATERAL (SELECT string_to_array(x.x, ");
        bind_text(m, f->path);
        put(m, ")) AS p(a), LATERAL generate_series(1, least(cardinality(p.a), ");
        bind_int(m, (int64_t)f->levels);
        put(m, "::int)) AS d(d)");
    }
    put(m, ") AS u");
}

/* `v` and `n`, one row per value. */
static bool put_counts(struct maker *m, const struct bf_facet *f,
                       const struct bf_facet *const *shared, size_t n, struct bf_err *err)
{
    static const char *const units[] = {"year", "month", "day"};
    if (f->kind == BF_FACET_DATE && f->levels < 3) {
        put(m, "(SELECT date_trunc('");
        put(m, units[f->levels - 1]);
        put(m, "', s.v)::date AS v, sum(s.n)::bigint AS n FROM ");
        if (!put_groups(m, f, shared, n, err))
            return false;
        put(m, " AS s GROUP BY 1)");
        return true;
    }
    if (!(f->kind == BF_FACET_TEXT && (f->path.n || f->column->flags & BF_COLUMN_MULTIVALUED)))
        return put_groups(m, f, shared, n, err);
    put(m, "(SELECT u.e AS v, sum(s.n)::bigint AS n FROM ");
    if (!put_groups(m, f, shared, n, err))
        return false;
    put(m, " AS s");
    put_values(m, f);
    put(m, " GROUP BY 1)");
    return true;
}

static void put_cells(struct maker *m, const struct bf_facet *f, size_t number)
{
    static const char *const cells[] = {
        [BF_FACET_TEXT] = "::bigint AS f, c.v::text AS k, NULL::bigint AS i, NULL::float8 AS r",
        [BF_FACET_INT] = "::bigint AS f, NULL::text AS k, c.v AS i, NULL::float8 AS r",
        [BF_FACET_DOUBLE] = "::bigint AS f, NULL::text AS k, NULL::bigint AS i, c.v AS r",
        [BF_FACET_DATE] = "::bigint AS f, NULL::text AS k, (c.v - date '1970-01-01')::bigint AS i,"
                          " NULL::float8 AS r",
    };
    bf_text_number(&m->text, number);
    put(m, cells[f->kind]);
    put(m, ", c.n AS n");
}

/* Refined values come first, so that the limit never cuts them off. */
static void put_marked_first(struct maker *m, const struct bf_facet *f)
{
    const char *before = "c.v IN (";
    const char *cast = "::text";
    if (f->kind == BF_FACET_INT)
        cast = "::bigint";
    else if (f->kind == BF_FACET_DOUBLE)
        cast = "::float8";
    else if (f->column->type == BF_BOOL)
        cast = "::bool";
    for (size_t i = 0; i < f->nmarks; i++) {
        if (f->marks[i].excluded || f->marks[i].value.type == BF_NULL)
            continue;
        put(m, before);
        bind(m, f->marks[i].value, cast);
        before = ", ";
    }
    if (before[0] == ',')
        put(m, ") DESC, ");
}

static void put_order(struct maker *m, const struct bf_facet *f)
{
    static const char *const orders[] = {
        [BF_FACET_UNORDERED] = "c.n DESC, c.v",  [BF_FACET_COUNT] = "c.n, c.v",
        [BF_FACET_COUNT_DOWN] = "c.n DESC, c.v", [BF_FACET_VALUE] = "c.v",
        [BF_FACET_VALUE_DOWN] = "c.v",
    };
    if (f->path.n) { /* all of them, up to what is refused */
        put(m, " LIMIT ");
        bind_int(m, BF_MOST_FACET + 1);
        return;
    }
    put(m, " ORDER BY ");
    put_marked_first(m, f);
    put(m, orders[f->order]);
    put(m, f->column->type == BF_TEXT ? " COLLATE \"C\"" : "");
    put(m, f->order == BF_FACET_VALUE_DOWN ? " DESC" : "");
    put(m, " LIMIT ");
    bind_int(m, f->limit);
}

static bool put_facet(struct maker *m, const struct bf_facet *f, size_t number,
                      const struct bf_facet *const *shared, size_t n, struct bf_err *err)
{
    put(m, number ? " UNION ALL (SELECT " : "(SELECT ");
    put_cells(m, f, number);
    put(m, " FROM ");
    if (!put_counts(m, f, shared, n, err))
        return false;
    put(m, " AS c WHERE c.v IS NOT NULL");
    put_order(m, f);
    put(m, ")");
    return true;
}

/* ---- all of it */

static bool is_among(const struct bf_facet *const *shared, size_t n, const struct bf_facet *f)
{
    for (size_t i = 0; i < n; i++)
        if (same_key(shared[i], f))
            return true;
    return false;
}

/* Those that are counted in one pass; *n is their number, 0 when that is not worth it. */
static const struct bf_facet **find_shared(const struct bf_query *q, size_t *n)
{
    size_t all = 0;
    bool filtered = q->schema->record_id.n == 0; /* the catalogue has no index that would serve */
    *n = 0;
    for (const struct bf_facet *f = q->facets; f; f = f->next)
        all++;
    for (const struct bf_condition *c = q->conditions; c; c = c->next)
        filtered |= c->node != NULL;
    const struct bf_facet **shared = bf_arena_zalloc(q->arena, all + 1, sizeof *shared);
    for (const struct bf_facet *f = q->facets; shared && filtered && f; f = f->next)
        if (!has_own_rows(f) && !is_among(shared, *n, f))
            shared[(*n)++] = f;
    if (*n == 1)
        *n = 0;
    return shared;
}

static bool put_all(struct maker *m, const struct bf_facet *const *shared, size_t n,
                    struct bf_err *err)
{
    size_t number = 0;
    if (n && !put_together(m, shared, n, err))
        return false;
    for (const struct bf_facet *f = m->q->facets; f; f = f->next)
        if (!put_facet(m, f, number++, shared, n, err))
            return false;
    if (number == 0)
        put(m, "SELECT 0::bigint AS f, NULL::text AS k, NULL::bigint AS i, NULL::float8 AS r, "
               "0::bigint AS n WHERE false");
    return true;
}

bool bf_query_facets_sql(const struct bf_query *q, struct bf_sql *out, struct bf_err *err)
{
    struct maker m = {.q = q};
    size_t n;
    bf_text_init(&m.text, q->arena, FIRST_ROOM);
    if (q->facets) /* a parameter that no piece names has no type */
        m.text.failed |= !bf_given_params(q, &m.params, &m.nparams, &m.room);
    const struct bf_facet **shared = find_shared(q, &n);
    put(&m, "(");
    if (!shared || !put_all(&m, shared, n, err))
        return bf_err_is_set(err) ? false
                                  : BF_FAIL_WITH(err, BF_E_MEMORY,
                                                 "The query needs more memory "
                                                 "than a request may have.");
    put(&m, ") AS t");
    if (bf_text_failed(&m.text))
        return BF_FAIL_WITH(err, BF_E_MEMORY,
                            "The query needs more memory than a request may have.");
    *out = (struct bf_sql){
        .columns = BF_STR("t.f, t.k, t.i, t.r, t.n"),
        .ncolumns = BF_FACET_CELLS,
        .from = bf_text_piece(&m.text, 0, m.text.n),
        .rows = bf_text_piece(&m.text, 0, m.text.n),
        .order = BF_STR(" ORDER BY t.f"),
        .params = m.params,
        .nparams = m.nparams,
    };
    return true;
}
