#include "api/explore/steps.h"

#include "api/answer.h"
#include "api/rows.h"
#include "http/response.h"

static const struct bf_format *const formats[] = {&bf_format_json, &bf_format_jsonl};

enum { FORMATS = sizeof formats / sizeof formats[0] };

static void print_link(struct bf_request *r, const char *rel, const char *format)
{
    struct bf_buf *b = &r->response.body;
    bf_buf_printf(b, "{\"href\": \"%s/api/explore/v2.1/catalog/datasets/%.*s/exports%s%s\", ",
                  r->conf->base_url, BF_STR_ARG(r->vars[0]), *format ? "/" : "", format);
    bf_buf_printf(b, "\"rel\": \"%s\"}", rel);
}

bool explore_export_formats(struct bf_request *r)
{
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    struct bf_buf *b = &r->response.body;
    bf_buf_text(b, "{\"links\": [");
    print_link(r, "self", "");
    for (size_t i = 0; i < FORMATS; i++) {
        bf_buf_text(b, ", ");
        print_link(r, formats[i]->name, formats[i]->name);
    }
    bf_buf_text(b, "]}");
    return true;
}

static const struct bf_format *format_named(struct bf_str name)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (bf_str_eq(name, bf_str_of(formats[i]->name)))
            return formats[i];
    return NULL;
}

static bool no_format(struct bf_request *r)
{
    return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE,
                        "The requested export format %.*s does not exist.", BF_STR_ARG(r->vars[1]));
}

static void print_row(void *self, const struct bf_cell *cells)
{
    struct bf_writer *w = self;
    w->format->row(w, cells);
    w->rows++;
}

bool explore_export(struct bf_request *r)
{
    const struct explore *x = r->state;
    const struct bf_format *format = format_named(r->vars[1]);
    struct bf_rows rows;
    if (!format)
        return no_format(r);
    if (!bf_rows_read(r, bf_rows_all(r), &rows))
        return false;
    if (bf_answer_dated(r, rows.read))
        return true;
    struct bf_write_column *columns = bf_rows_columns(r, &rows.sql);
    struct bf_writer *w =
        columns ? format->open(r->arena, &r->response.body, columns, rows.sql.noutputs, x->zone)
                : NULL;
    if (!w)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    bf_response_header_f(&r->response, "Content-Disposition", "attachment; filename=\"%.*s.%s\"",
                         BF_STR_ARG(r->dataset->manifest->id), format->extension);
    bf_answer_begin(r, 200, format->content_type);
    format->begin(w);
    if (!bf_answer_rows(r, rows.read, print_row, w))
        return false;
    format->end(w);
    return true;
}
