#include "format/formats.h"

#include "format/json_row.h"

static void nothing(struct bf_writer *w)
{
    (void)w;
}

static void row(struct bf_writer *w, const struct bf_cell *cells)
{
    w->rows++;
    bf_json_writer_row(w, cells);
    bf_buf_char(w->out, '\n');
}

static struct bf_writer *open_jsonl(struct bf_arena *a, struct bf_buf *out,
                                    const struct bf_write_column *columns, size_t n,
                                    const struct bf_write_options *options)
{
    return bf_json_writer_open(&bf_format_jsonl, a, out, columns, n, options, -1);
}

const struct bf_format bf_format_jsonl = {
    .name = "jsonl",
    .content_type = "application/jsonl; charset=utf-8",
    .extension = "jsonl",
    .begin = nothing,
    .row = row,
    .end = nothing,
    .open = open_jsonl,
};
