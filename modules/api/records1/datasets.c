#include "api/records1/steps.h"

#include "api/answer.h"
#include "api/counts.h"
#include "api/records1/dataset_json.h"
#include "api/records1/facet_json.h"
#include "catalog/files.h"
#include "http/href.h"
#include "store/snapshot.h"

static const struct bf_str catalogue = {NULL, 0};

/* ---- build ---- */

static const struct bf_listing *listing_of(struct bf_request *r)
{
    const struct records1 *p = r->state;
    const struct bf_listing *l = bf_request_listing(r, p->english);
    if (!l)
        BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    return l;
}

bool records1_build_datasets(struct bf_request *r)
{
    const struct bf_listing *l = listing_of(r);
    return l && records1_build_catalogue(r, l->schema);
}

/* Not a query that the handler of the dataset may rewrite: that is for queries over its records. */
bool records1_build_dataset(struct bf_request *r)
{
    struct records1 *p = r->state;
    const struct bf_listing *l = listing_of(r);
    struct bf_query_text text = {.select = BF_STR("dataset_id"), .zone = p->zone, .limit = 1};
    if (!l)
        return false;
    p->listed = bf_query_parse(r->arena, &text, &r->err);
    return p->listed &&
           bf_query_and(p->listed, BF_STR("dataset_id = ?"), &r->dataset->manifest->id, 1,
                        &r->err) &&
           bf_query_check(p->listed, l->schema, &r->err);
}

/* ---- execute ---- */

struct list {
    struct bf_request *r;
    const struct bf_listing *listing;
    const struct bf_query *query;
    bool more;
};

static void print(void *self, const struct bf_cell *cells)
{
    struct list *list = self;
    const struct records1 *p = list->r->state;
    struct bf_metadata of = {.english = p->english, .zone = p->zone};
    if (!bf_listing_row(list->listing, list->r->registry, list->query, cells, &of))
        return;
    bf_buf_text(&list->r->response.body, list->more ? ", " : "");
    list->more = true;
    records1_dataset_print(list->r, &of);
}

static struct bf_read *read(struct bf_request *r, struct bf_query *q, struct bf_str dataset,
                            enum bf_read_total total)
{
    struct bf_sql sql;
    if (!bf_conn_plans(r->conn, BF_PLANS_GENERIC, &r->err) ||
        !bf_listing_carry(listing_of(r), q, true, &r->err) || !bf_query_sql(q, &sql, &r->err))
        return NULL;
    return bf_read_page(r->conn, r->arena, dataset, &sql, total, &r->err);
}

static bool answer(struct bf_request *r, struct bf_read *rows, const struct bf_facets *facets)
{
    struct list list = {r, listing_of(r), r->query, false};
    struct bf_buf *b = &r->response.body;
    records1_begin(r);
    bf_buf_printf(b, "{\"nhits\": %lld, ", (long long)rows->total);
    records1_echo(r);
    bf_buf_text(b, ", \"datasets\": [");
    if (!bf_answer_rows(r, rows, print, &list))
        return false;
    bf_buf_char(b, ']');
    if (facets)
        records1_facets_print(r, facets);
    bf_buf_char(b, '}');
    records1_end(r);
    return true;
}

/* Rows and facets are two statements of one snapshot. */
bool records1_datasets(struct bf_request *r)
{
    struct bf_facets facets;
    bool counted = records1_facets_asked(r);
    if (!bf_conn_ready(r->conn, &r->err) ||
        (counted && !bf_snapshot_begin(r->conn, r->arena, &r->err)))
        return false;
    struct bf_read *rows = read(r, r->query, catalogue, BF_READ_TOTAL);
    if (!rows)
        return false;
    if (bf_answer_dated(r, rows))
        return true;
    if (counted && (!bf_counts_read(r, &facets) || !bf_snapshot_end(r->conn, &r->err)))
        return false;
    return answer(r, rows, counted ? &facets : NULL);
}

bool records1_dataset(struct bf_request *r)
{
    struct records1 *p = r->state;
    if (!bf_conn_ready(r->conn, &r->err))
        return false;
    struct bf_read *rows = read(r, p->listed, r->dataset->manifest->id, BF_READ_NO_TOTAL);
    if (!rows)
        return false;
    if (bf_read_rows(rows) == 0) /* it has become private a moment ago */
        return bf_request_no_dataset(r);
    if (bf_answer_dated(r, rows))
        return true;
    struct list list = {r, listing_of(r), p->listed, false};
    records1_begin(r);
    while (bf_read_next(rows, &r->err))
        print(&list, rows->cells);
    records1_end(r);
    return !bf_err_is_set(&r->err);
}

/* The file itself is at its newest address. */
static bool answer_file(struct bf_request *r, enum bf_file_kind kind)
{
    struct bf_buf *head = &r->response.head;
    bf_buf_printf(head, "Location: %s/api/explore/v2.1/catalog/datasets/%.*s/%s/",
                  r->conf->base_url, BF_STR_ARG(r->dataset->manifest->id),
                  bf_file_kinds[kind].member);
    bf_href_part(head, r->vars[1]);
    bf_buf_text(head, "\r\n");
    bf_answer_begin(r, 302, NULL);
    return true;
}

bool records1_attachment(struct bf_request *r)
{
    return answer_file(r, BF_FILE_ATTACHMENT);
}

bool records1_alternative_export(struct bf_request *r)
{
    return answer_file(r, BF_FILE_EXPORT);
}

bool records1_file(struct bf_request *r)
{
    return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE,
                        "The requested file %.*s does not exist: no field of this dataset holds "
                        "files.",
                        BF_STR_ARG(r->vars[1]));
}
