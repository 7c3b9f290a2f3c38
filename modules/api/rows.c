#include "api/rows.h"

#include "api/source.h"
#include "api/total.h"

/* Up to this many records any plan is quick, and making one anew for each request is not; of more,
 * only what is the best one for all values. */
enum { GENERIC_UP_TO = 20000 };

/* Up to this many records no index is quicker than their own order. */
enum { FEW_UP_TO = 500 };

/* Up to this many records a dataset is read in one statement, in memory. */
enum { STREAM_FROM = 2000 };

/* What is known of none is taken for many. */
enum { UNKNOWN = 1000000 };

/* As many as memory knows of; when it does not know the dataset, many. */
static int64_t records_of(const struct bf_request *r)
{
    struct bf_live_state state;
    if (r->source)
        return (int64_t)bf_source_rows(r);
    return bf_live_get(r->live, r->dataset->manifest->id, &state) ? state.records : UNKNOWN;
}

enum bf_plans bf_rows_plans(const struct bf_request *r)
{
    bool once = !r->dataset || bf_query_steady(r->query) || bf_query_decided(r->query) ||
                bf_query_counts_all(r->query) || records_of(r) <= GENERIC_UP_TO;
    return once ? BF_PLANS_GENERIC : BF_PLANS_AUTO;
}

void bf_rows_expect_many(struct bf_request *r)
{
    int64_t records = r->dataset ? records_of(r) : 0;
    if (records > GENERIC_UP_TO)
        bf_query_expect_many(r->query, records);
}

bool bf_rows_sql(struct bf_request *r, struct bf_rows *out)
{
    if (r->dataset && records_of(r) <= FEW_UP_TO)
        bf_query_expect_few(r->query);
    bf_rows_expect_many(r);
    if (!bf_conn_ready(r->conn, &r->err) || !bf_conn_plans(r->conn, bf_rows_plans(r), &r->err) ||
        !bf_query_sql(r->query, &out->sql, &r->err))
        return false;
    r->sql = &out->sql;
    return true;
}

static bool read_page(struct bf_request *r, enum bf_read_total total, struct bf_rows *rows)
{
    struct bf_str id = r->dataset->manifest->id;
    rows->read = bf_read_page(r->conn, r->arena, id, &rows->sql, total, &r->err);
    return rows->read != NULL;
}

/* The statement of a condition that is decided by its number depends on whether that is known. */
static bool expect_number(struct bf_request *r, int64_t n, struct bf_rows *rows)
{
    if (!bf_query_decided(r->query))
        return true;
    bf_query_expect_number(r->query, n);
    return bf_query_sql(r->query, &rows->sql, &r->err);
}

/* Of all records the first ones fill the page as a rule (bf_query_expect_full); when they do not,
 * it is asked for as a whole. */
static bool read_full(struct bf_request *r, enum bf_read_total total, struct bf_rows *rows)
{
    if (!read_page(r, total, rows))
        return false;
    if (!bf_query_expects_full(r->query) ||
        (int64_t)bf_read_rows(rows->read) >= bf_query_limit(r->query))
        return true;
    bf_query_expect_full(r->query, false);
    return bf_query_sql(r->query, &rows->sql, &r->err) && read_page(r, total, rows);
}

/* When another commit came between the number and the rows, they are read once more. */
static bool read_counted(struct bf_request *r, struct bf_rows *rows)
{
    struct bf_total total;
    bf_total_recall(r, &rows->sql, &total);
    if (total.known && (!expect_number(r, total.n, rows) || !read_full(r, BF_READ_NO_TOTAL, rows)))
        return false;
    if (total.known && rows->read->commit == total.commit) {
        rows->read->total = total.n;
        return true;
    }
    if ((total.known && !expect_number(r, -1, rows)) || !read_full(r, BF_READ_TOTAL, rows))
        return false;
    bf_total_keep(r, &total, rows->read);
    return true;
}

bool bf_rows_read_sql(struct bf_request *r, enum bf_rows_mode mode, struct bf_rows *rows)
{
    if (mode == BF_ROWS_COUNTED)
        return read_counted(r, rows);
    if (mode == BF_ROWS_PLAIN)
        return read_page(r, BF_READ_NO_TOTAL, rows);
    rows->read = bf_read_stream(r->conn, r->arena, r->dataset->manifest->id, &rows->sql, &r->err);
    return rows->read != NULL;
}

bool bf_rows_read(struct bf_request *r, enum bf_rows_mode mode, struct bf_rows *out)
{
    bf_query_expect_full(r->query, mode == BF_ROWS_COUNTED);
    return bf_rows_sql(r, out) && bf_rows_read_sql(r, mode, out);
}

static bool has_large_values(const struct bf_manifest *m)
{
    for (size_t i = 0; i < m->nfields; i++)
        if (m->fields[i].column.type == BF_GEO_SHAPE || m->fields[i].column.type == BF_JSON)
            return true;
    return false;
}

enum bf_rows_mode bf_rows_all(const struct bf_request *r)
{
    bool small = records_of(r) <= STREAM_FROM && !has_large_values(r->dataset->manifest);
    return small ? BF_ROWS_PLAIN : BF_ROWS_STREAM;
}

static struct bf_write_column write_column(const struct bf_output *o)
{
    struct bf_write_column column = {
        .key = o->key, .type = o->type, .json = o->json, .json_other = o->json_other};
    if (o->column)
        column.separator = o->column->separator;
    return column;
}

struct bf_write_column *bf_rows_columns(struct bf_request *r, const struct bf_sql *sql)
{
    struct bf_write_column *columns = bf_arena_zalloc(r->arena, sql->noutputs + 1, sizeof *columns);
    for (size_t i = 0; columns && i < sql->noutputs; i++)
        columns[i] = write_column(&sql->outputs[i]);
    return columns;
}

/* The field that an output shows under its own name; NULL: an alias, or an expression. The keys of
 * groups are no fields any more, but are called as those were. */
static const struct bf_manifest_field *field_of(const struct bf_request *r,
                                                const struct bf_output *o)
{
    if (o->column ? !bf_str_eq(o->column->name, o->key) : !bf_query_grouped(r->query))
        return NULL;
    const struct bf_manifest_field *f = bf_manifest_field(r->dataset->manifest, o->key);
    return f && f->column.type == o->type ? f : NULL;
}

void bf_rows_labels(struct bf_request *r, const struct bf_sql *sql, struct bf_write_column *columns,
                    bool english)
{
    for (size_t i = 0; i < sql->noutputs; i++) {
        const struct bf_manifest_field *f = field_of(r, &sql->outputs[i]);
        if (f)
            columns[i].key = english ? f->label.en : f->label.fr;
    }
}
