#include "api/records1/steps.h"

#include "api/answer.h"
#include "api/counts.h"
#include "api/export.h"
#include "api/records1/facet_json.h"
#include "api/records1/record_json.h"
#include "store/snapshot.h"

/* An answer that a script of a page reads starts with a comment, so that it cannot be anything but
 * a script, and its type says so (nosniff comes with every answer). */
void records1_begin(struct bf_request *r)
{
    const struct records1 *p = r->state;
    if (p->callback.n == 0) {
        bf_answer_begin(r, 200,
                        p->geojson ? "application/geo+json" : "application/json; charset=utf-8");
        return;
    }
    bf_answer_begin(r, 200, "application/javascript; charset=utf-8");
    bf_buf_text(&r->response.body, "/**/");
    bf_buf_str(&r->response.body, p->callback);
    bf_buf_char(&r->response.body, '(');
}

void records1_end(struct bf_request *r)
{
    const struct records1 *p = r->state;
    if (p->callback.n)
        bf_buf_text(&r->response.body, ");");
}

struct list {
    const struct records1_record *record;
    void (*print)(const struct records1_record *record, struct bf_buf *out,
                  const struct bf_cell *cells);
    struct bf_buf *out;
    const char *comma;
    bool more;
};

static void print(void *self, const struct bf_cell *cells)
{
    struct list *list = self;
    if (list->more)
        bf_buf_text(list->out, list->comma);
    list->more = true;
    list->print(list->record, list->out, cells);
}

/* Every row between what stands before and behind them. */
static bool print_all(struct bf_request *r, const struct bf_rows *rows,
                      const struct records1_record *record, const char *comma)
{
    const struct records1 *p = r->state;
    struct list list = {record, p->geojson ? records1_feature_print : records1_record_print,
                        &r->response.body, comma, false};
    return bf_answer_rows(r, rows->read, print, &list);
}

static bool collection(struct bf_request *r, const struct bf_rows *rows,
                       const struct records1_record *record)
{
    records1_begin(r);
    bf_buf_text(&r->response.body, "{\"type\": \"FeatureCollection\", \"features\": [");
    if (!print_all(r, rows, record, ", "))
        return false;
    bf_buf_text(&r->response.body, "]}");
    records1_end(r);
    return true;
}

/* Reads, and tells a client that has the answer so: then *out is NULL and true is returned. */
static bool read(struct bf_request *r, enum bf_rows_mode mode, struct bf_rows *rows,
                 struct records1_record **out)
{
    const struct records1 *p = r->state;
    struct records1_record *record = records1_record_new(r, p->zone);
    *out = NULL;
    if (!record || !bf_rows_read(r, mode, rows))
        return false;
    if (bf_answer_dated(r, rows->read))
        return true;
    *out = record;
    return records1_record_open(record, r, &rows->sql);
}

/* Rows and facets are two statements of one snapshot. */
static bool read_with_facets(struct bf_request *r, struct bf_rows *rows, struct bf_facets *facets,
                             struct records1_record **out)
{
    if (!bf_conn_ready(r->conn, &r->err) || !bf_snapshot_begin(r->conn, r->arena, &r->err) ||
        !read(r, BF_ROWS_COUNTED, rows, out))
        return false;
    return !*out || (bf_counts_read(r, facets) && bf_snapshot_end(r->conn, &r->err));
}

bool records1_search(struct bf_request *r)
{
    struct bf_rows rows;
    struct bf_facets facets;
    struct records1_record *record;
    const struct records1 *p = r->state;
    bool counted = records1_facets_asked(r) && !p->geojson;
    if (counted ? !read_with_facets(r, &rows, &facets, &record)
                : !read(r, BF_ROWS_COUNTED, &rows, &record))
        return false;
    if (!record)
        return true;
    if (p->geojson)
        return collection(r, &rows, record);
    struct bf_buf *b = &r->response.body;
    records1_begin(r);
    bf_buf_printf(b, "{\"nhits\": %lld, ", (long long)rows.read->total);
    records1_echo(r);
    bf_buf_text(b, ", \"records\": [");
    if (!print_all(r, &rows, record, ", "))
        return false;
    bf_buf_char(b, ']');
    if (counted)
        records1_facets_print(r, &facets);
    bf_buf_char(b, '}');
    records1_end(r);
    return true;
}

static bool download_file(struct bf_request *r)
{
    const struct records1 *p = r->state;
    const struct bf_export_file file = {p->file, &p->options, r->dataset->manifest->id, false};
    struct bf_rows rows;
    if (!bf_rows_read(r, bf_rows_all(r), &rows))
        return false;
    if (bf_answer_dated(r, rows.read))
        return true;
    struct bf_write_column *columns = bf_rows_columns(r, &rows.sql);
    if (!columns)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    if (p->labels && p->file->labels)
        bf_rows_labels(r, &rows.sql, columns, p->english);
    struct bf_export *e = bf_export_open(r, &file, columns, rows.sql.noutputs);
    return e && bf_export_answer(r, e, rows.read);
}

static void name_records(struct bf_request *r)
{
    const struct records1 *p = r->state;
    bf_response_header_f(&r->response, "Content-Disposition", "attachment; filename=\"%.*s.%s\"",
                         BF_STR_ARG(r->dataset->manifest->id), p->geojson ? "geojson" : "json");
}

/* HEAD of a long download: all but the rows, and so not their length. */
static bool download_head(struct bf_request *r)
{
    const struct records1 *p = r->state;
    const struct bf_export_file file = {p->file, &p->options, r->dataset->manifest->id, false};
    if (!bf_conn_ready(r->conn, &r->err))
        return false;
    const struct bf_read *read =
        bf_read_state(r->conn, r->arena, r->dataset->manifest->id, &r->err);
    if (!read || bf_answer_dated(r, read))
        return read != NULL;
    r->response.unmeasured = true;
    if (p->file) {
        bf_export_head(r, &file);
        return true;
    }
    name_records(r);
    records1_begin(r);
    return true;
}

bool records1_download(struct bf_request *r)
{
    struct bf_rows rows;
    struct records1_record *record;
    const struct records1 *p = r->state;
    if (r->response.no_body && bf_rows_all(r) == BF_ROWS_STREAM)
        return download_head(r);
    if (p->file)
        return download_file(r);
    if (!read(r, bf_rows_all(r), &rows, &record))
        return false;
    if (!record)
        return true;
    name_records(r);
    if (p->geojson)
        return collection(r, &rows, record);
    records1_begin(r);
    bf_buf_char(&r->response.body, '[');
    if (!print_all(r, &rows, record, ","))
        return false;
    bf_buf_char(&r->response.body, ']');
    records1_end(r);
    return true;
}

static bool no_record(struct bf_request *r)
{
    return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE,
                        "The requested record %.*s does not exist.", BF_STR_ARG(r->vars[1]));
}

bool records1_record(struct bf_request *r)
{
    struct bf_rows rows;
    struct records1_record *record;
    if (!read(r, BF_ROWS_PLAIN, &rows, &record))
        return false;
    if (!record)
        return true;
    if (bf_read_rows(rows.read) == 0)
        return no_record(r);
    records1_begin(r);
    if (!print_all(r, &rows, record, ""))
        return false;
    records1_end(r);
    return r->rows == 1 || no_record(r);
}

/* below: what follows the dataset's address. */
static bool answer_page(struct bf_request *r, const char *below)
{
    bf_response_header_f(&r->response, "Location", "%s/api/explore/v2.1/catalog/datasets/%.*s%s",
                         r->conf->base_url, BF_STR_ARG(r->dataset->manifest->id), below);
    bf_answer_begin(r, 302, NULL);
    return true;
}

bool records1_page(struct bf_request *r)
{
    return answer_page(r, "");
}

bool records1_console(struct bf_request *r)
{
    return answer_page(r, "/console");
}
