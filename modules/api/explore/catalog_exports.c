#include "api/explore/steps.h"

#include "api/answer.h"
#include "api/explore/catalog_row.h"
#include "api/explore/export_options.h"
#include "api/explore/links.h"
#include "api/export.h"

/* What datasets can be written as. */
const struct bf_format *const explore_catalog_formats[] = {&bf_format_csv, &bf_format_json, NULL};

static bool has_format(const struct bf_format *format)
{
    for (size_t i = 0; explore_catalog_formats[i]; i++)
        if (explore_catalog_formats[i] == format)
            return true;
    return false;
}

static void print_link(struct bf_request *r, const char *rel, const char *format)
{
    struct bf_buf *b = &r->response.body;
    bf_buf_text(b, "{\"href\": \"");
    explore_href(r, "/exports");
    bf_buf_printf(b, "%s%s\", \"rel\": \"%s\"}", *format ? "/" : "", format, rel);
}

bool explore_catalog_export_formats(struct bf_request *r)
{
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    bf_buf_text(&r->response.body, "{\"links\": [");
    print_link(r, "self", "");
    for (size_t i = 0; explore_catalog_formats[i]; i++) {
        bf_buf_text(&r->response.body, ", ");
        print_link(r, explore_catalog_formats[i]->name, explore_catalog_formats[i]->name);
    }
    bf_buf_text(&r->response.body, "]}");
    return true;
}

/* ---- csv ---- */

struct table {
    struct explore_catalog_row *row;
    struct bf_writer *writer;
};

static void print_row(void *self, const struct bf_cell *cells)
{
    struct table *t = self;
    cells = explore_catalog_row_cells(t->row, cells);
    if (cells)
        t->writer->format->row(t->writer, cells);
}

static bool answer_csv(struct bf_request *r, const struct explore_export *x,
                       const struct explore_datasets *all, struct bf_read *read)
{
    size_t n = 0;
    struct table t = {.row = explore_catalog_row_new(r, all, x->options.csv.list_separator)};
    const struct bf_write_column *columns = t.row ? explore_catalog_row_columns(t.row, &n) : NULL;
    if (columns)
        t.writer = x->format->open(r->arena, &r->response.body, columns, n, &x->options);
    if (!t.writer)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    x->format->begin(t.writer);
    if (!bf_answer_rows(r, read, print_row, &t))
        return false;
    x->format->end(t.writer);
    return true;
}

/* ---- json ---- */

static bool answer_json(struct bf_request *r, struct explore_datasets *all, struct bf_read *read)
{
    all->between = BF_STR(",");
    all->bare = true;
    bf_buf_char(&r->response.body, '[');
    if (!bf_answer_rows(r, read, explore_datasets_element, all))
        return false;
    bf_buf_char(&r->response.body, ']');
    return true;
}

bool explore_catalog_export(struct bf_request *r)
{
    const struct explore_export *x = ((const struct explore *)r->state)->export;
    const struct bf_export_file file = {x->format, &x->options, BF_STR("datasets"), false};
    const struct bf_str catalogue = {NULL, 0};
    struct explore_datasets all;
    if (!has_format(x->format))
        return explore_no_format(r, r->vars[0]);
    if (!bf_conn_ready(r->conn, &r->err) || !bf_conn_plans(r->conn, BF_PLANS_GENERIC, &r->err) ||
        !explore_datasets_open(r, r->query, &all))
        return false;
    struct bf_read *read = bf_read_stream(r->conn, r->arena, catalogue, &all.sql, &r->err);
    if (!read)
        return false;
    if (bf_answer_dated(r, read))
        return true;
    bf_export_head(r, &file);
    return x->format == &bf_format_csv ? answer_csv(r, x, &all, read) : answer_json(r, &all, read);
}
