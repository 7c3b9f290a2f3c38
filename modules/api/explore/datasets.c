#include "api/explore/steps.h"

#include "api/answer.h"
#include "api/explore/dataset_json.h"
#include "api/explore/envelope.h"
#include "api/explore/links.h"
#include "api/explore/listing.h"

/* ---- the list: which datasets, in which order, is a query over catalog.listing ---- */

bool explore_build_datasets(struct bf_request *r)
{
    struct bf_query_text text;
    r->schema = explore_listing();
    if (!r->schema)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    if (bf_http_param(&r->http, "select").n)
        return BF_FAIL_WITH(&r->err, BF_E_ODSQL,
                            "ODSQL query is malformed: select on the catalogue is not supported "
                            "yet. Clause(s) containing the error(s): select.");
    if (!explore_query_text(r, &text))
        return false;
    text.select = explore_listing_select();
    r->query = bf_query_parse(r->arena, &text, &r->err);
    return r->query != NULL;
}

struct list {
    struct bf_request *r;
    bool more;
};

static void print_one(struct bf_request *r, const struct explore_dataset *d)
{
    struct bf_buf *b = &r->response.body;
    if (!explore_version(r)->wrapped) {
        explore_dataset_print(r, d);
        return;
    }
    bf_buf_text(b, "{\"links\": ");
    explore_links_dataset(r, d->entry->manifest->id);
    bf_buf_text(b, ", \"dataset\": ");
    explore_dataset_print(r, d);
    bf_buf_char(b, '}');
}

static void print_dataset(void *self, const struct bf_cell *cells)
{
    struct list *list = self;
    struct explore_dataset d;
    if (!explore_listing_row(list->r->registry, cells, &d))
        return; /* applied a moment ago: the next generation of workers knows it */
    if (list->more)
        bf_buf_str(&list->r->response.body, BF_STR(", "));
    list->more = true;
    print_one(list->r, &d);
}

bool explore_datasets(struct bf_request *r)
{
    struct bf_sql sql;
    struct list list = {.r = r};
    if (!bf_conn_ready(r->conn, &r->err) || !bf_query_sql(r->query, &sql, &r->err))
        return false;
    struct bf_read *read =
        bf_read_page(r->conn, r->arena, (struct bf_str){NULL, 0}, &sql, BF_READ_TOTAL, &r->err);
    if (!read)
        return false;
    if (bf_answer_dated(r, read))
        return true;
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    explore_envelope_begin(r, read->total, explore_version(r)->datasets);
    if (!bf_answer_rows(r, read, print_dataset, &list))
        return false;
    explore_envelope_end(r);
    return true;
}

bool explore_dataset(struct bf_request *r)
{
    if (!bf_conn_ready(r->conn, &r->err))
        return false;
    struct bf_read *read = bf_read_state(r->conn, r->arena, r->dataset->manifest->id, &r->err);
    if (!read)
        return false;
    if (bf_answer_dated(r, read))
        return true;
    struct explore_dataset d = {r->dataset, read->instant, read->records};
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    print_one(r, &d);
    return true;
}
