#include "api/explore/describe.h"

#include "api/answer.h"
#include "api/explore/parameters.h"
#include "api/explore/version.h"
#include "api/rows.h"
#include "format/json_row.h"
#include "http/etag.h"

enum { EXAMPLE_MOST = 16 * 1024 };

static struct bf_openapi begin(struct bf_request *r)
{
    const struct explore *x = r->state;
    return (struct bf_openapi){
        .d = {.b = &r->response.body},
        .v31 = bf_str_ends(r->http.path, BF_STR("/openapi.json")),
        .english = x->english,
        .title = "Explore API v2.1",
        .version = "v2.1",
        .base_url = r->conf->base_url,
        .root = explore_version(r)->root,
        .routes = bf_explore_routes,
        .shapes = explore_shapes,
        .sample = r->registry->n ? r->registry->entries[0].manifest->id : (struct bf_str){NULL, 0},
    };
}

/* ---- of the portal ---- */

static void add(struct bf_request *r, const char *text)
{
    bf_digest_add(r->digest, text, bf_str_of(text).n + 1);
}

static void make_etag(struct bf_request *r)
{
    const struct explore *x = r->state;
    bf_digest_begin(r->digest);
    add(r, r->build);
    add(r, r->route->name);
    add(r, r->conf->base_url);
    add(r, x->english ? "en" : "fr");
    bf_digest_add(r->digest, r->catalog_digest, BF_DIGEST_BYTES);
    bf_digest_end(r->digest, r->tag);
    bf_etag_print(r->tag, r->etag);
    r->etag[BF_ETAG] = '\0';
}

bool explore_describe(struct bf_request *r)
{
    make_etag(r);
    if (bf_etag_matches(r->http.if_none_match, bf_str_of(r->etag))) {
        bf_answer_not_modified(r);
        return true;
    }
    struct bf_openapi o = begin(r);
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    bf_openapi_print(&o);
    return true;
}

/* ---- of a dataset ---- */

/* Its first record, all that is shown of it, and its id. */
bool explore_build_description(struct bf_request *r)
{
    const struct explore *x = r->state;
    struct bf_query_text text = {.select = BF_STR("*, recordid"), .zone = x->zone, .limit = 1};
    r->schema = bf_request_schema(r, explore_version(r)->api);
    r->query = bf_query_parse(r->arena, &text, &r->err);
    return r->query != NULL;
}

struct description {
    struct bf_request *r;
    const struct bf_sql *sql;
    struct bf_json_row *row; /* all but the id */
    bool printed;
};

static void print(struct description *self, const struct bf_openapi_dataset *dataset)
{
    struct bf_openapi o = begin(self->r);
    o.dataset = dataset;
    bf_openapi_print(&o);
    self->printed = true;
}

static void print_with_record(void *self, const struct bf_cell *cells)
{
    struct description *description = self;
    const struct bf_request *r = description->r;
    size_t n = description->sql->noutputs;
    struct bf_buf record;
    bf_buf_init(&record, EXAMPLE_MOST);
    bf_json_row_print(description->row, &record, cells);
    struct bf_openapi_dataset dataset = {
        .name = r->vars[0],
        .manifest = r->dataset->manifest,
        .schema = r->schema,
        .record = bf_buf_failed(&record) ? (struct bf_str){NULL, 0} : bf_buf_view(&record),
        .record_id = bf_cell_text(cells[n - 1]),
        .cells = cells,
        .outputs = description->sql->outputs,
        .ncells = n,
    };
    print(description, &dataset);
    bf_buf_fini(&record);
}

bool explore_describe_dataset(struct bf_request *r)
{
    const struct explore *x = r->state;
    struct bf_rows rows;
    if (!bf_rows_read(r, BF_ROWS_PLAIN, &rows))
        return false;
    if (bf_answer_dated(r, rows.read))
        return true;
    size_t n = rows.sql.noutputs;
    struct bf_write_column *columns = bf_rows_columns(r, &rows.sql);
    struct description self = {.r = r, .sql = &rows.sql};
    self.row = columns ? bf_json_row_without(r->arena, columns, n, (int)n - 1, x->zone) : NULL;
    if (!self.row)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    if (!bf_answer_rows(r, rows.read, print_with_record, &self))
        return false;
    const struct bf_openapi_dataset empty = {
        .name = r->vars[0], .manifest = r->dataset->manifest, .schema = r->schema};
    if (!self.printed)
        print(&self, &empty);
    return true;
}
