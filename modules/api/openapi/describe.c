#include "api/openapi/describe.h"

#include "api/answer.h"
#include "api/rows.h"
#include "format/json_row.h"
#include "http/etag.h"

enum { EXAMPLE_MOST = 16 * 1024 };

static bool shows_points(const struct bf_entry *e)
{
    const struct bf_manifest *m = e->manifest;
    return !e->records_hidden && m->geometry >= 0 &&
           m->fields[m->geometry].column.type == BF_GEO_POINT;
}

/* A dataset to show: one of points answers every parameter. Empty: there is none. */
static struct bf_str sample_of(const struct bf_registry *registry)
{
    for (size_t i = 0; i < registry->n; i++)
        if (shows_points(&registry->entries[i]))
            return registry->entries[i].manifest->id;
    return registry->n ? registry->entries[0].manifest->id : (struct bf_str){NULL, 0};
}

static struct bf_openapi begin(struct bf_request *r, const struct bf_description *d)
{
    return (struct bf_openapi){
        .d = {.b = &r->response.body},
        .v31 = bf_str_ends(r->http.path, BF_STR("/openapi.json")),
        .english = d->english,
        .api = d->api,
        .base_url = r->conf->base_url,
        .root = d->root,
        .routes = d->routes,
        .sample = sample_of(r->registry),
    };
}

static struct bf_openapi_dataset dataset_of(const struct bf_request *r,
                                            const struct bf_description *d)
{
    const struct bf_manifest *m = r->dataset->manifest;
    return (struct bf_openapi_dataset){.name = r->vars[0],
                                       .manifest = m,
                                       .schema = d->api->names ? bf_request_schema(r, d->api->names)
                                                               : &m->schema};
}

/* ---- without a record ---- */

static void add(struct bf_request *r, struct bf_str text)
{
    bf_digest_add(r->digest, &text.n, sizeof text.n);
    bf_digest_add(r->digest, text.p, text.n);
}

static void make_etag(struct bf_request *r, const struct bf_description *d)
{
    bf_digest_begin(r->digest);
    add(r, bf_str_of(r->build));
    add(r, bf_str_of(r->route->name));
    add(r, bf_str_of(r->conf->base_url));
    add(r, d->english ? BF_STR("en") : BF_STR("fr"));
    bf_digest_add(r->digest, r->view->digest, BF_DIGEST_BYTES);
    if (r->dataset)
        add(r, r->vars[0]);
    bf_digest_end(r->digest, r->tag);
    bf_etag_print(r->tag, r->etag);
    r->etag[BF_ETAG] = '\0';
}

static bool read(struct bf_request *r, struct bf_description *out)
{
    return r->route->protocol->describe(r, out);
}

bool bf_describe(struct bf_request *r)
{
    struct bf_description description = {.api = NULL};
    if (!read(r, &description))
        return false;
    make_etag(r, &description);
    if (bf_etag_matches(r->http.if_none_match, bf_str_of(r->etag))) {
        bf_answer_not_modified(r);
        return true;
    }
    struct bf_openapi o = begin(r, &description);
    struct bf_openapi_dataset dataset;
    if (r->dataset) {
        dataset = dataset_of(r, &description);
        o.dataset = &dataset;
    }
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    bf_openapi_print(&o);
    return true;
}

/* ---- with a record ---- */

/* The first record, all that is shown of it, and its id. */
bool bf_describe_build(struct bf_request *r)
{
    struct bf_description description = {.api = NULL};
    if (r->dataset->records_hidden)
        return true;
    if (!read(r, &description))
        return false;
    struct bf_query_text text = {
        .select = BF_STR("*, recordid"), .zone = description.zone, .limit = 1};
    r->schema = bf_request_schema(r, description.api->names);
    r->query = bf_query_parse(r->arena, &text, &r->err);
    return r->query != NULL;
}

struct describing {
    struct bf_request *r;
    const struct bf_description *description;
    const struct bf_sql *sql;
    struct bf_json_row *row; /* all but the id; NULL: the API writes records its own way */
    bool printed;
};

static void print(struct describing *self, const struct bf_openapi_dataset *dataset)
{
    struct bf_openapi o = begin(self->r, self->description);
    o.dataset = dataset;
    bf_openapi_print(&o);
    self->printed = true;
}

static void print_with_record(void *of, const struct bf_cell *cells)
{
    struct describing *self = of;
    size_t n = self->sql->noutputs;
    struct bf_buf record;
    bf_buf_init(&record, EXAMPLE_MOST);
    if (self->row)
        bf_json_row_print(self->row, &record, cells);
    else
        self->description->api->record(&record, self->sql->outputs, cells, n - 1,
                                       self->description->zone);
    struct bf_openapi_dataset dataset = dataset_of(self->r, self->description);
    dataset.record = bf_buf_failed(&record) ? (struct bf_str){NULL, 0} : bf_buf_view(&record);
    dataset.record_id = bf_cell_text(cells[n - 1]);
    dataset.cells = cells;
    dataset.outputs = self->sql->outputs;
    dataset.ncells = n;
    print(self, &dataset);
    bf_buf_fini(&record);
}

/* As v2.1 writes records. */
static bool open_row(struct describing *self)
{
    struct bf_request *r = self->r;
    size_t n = self->sql->noutputs;
    struct bf_write_column *columns = bf_rows_columns(r, self->sql);
    if (columns)
        self->row = bf_json_row_without(r->arena, columns, n, (int)n - 1, self->description->zone);
    return self->row || BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
}

bool bf_describe_dataset(struct bf_request *r)
{
    struct bf_description description = {.api = NULL};
    struct bf_rows rows;
    if (r->dataset->records_hidden)
        return bf_describe(r);
    if (!read(r, &description))
        return false;
    if (!bf_rows_read(r, BF_ROWS_PLAIN, &rows))
        return false;
    if (bf_answer_dated(r, rows.read))
        return true;
    struct describing self = {.r = r, .description = &description, .sql = &rows.sql};
    if (!description.api->record && !open_row(&self))
        return false;
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    if (!bf_answer_rows(r, rows.read, print_with_record, &self))
        return false;
    const struct bf_openapi_dataset empty = dataset_of(r, &description);
    if (!self.printed)
        print(&self, &empty);
    return true;
}
