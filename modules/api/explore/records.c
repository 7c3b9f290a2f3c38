#include "api/explore/steps.h"

#include "api/answer.h"
#include "api/rows.h"
#include "format/json_row.h"

/* ---- build ---- */

bool explore_build_records(struct bf_request *r)
{
    struct bf_query_text text;
    r->schema = &r->dataset->manifest->schema;
    if (!explore_query_text(r, &text))
        return false;
    r->query = bf_query_parse(r->arena, &text, &r->err);
    return r->query != NULL;
}

static bool is_record_id(struct bf_str id)
{
    if (id.n != 40)
        return false;
    for (size_t i = 0; i < id.n; i++)
        if (!((id.p[i] >= '0' && id.p[i] <= '9') || (id.p[i] >= 'a' && id.p[i] <= 'f')))
            return false;
    return true;
}

static bool no_record(struct bf_request *r)
{
    return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE,
                        "The requested record %.*s does not exist.", BF_STR_ARG(r->vars[1]));
}

bool explore_build_record(struct bf_request *r)
{
    const struct explore *x = r->state;
    struct bf_query_text text = {.select = bf_http_param(&r->http, "select"),
                                 .zone = x->zone,
                                 .limit = 1,
                                 .record_id = r->vars[1]};
    if (!is_record_id(r->vars[1]))
        return no_record(r);
    r->schema = &r->dataset->manifest->schema;
    r->query = bf_query_parse(r->arena, &text, &r->err);
    return r->query != NULL;
}

/* ---- execute ---- */

/* The objects of a list, joined as the vendor does. */
struct list {
    struct bf_json_row *row;
    struct bf_buf *out;
    bool more;
};

static void print_element(void *self, const struct bf_cell *cells)
{
    struct list *list = self;
    if (list->more)
        bf_buf_str(list->out, BF_STR(", "));
    list->more = true;
    bf_json_row_print(list->row, list->out, cells);
}

static bool open_list(struct bf_request *r, const struct bf_rows *rows, struct list *list)
{
    const struct explore *x = r->state;
    struct bf_write_column *columns = bf_rows_columns(r, &rows->sql);
    *list = (struct list){.out = &r->response.body};
    if (columns)
        list->row = bf_json_row_new(r->arena, columns, rows->sql.noutputs, x->zone);
    return list->row || BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
}

bool explore_records(struct bf_request *r)
{
    struct bf_rows rows;
    struct list list;
    if (!bf_rows_read(r, BF_ROWS_COUNTED, &rows))
        return false;
    if (bf_answer_dated(r, rows.read))
        return true;
    if (!open_list(r, &rows, &list))
        return false;
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    bf_buf_str(list.out, BF_STR("{\"total_count\": "));
    bf_buf_i64(list.out, rows.read->total);
    bf_buf_str(list.out, BF_STR(", \"results\": ["));
    if (!bf_answer_rows(r, rows.read, print_element, &list))
        return false;
    bf_buf_str(list.out, BF_STR("]}"));
    return true;
}

bool explore_record(struct bf_request *r)
{
    struct bf_rows rows;
    struct list list;
    if (!bf_rows_read(r, BF_ROWS_PLAIN, &rows))
        return false;
    if (bf_read_rows(rows.read) == 0)
        return no_record(r);
    if (bf_answer_dated(r, rows.read))
        return true;
    if (!open_list(r, &rows, &list))
        return false;
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    if (!bf_answer_rows(r, rows.read, print_element, &list))
        return false;
    return r->rows == 1 || no_record(r);
}
