#include "format/formats.h"

#include "format/json_row.h"

static void begin(struct bf_writer *w)
{
    bf_buf_char(w->out, '[');
}

static void row(struct bf_writer *w, const struct bf_cell *cells)
{
    if (w->rows++)
        bf_buf_char(w->out, ',');
    bf_json_writer_row(w, cells);
}

static void end(struct bf_writer *w)
{
    bf_buf_char(w->out, ']');
}

static struct bf_writer *open_json(struct bf_arena *a, struct bf_buf *out,
                                   const struct bf_write_column *columns, size_t n,
                                   const struct bf_write_options *options)
{
    return bf_json_writer_open(&bf_format_json, a, out, columns, n, options, -1);
}

const struct bf_format bf_format_json = {
    .name = "json",
    .content_type = "application/json; charset=utf-8",
    .extension = "json",
    .begin = begin,
    .row = row,
    .end = end,
    .open = open_json,
};
