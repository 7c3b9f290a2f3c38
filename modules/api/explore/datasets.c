#include "api/explore/steps.h"

#include "api/answer.h"
#include "api/explore/dataset_json.h"
#include "api/explore/envelope.h"

/* Which datasets, in which order, is a query over the listing. */
bool explore_take_listing(struct bf_request *r)
{
    const struct explore *x = r->state;
    const struct bf_listing *listing = bf_request_listing(r, x->english);
    if (!listing)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    r->schema = listing->schema;
    return true;
}

bool explore_build_datasets(struct bf_request *r)
{
    struct bf_query_text text;
    if (!explore_take_listing(r) || !explore_query_text(r, &text))
        return false;
    r->query = bf_query_parse(r->arena, &text, &r->err);
    return r->query != NULL;
}

bool explore_datasets(struct bf_request *r)
{
    struct explore_datasets all;
    if (!bf_conn_ready(r->conn, &r->err) || !bf_conn_plans(r->conn, BF_PLANS_GENERIC, &r->err) ||
        !explore_datasets_open(r, r->query, &all))
        return false;
    struct bf_read *read =
        bf_read_page(r->conn, r->arena, (struct bf_str){NULL, 0}, &all.sql, BF_READ_TOTAL, &r->err);
    if (!read)
        return false;
    if (bf_answer_dated(r, read))
        return true;
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    explore_envelope_begin(r, read->total, explore_version(r)->datasets);
    if (!bf_answer_rows(r, read, explore_datasets_element, &all))
        return false;
    explore_envelope_end(r);
    return true;
}

/* One dataset is a query over the listing, too, but not one that its handler may rewrite: that is
 * for queries over its records. */
bool explore_build_dataset(struct bf_request *r)
{
    struct explore *x = r->state;
    struct bf_query_text text = {.select = bf_http_param(&r->http, "select"),
                                 .zone = x->zone,
                                 .english = x->english,
                                 .limit = 1};
    if (!explore_take_listing(r))
        return false;
    x->listed = bf_query_parse(r->arena, &text, &r->err);
    return x->listed &&
           bf_query_and(x->listed, BF_STR("dataset_id = ?"), &r->dataset->manifest->id, 1,
                        &r->err) &&
           bf_query_check(x->listed, r->schema, &r->err);
}

bool explore_dataset(struct bf_request *r)
{
    const struct explore *x = r->state;
    struct explore_datasets all;
    if (!bf_conn_ready(r->conn, &r->err) || !bf_conn_plans(r->conn, BF_PLANS_GENERIC, &r->err) ||
        !explore_datasets_open(r, x->listed, &all))
        return false;
    struct bf_read *read = bf_read_page(r->conn, r->arena, r->dataset->manifest->id, &all.sql,
                                        BF_READ_NO_TOTAL, &r->err);
    if (!read)
        return false;
    if (bf_read_rows(read) == 0) /* it has become private a moment ago */
        return bf_request_no_dataset(r);
    if (bf_answer_dated(r, read))
        return true;
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    while (bf_read_next(read, &r->err))
        explore_datasets_single(&all, read->cells);
    return !bf_err_is_set(&r->err);
}
