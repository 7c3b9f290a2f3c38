#include "api/explore/steps.h"

#include "api/answer.h"
#include "api/explore/dataset_json.h"
#include "api/explore/table.h"
#include "api/explore/version.h"
#include "api/rows.h"
#include "format/json_row.h"

static const int64_t DAY_MS = INT64_C(86400000);

/* Without a limit all groups. */
bool explore_parse_aggregates(struct bf_request *r)
{
    if (!explore_parse_one(r))
        return false;
    struct explore *x = r->state;
    x->limit = -1;
    return bf_parameter_integer(r, &explore_parameters[EXPLORE_LIMIT_GROUPS], &x->limit) &&
           bf_parameter_integer(r, &explore_parameters[EXPLORE_OFFSET], &x->offset);
}

/* v2.0 has no group of nulls, so limit and offset count the groups that are shown. */
static bool build(struct bf_request *r)
{
    struct bf_query_text text;
    if (!explore_query_text(r, &text))
        return false;
    text.offset = 0;
    text.limit = bf_str_trim(text.group_by).n ? BF_MOST_GROUPS + 1 : 1;
    r->query = bf_query_parse(r->arena, &text, &r->err);
    return r->query != NULL;
}

bool explore_build_aggregates(struct bf_request *r)
{
    r->schema = bf_request_schema(r, explore_version(r)->api);
    return build(r);
}

bool explore_build_catalog_aggregates(struct bf_request *r)
{
    return explore_take_listing(r) && build(r);
}

struct list {
    struct bf_request *r;
    const struct explore_datasets *all; /* of the catalogue; NULL: of a dataset's records */
    struct bf_json_row *row;
    const struct bf_output *outputs;
    size_t n, keys;
    int64_t skip, left; /* left -1: all */
    bool more;
};

static bool has_null_key(const struct list *list, const struct bf_cell *cells)
{
    for (size_t i = 0; i < list->keys; i++)
        if (bf_cell_null(cells[i]))
            return true;
    return false;
}

/* A date that groups is a number of milliseconds (contract 2.4). */
static void print_value(const struct list *list, const struct bf_metadata *of, size_t i,
                        const struct bf_cell *cells)
{
    struct bf_buf *b = &list->r->response.body;
    struct bf_value v = bf_cell_value(cells[i], list->outputs[i].type);
    if (i < list->keys && v.type == BF_DATETIME)
        bf_buf_i64(b, v.instant / 1000 - (v.instant % 1000 < 0));
    else if (i < list->keys && v.type == BF_DATE)
        bf_buf_i64(b, v.date * DAY_MS);
    else if (list->all)
        explore_datasets_value(list->all, of, i, cells, b);
    else
        bf_json_row_value(list->row, b, i, cells[i]);
}

static void print(void *self, const struct bf_cell *cells)
{
    struct list *list = self;
    struct bf_buf *b = &list->r->response.body;
    struct bf_metadata of;
    bool one = list->all && list->keys == 0;
    if (has_null_key(list, cells) || list->skip-- > 0 || list->left == 0 ||
        (one && !explore_datasets_of(list->all, cells, &of)))
        return;
    if (list->left > 0)
        list->left--;
    bf_buf_text(b, list->more ? ", " : "");
    list->more = true;
    for (size_t i = 0; i < list->n; i++) {
        bf_json_row_lead(list->row, b, i);
        print_value(list, one ? &of : NULL, i, cells);
    }
    bf_json_row_close(list->row, b);
}

static bool answer(struct list *list, struct bf_read *read)
{
    struct bf_request *r = list->r;
    const struct explore *x = r->state;
    if (bf_read_rows(read) > BF_MOST_GROUPS)
        return explore_too_many_groups(r, -1);
    if (bf_answer_dated(r, read))
        return true;
    list->keys = bf_query_keys(r->query);
    list->skip = x->offset;
    list->left = x->limit;
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    bf_buf_text(&r->response.body, "{\"aggregations\": [");
    if (!bf_answer_rows(r, read, print, list))
        return false;
    bf_buf_text(&r->response.body, "]}");
    return true;
}

bool explore_aggregates(struct bf_request *r)
{
    const struct explore *x = r->state;
    struct bf_rows rows;
    if (!bf_rows_read(r, BF_ROWS_PLAIN, &rows))
        return false;
    struct list list = {.r = r, .outputs = rows.sql.outputs, .n = rows.sql.noutputs};
    struct bf_write_column *columns = bf_rows_columns(r, &rows.sql);
    if (columns)
        list.row = bf_json_row_new(r->arena, columns, rows.sql.noutputs, x->zone);
    if (!list.row)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    return answer(&list, rows.read);
}

bool explore_catalog_aggregates(struct bf_request *r)
{
    struct explore_datasets all;
    if (!bf_conn_ready(r->conn, &r->err) || !bf_conn_plans(r->conn, BF_PLANS_GENERIC, &r->err) ||
        !explore_datasets_open(r, r->query, &all))
        return false;
    struct bf_read *read = bf_read_page(r->conn, r->arena, (struct bf_str){NULL, 0}, &all.sql,
                                        BF_READ_NO_TOTAL, &r->err);
    struct list list = {
        .r = r, .all = &all, .row = all.row, .outputs = all.sql.outputs, .n = all.sql.noutputs};
    return read && answer(&list, read);
}
