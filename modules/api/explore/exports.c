#include "api/explore/steps.h"

#include "api/answer.h"
#include "api/explore/export_geometry.h"
#include "api/explore/version.h"
#include "api/export.h"
#include "api/rows.h"

static void print_link(struct bf_request *r, const char *rel, const char *format)
{
    struct bf_buf *b = &r->response.body;
    bf_buf_printf(b, "{\"href\": \"%s%s/catalog/datasets/%.*s/exports%s%s\", ", r->conf->base_url,
                  explore_version(r)->root, BF_STR_ARG(r->vars[0]), *format ? "/" : "", format);
    bf_buf_printf(b, "\"rel\": \"%s\"}", rel);
}

bool explore_export_formats(struct bf_request *r)
{
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    struct bf_buf *b = &r->response.body;
    bf_buf_text(b, "{\"links\": [");
    print_link(r, "self", "");
    for (size_t i = 0; bf_formats[i]; i++) {
        bf_buf_text(b, ", ");
        print_link(r, bf_formats[i]->name, bf_formats[i]->name);
    }
    bf_buf_text(b, "]}");
    return true;
}

/* HEAD: all but the rows, and so not their length. */
static bool answer_head(struct bf_request *r, const struct bf_export_file *file)
{
    const struct bf_read *read =
        bf_read_state(r->conn, r->arena, r->dataset->manifest->id, &r->err);
    if (!read || bf_answer_dated(r, read))
        return read != NULL;
    bf_export_head(r, file);
    r->response.unmeasured = true;
    return true;
}

/* false: r->err is set. */
static bool read_rows(struct bf_request *r, enum bf_rows_mode mode, struct bf_rows *rows)
{
    if (!r->dataset->records_hidden)
        return bf_rows_read_sql(r, mode, rows);
    rows->read = bf_read_state(r->conn, r->arena, r->dataset->manifest->id, &r->err);
    return rows->read != NULL;
}

static bool answer_rows(struct bf_request *r, const struct explore_export *x,
                        const struct bf_export_file *file, const struct bf_rows *rows)
{
    struct bf_write_column *columns = bf_rows_columns(r, &rows->sql);
    if (!columns)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    if (x->labels && x->format->labels)
        bf_rows_labels(r, &rows->sql, columns, ((const struct explore *)r->state)->english);
    struct bf_export *e = bf_export_open(r, file, columns, rows->sql.noutputs);
    return e && bf_export_answer(r, e, rows->read);
}

/* The contract's words: groups that an aggregate orders must fit into memory. */
static bool few_groups(struct bf_request *r)
{
    int64_t limit = bf_query_limit(r->query);
    if (!bf_query_orders_aggregates(r->query) || (limit >= 0 && limit <= BF_MOST_GROUPS))
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_ODSQL,
                        "ODSQL query is malformed: aggregation function in order by is not "
                        "supported with a limit > %d. Please remove the order by or set a limit "
                        "parameter lower than %d. Clause(s) containing the error(s): order_by.",
                        BF_MOST_GROUPS, BF_MOST_GROUPS + 1);
}

bool explore_export(struct bf_request *r)
{
    struct explore_export *x = ((const struct explore *)r->state)->export;
    const struct bf_export_file file = {x->format, &x->options, r->dataset->manifest->id,
                                        x->compressed};
    struct bf_rows rows;
    if (!few_groups(r) || !bf_rows_sql(r, &rows) || !explore_export_geometry(r, x, &rows.sql))
        return false;
    enum bf_rows_mode mode = bf_rows_all(r);
    if (r->response.no_body && mode == BF_ROWS_STREAM)
        return answer_head(r, &file);
    if (!read_rows(r, mode, &rows))
        return explore_export_geometry_failed(r, x);
    if (bf_answer_dated(r, rows.read))
        return true;
    return answer_rows(r, x, &file, &rows) || explore_export_geometry_failed(r, x);
}
