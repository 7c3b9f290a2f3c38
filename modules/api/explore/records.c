#include "api/explore/steps.h"

#include "api/answer.h"
#include "format/writer.h"

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

/* Up to this many records any plan is quick, and making one anew for each request is not. */
enum { GENERIC_UP_TO = 20000 };

static enum bf_plans plans_of(const struct bf_request *r)
{
    struct bf_live_state state;
    bool small =
        bf_live_get(r->live, r->dataset->manifest->id, &state) && state.records <= GENERIC_UP_TO;
    return small ? BF_PLANS_GENERIC : BF_PLANS_AUTO;
}

bool explore_read(struct bf_request *r, enum explore_read_mode mode, struct explore_rows *out)
{
    if (!bf_conn_ready(r->conn, &r->err) || !bf_conn_plans(r->conn, plans_of(r), &r->err) ||
        !bf_query_sql(r->query, &out->sql, &r->err))
        return false;
    r->sql = &out->sql;
    struct bf_str id = r->dataset->manifest->id;
    out->read =
        mode == EXPLORE_STREAM
            ? bf_read_stream(r->conn, r->arena, id, &out->sql, &r->err)
            : bf_read_page(r->conn, r->arena, id, &out->sql,
                           mode == EXPLORE_COUNTED ? BF_READ_TOTAL : BF_READ_NO_TOTAL, &r->err);
    return out->read != NULL;
}

struct bf_write_column *explore_columns(struct bf_request *r, const struct bf_sql *sql)
{
    struct bf_write_column *columns = bf_arena_zalloc(r->arena, sql->noutputs + 1, sizeof *columns);
    for (size_t i = 0; columns && i < sql->noutputs; i++)
        columns[i] = (struct bf_write_column){sql->outputs[i].key, sql->outputs[i].type};
    return columns;
}

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

static bool open_list(struct bf_request *r, const struct explore_rows *rows, struct list *list)
{
    const struct explore *x = r->state;
    struct bf_write_column *columns = explore_columns(r, &rows->sql);
    *list = (struct list){.out = &r->response.body};
    if (columns)
        list->row = bf_json_row_new(r->arena, columns, rows->sql.noutputs, x->zone);
    return list->row || BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
}

bool explore_records(struct bf_request *r)
{
    struct explore_rows rows;
    struct list list;
    if (!explore_read(r, EXPLORE_COUNTED, &rows))
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
    struct explore_rows rows;
    struct list list;
    if (!explore_read(r, EXPLORE_PLAIN, &rows))
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
