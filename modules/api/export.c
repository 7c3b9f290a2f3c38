#include "api/export.h"

#include "api/answer.h"
#include "format/gzip.h"

enum { PLAIN_MAX = 64 << 20, PACK_FROM = 32 * 1024 };

struct bf_export {
    const struct bf_export_file *file;
    struct bf_writer *writer;
    struct bf_gzip *gzip; /* NULL: the writer prints into the answer itself */
    struct bf_buf plain;
    struct bf_buf *body;
};

static void release_plain(void *export)
{
    bf_buf_fini(&((struct bf_export *)export)->plain);
}

struct bf_export *bf_export_open(struct bf_request *r, const struct bf_export_file *file,
                                 const struct bf_write_column *columns, size_t n)
{
    struct bf_export *e = bf_arena_zalloc(r->arena, 1, sizeof *e);
    if (e) {
        e->file = file;
        e->body = &r->response.body;
        bf_buf_init(&e->plain, PLAIN_MAX);
    }
    if (e && file->compressed && bf_defer(r->arena, release_plain, e))
        e->gzip = bf_gzip_new(r->arena);
    if (e && !e->gzip == !file->compressed)
        e->writer =
            file->format->open(r->arena, e->gzip ? &e->plain : e->body, columns, n, file->options);
    if (e && e->writer)
        return e;
    BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    return NULL;
}

void bf_export_head(struct bf_request *r, const struct bf_export_file *file)
{
    bf_response_header_f(&r->response, "Content-Disposition", "attachment; filename=\"%.*s.%s%s\"",
                         BF_STR_ARG(file->name), file->format->extension,
                         file->compressed ? ".gzip" : "");
    bf_answer_begin(r, 200, file->compressed ? "application/gzip" : file->format->content_type);
}

static void pack(struct bf_export *e)
{
    e->body->failed = e->body->failed || bf_buf_failed(&e->plain);
    bf_gzip_feed(e->gzip, bf_buf_view(&e->plain), e->body);
    bf_buf_clear(&e->plain);
}

static void print_row(void *self, const struct bf_cell *cells)
{
    struct bf_export *e = self;
    e->writer->format->row(e->writer, cells);
    if (e->gzip && e->plain.n >= PACK_FROM)
        pack(e);
}

bool bf_export_answer(struct bf_request *r, struct bf_export *e, struct bf_read *read)
{
    bf_export_head(r, e->file);
    e->writer->format->begin(e->writer);
    if (!bf_answer_rows(r, read, print_row, e))
        return false;
    e->writer->format->end(e->writer);
    if (e->gzip) {
        pack(e);
        bf_gzip_end(e->gzip, e->body);
    }
    return true;
}
