#include "store/commit_sql.h"

enum { TEXT_OID = 25 };

struct bf_carrier bf_carrier_of(enum bf_type type)
{
    switch (type) { /* OIDs of pg_type.dat: fixed for ever */
    case BF_BOOL:
        return (struct bf_carrier){16, "boolean"};
    case BF_INT:
        return (struct bf_carrier){20, "bigint"};
    case BF_DOUBLE:
        return (struct bf_carrier){701, "double precision"};
    case BF_DATE:
        return (struct bf_carrier){1082, "date"};
    case BF_DATETIME:
        return (struct bf_carrier){1184, "timestamptz"};
    case BF_GEO_POINT:
    case BF_GEO_SHAPE:
        return (struct bf_carrier){17, "bytea"};
    case BF_NULL:
    case BF_TEXT:
    case BF_JSON:
        break;
    }
    return (struct bf_carrier){TEXT_OID, "text"};
}

static void print_place(struct bf_buf *out, char what, const struct bf_manifest_field *f,
                        unsigned number)
{
    switch (what) {
    case 'i':
        bf_buf_u64(out, number);
        break;
    case 'n': /* [a-z][a-z0-9_]*: nothing in it to double */
        bf_buf_printf(out, "\"%.*s\"", BF_STR_ARG(f->column.name));
        break;
    case 't':
        bf_buf_text(out, bf_carrier_of(f->column.type).name);
        break;
    case 'c':
        bf_buf_text(out, bf_type_info(f->column.type)->column);
        if (bf_carrier_of(f->column.type).oid == TEXT_OID) /* as the columns of data have it */
            bf_buf_text(out, " COLLATE \"C\"");
        break;
    case 'q':
        bf_buf_u64(out, number + 6);
        break;
    case 'g':
        bf_buf_u64(out, number + 1);
        break;
    default:
        bf_buf_u64(out, number + 4);
    }
}

static void print_pattern(struct bf_buf *out, const char *pattern,
                          const struct bf_manifest_field *f, unsigned number)
{
    for (const char *p = pattern; *p; p++) {
        if (*p == '%')
            print_place(out, *++p, f, number);
        else
            bf_buf_char(out, *p);
    }
}

/* Prints `pattern` once per stored field: %i its number from 1, %n its quoted name, %t its carrier,
 * %c its column type, %p, %q and %g the parameter of its array (ARRAYS, KNOWN, given rows). */
static void each(struct bf_buf *out, const struct bf_manifest *m, const char *pattern)
{
    unsigned number = 0;
    for (size_t i = 0; i < m->nfields; i++)
        if (bf_manifest_stored(&m->fields[i]))
            print_pattern(out, pattern, &m->fields[i], ++number);
}

/* s(_n, _id, c1, c2, …): the rows of the batch in the column types. A delete has ids alone. */
static void print_source(struct bf_buf *out, const struct bf_manifest *m, enum bf_batch_mode mode,
                         enum bf_batch_source source)
{
    bool fields = mode != BF_BATCH_DELETE;
    bf_buf_text(out, "WITH s AS (SELECT u.n AS _n, u.id AS _id");
    if (fields)
        each(out, m, ", u.v%i::%c AS c%i");
    bf_buf_text(out, " FROM ");
    if (source == BF_FROM_STAGE) {
        bf_buf_text(out, BF_STAGE " AS u)");
        return;
    }
    bool known = source == BF_FROM_KNOWN;
    bf_buf_text(out, known ? "unnest($6::bytea[]" : "unnest($4::bytea[]");
    if (fields)
        each(out, m, known ? ", $%q::%t[]" : ", $%p::%t[]");
    bf_buf_text(out, ") WITH ORDINALITY AS u(id");
    if (fields)
        each(out, m, ", v%i");
    bf_buf_text(out, ", n))");
}

/* The old side of a difference: where the row lies, what it was (o). */
static void print_old(struct bf_buf *out, const struct bf_manifest *m)
{
    bf_buf_text(out, "SELECT d.ctid AS tid, d._id AS was, d._seq AS seq, d._commit AS since");
    each(out, m, ", d.%n AS o%i");
}

/* Rows to be removed have no new side. */
static void print_gone(struct bf_buf *out, const struct bf_manifest *m, const char *from)
{
    print_old(out, m);
    each(out, m, ", NULL::%c AS c%i");
    bf_buf_printf(out,
                  ", NULL::bigint AS _n, NULL::bytea AS _id FROM %s JOIN data.\"%.*s\" AS d"
                  " ON d._id = s._id",
                  from, BF_STR_ARG(m->id));
}

/* Whether what is known at commit $4 still holds for every row that is not sent: since then nothing
 * was removed, and whatever was written is among the rows that are sent ($5 and $6 share no id). */
static void print_still(struct bf_buf *out, const struct bf_manifest *m)
{
    bf_buf_printf(out,
                  ", still AS MATERIALIZED (SELECT NOT EXISTS (SELECT FROM catalog.commit"
                  " WHERE dataset = $1::text AND number > $4::bigint AND removed > 0)"
                  " AND ((SELECT commit FROM catalog.state WHERE dataset = $1::text) = $4::bigint"
                  " OR (SELECT count(*) FROM data.\"%.*s\" AS d WHERE d._commit > $4::bigint)"
                  " = (SELECT count(*) FROM unnest($5::bytea[] || $6::bytea[]) AS g(id)"
                  " JOIN data.\"%.*s\" AS d ON d._id = g.id WHERE d._commit > $4::bigint)) AS ok)",
                  BF_STR_ARG(m->id), BF_STR_ARG(m->id));
}

/* Every row that must be touched, with its old values (o) and its new ones (c). A row without _id
 * is to be removed, one without was is new. */
static void print_difference(struct bf_buf *out, const struct bf_manifest *m,
                             enum bf_batch_mode mode, enum bf_batch_source source)
{
    static const char ok[] = "(SELECT ok FROM still)";
    bool known = source == BF_FROM_KNOWN;
    bf_buf_text(out, ", diff AS MATERIALIZED (");
    if (mode == BF_BATCH_DELETE) {
        print_gone(out, m, "s");
        bf_buf_char(out, ')');
        return;
    }
    print_old(out, m);
    each(out, m, ", s.c%i");
    bf_buf_printf(out, ", s._n, s._id FROM s %s JOIN data.\"%.*s\" AS d ON d._id = s._id WHERE (",
                  mode == BF_BATCH_SNAPSHOT && !known ? "FULL" : "LEFT", BF_STR_ARG(m->id));
    bf_buf_text(out, "s._id IS NULL OR d._id IS NULL");
    each(out, m, " OR s.c%i IS DISTINCT FROM d.%n");
    bf_buf_char(out, ')');
    if (known) {
        bf_buf_printf(out, " AND %s UNION ALL ", ok);
        print_gone(out, m, "unnest($5::bytea[]) AS s(_id)");
        bf_buf_printf(out, " WHERE %s", ok);
    }
    bf_buf_char(out, ')');
}

/* Whether a row of the difference has its main geometry elsewhere. What a computed one is computed
 * from may be anything in the row. */
static void print_moved(struct bf_buf *out, const struct bf_manifest *m)
{
    unsigned number = 0;
    if (m->geometry < 0 || m->fields[m->geometry].added_by_handler) {
        bf_buf_text(out, "false");
        return;
    }
    if (!bf_manifest_stored(&m->fields[m->geometry])) {
        bf_buf_text(out, "count(*) > 0");
        return;
    }
    for (size_t i = 0; i <= (size_t)m->geometry; i++)
        number += bf_manifest_stored(&m->fields[i]);
    bf_buf_printf(out, "coalesce(bool_or(o%u IS DISTINCT FROM c%u), false)", number, number);
}

/* The number of the commit: given only when there is a difference. From here on all other writers
 * wait. An instant is never before the one of an earlier commit, whatever the clock of the machine
 * says. */
static void print_tick(struct bf_buf *out, const struct bf_manifest *m)
{
    bf_buf_text(out, ", sums AS MATERIALIZED (SELECT count(*) FILTER (WHERE was IS NULL) AS added,"
                     " count(*) FILTER (WHERE was IS NOT NULL AND _id IS NOT NULL) AS changed,"
                     " count(*) FILTER (WHERE _id IS NULL) AS removed, ");
    print_moved(out, m);
    bf_buf_text(out, " AS moved FROM diff)"
                     ", tick AS (UPDATE catalog.clock AS c SET commit = c.commit + 1,"
                     " instant = greatest(clock_timestamp(), c.instant + interval '1 microsecond')"
                     " FROM sums WHERE added + changed + removed > 0"
                     " AND EXISTS (SELECT FROM catalog.state WHERE dataset = $1::text)"
                     " RETURNING c.commit, c.instant)");
}

static void print_writes(struct bf_buf *out, const struct bf_manifest *m, enum bf_batch_mode mode)
{
    bf_buf_printf(out, ", aged AS (INSERT INTO past.\"%.*s\" (_id, _seq, _from, _to",
                  BF_STR_ARG(m->id));
    each(out, m, ", %n");
    bf_buf_text(out, ") SELECT was, seq, since, tick.commit");
    each(out, m, ", o%i");
    bf_buf_text(out, " FROM diff, tick WHERE was IS NOT NULL)");
    if (mode != BF_BATCH_DELETE) {
        bf_buf_printf(out, ", moved AS (UPDATE data.\"%.*s\" AS d SET _commit = tick.commit",
                      BF_STR_ARG(m->id));
        each(out, m, ", %n = diff.c%i");
        bf_buf_text(out, " FROM diff, tick WHERE d.ctid = diff.tid AND diff._id IS NOT NULL)");
        bf_buf_printf(out, ", born AS (INSERT INTO data.\"%.*s\" (_id, _commit", BF_STR_ARG(m->id));
        each(out, m, ", %n");
        bf_buf_text(out, ") SELECT _id, tick.commit");
        each(out, m, ", c%i");
        bf_buf_text(out, " FROM diff, tick WHERE was IS NULL ORDER BY _n)");
    }
    if (mode != BF_BATCH_UPSERT)
        bf_buf_printf(out,
                      ", dead AS (DELETE FROM data.\"%.*s\" AS d USING diff, tick"
                      " WHERE d.ctid = diff.tid AND diff._id IS NULL)",
                      BF_STR_ARG(m->id));
}

/* What readers and the clock process learn; the notification leaves with the commit. */
static void print_state(struct bf_buf *out, enum bf_batch_source source)
{
    bf_buf_printf(
        out,
        ", noted AS (INSERT INTO catalog.commit (number, dataset, instant, added, changed, removed,"
        " source, sub) SELECT tick.commit, $1::text, tick.instant, added, changed, removed,"
        " $2::bytea, $3::text FROM sums, tick)"
        ", st AS (UPDATE catalog.state AS t SET commit = coalesce(k.commit, t.commit),"
        " instant = coalesce(k.instant, t.instant), records = t.records + added - removed,"
        " moved = CASE WHEN sums.moved THEN coalesce(k.commit, t.moved) ELSE t.moved END,"
        " pushed = greatest(clock_timestamp(), k.instant, t.instant, t.pushed)"
        " FROM sums LEFT JOIN tick AS k ON true WHERE t.dataset = $1::text%s"
        " RETURNING t.commit, t.instant, t.pushed, t.records)"
        " SELECT st.commit, st.instant, st.pushed, st.records, added, changed, removed,"
        " pg_notify('beffroi', concat_ws(' ', 'commit', $1::text, st.commit,"
        " (extract(epoch FROM st.instant) * 1000000)::bigint,"
        " (extract(epoch FROM st.pushed) * 1000000)::bigint, st.records)) FROM st, sums",
        source == BF_FROM_KNOWN ? " AND (SELECT ok FROM still)" : "");
}

bool bf_commit_sql(struct bf_buf *out, const struct bf_manifest *m, enum bf_batch_mode mode,
                   enum bf_batch_source source)
{
    if (source == BF_FROM_KNOWN) /* one statement for both modes: what goes is told by $5 */
        mode = BF_BATCH_SNAPSHOT;
    print_source(out, m, mode, source);
    if (source == BF_FROM_KNOWN)
        print_still(out, m);
    print_difference(out, m, mode, source);
    print_tick(out, m);
    print_writes(out, m, mode);
    print_state(out, source);
    return !bf_buf_failed(out);
}

bool bf_stage_sql(struct bf_buf *create, struct bf_buf *copy, const struct bf_manifest *m,
                  enum bf_batch_mode mode)
{
    bf_buf_text(create, "CREATE TEMPORARY TABLE beffroi_batch (n bigint, id bytea");
    bf_buf_text(copy, "COPY " BF_STAGE " (n, id");
    if (mode != BF_BATCH_DELETE) {
        each(create, m, ", v%i %t");
        each(copy, m, ", v%i");
    }
    bf_buf_text(create, ") ON COMMIT DROP");
    bf_buf_text(copy, ") FROM STDIN (FORMAT binary)");
    bf_buf_char(create, '\0');
    bf_buf_char(copy, '\0');
    return !bf_buf_failed(create) && !bf_buf_failed(copy);
}

void bf_given_sql(struct bf_buf *out, const struct bf_manifest *m)
{
    unsigned last = 2;
    bf_buf_text(out, "(SELECT u.id AS _id, u.n AS _seq, 0::bigint AS _commit");
    each(out, m, ", u.v%i::%c AS %n");
    for (size_t i = 0; i < m->nfields; i++)
        last += (unsigned)bf_manifest_stored(&m->fields[i]);
    bf_buf_printf(out, ", $%u::timestamptz AS _at FROM unnest($1::bytea[]", last);
    each(out, m, ", $%g::%t[]");
    bf_buf_text(out, ") WITH ORDINALITY AS u(id");
    each(out, m, ", v%i");
    bf_buf_text(out, ", n))");
}
