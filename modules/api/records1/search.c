#include "api/records1/steps.h"

#include "api/answer.h"
#include "api/records1/record_json.h"

/* An answer that a script of a page reads starts with a comment, so that it cannot be anything but
 * a script, and its type says so (nosniff comes with every answer). */
void records1_begin(struct bf_request *r)
{
    const struct records1 *p = r->state;
    if (p->callback.n == 0) {
        bf_answer_begin(r, 200, "application/json; charset=utf-8");
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
    records1_record_print(list->record, list->out, cells);
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

bool records1_search(struct bf_request *r)
{
    struct bf_rows rows;
    struct records1_record *record;
    if (!read(r, BF_ROWS_COUNTED, &rows, &record))
        return false;
    if (!record)
        return true;
    struct bf_buf *b = &r->response.body;
    struct list list = {record, b, ", ", false};
    records1_begin(r);
    bf_buf_printf(b, "{\"nhits\": %lld, ", (long long)rows.read->total);
    records1_echo(r);
    bf_buf_text(b, ", \"records\": [");
    if (!bf_answer_rows(r, rows.read, print, &list))
        return false;
    bf_buf_text(b, "]}");
    records1_end(r);
    return true;
}

bool records1_download(struct bf_request *r)
{
    struct bf_rows rows;
    struct records1_record *record;
    if (!read(r, bf_rows_all(r), &rows, &record))
        return false;
    if (!record)
        return true;
    struct list list = {record, &r->response.body, ",", false};
    bf_response_header_f(&r->response, "Content-Disposition", "attachment; filename=\"%.*s.json\"",
                         BF_STR_ARG(r->dataset->manifest->id));
    records1_begin(r);
    bf_buf_char(list.out, '[');
    if (!bf_answer_rows(r, rows.read, print, &list))
        return false;
    bf_buf_char(list.out, ']');
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
    struct list list = {record, &r->response.body, "", false};
    if (bf_read_rows(rows.read) == 0)
        return no_record(r);
    records1_begin(r);
    if (!bf_answer_rows(r, rows.read, print, &list))
        return false;
    records1_end(r);
    return r->rows == 1 || no_record(r);
}

bool records1_page(struct bf_request *r)
{
    bf_response_header_f(&r->response, "Location", "%s/api/explore/v2.1/catalog/datasets/%.*s",
                         r->conf->base_url, BF_STR_ARG(r->dataset->manifest->id));
    bf_answer_begin(r, 302, NULL);
    return true;
}
