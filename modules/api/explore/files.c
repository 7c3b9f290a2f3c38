#include "api/explore/steps.h"

#include "api/answer.h"
#include "api/explore/links.h"
#include "catalog/files.h"
#include "store/files.h"

/* ---- the list of attachments (contract 4.5) ---- */

static void print_address(struct bf_request *r, struct bf_str id)
{
    explore_href(r, "/datasets/");
    bf_buf_printf(&r->response.body, "%.*s/attachments", BF_STR_ARG(r->vars[0]));
    if (id.n)
        bf_buf_printf(&r->response.body, "/%.*s", BF_STR_ARG(id));
}

static void print_one(struct bf_request *r, const struct bf_file *f)
{
    struct bf_buf *b = &r->response.body;
    bf_buf_text(b, "{\"href\": \"");
    print_address(r, f->id);
    bf_buf_text(b, "\", \"metas\": {\"mime-type\": ");
    bf_buf_json(b, f->mimetype);
    bf_buf_text(b, ", \"title\": ");
    bf_buf_json(b, f->title);
    bf_buf_text(b, ", \"id\": ");
    bf_buf_json(b, f->id);
    bf_buf_text(b, "}}");
}

bool explore_attachments(struct bf_request *r)
{
    const struct bf_files *files = &r->dataset->manifest->files[BF_FILE_ATTACHMENT];
    struct bf_buf *b = &r->response.body;
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    bf_buf_text(b, "{\"links\": [{\"href\": \"");
    print_address(r, (struct bf_str){NULL, 0});
    bf_buf_text(b, "\", \"rel\": \"self\"}, {\"href\": \"");
    explore_href(r, "/datasets/");
    bf_buf_printf(b, "%.*s\", \"rel\": \"dataset\"}], \"attachments\": [", BF_STR_ARG(r->vars[0]));
    for (size_t i = 0; i < files->n; i++) {
        bf_buf_text(b, i ? ", " : "");
        print_one(r, &files->items[i]);
    }
    bf_buf_text(b, "]}");
    return true;
}

/* ---- one file ---- */

static bool missing(struct bf_request *r, enum bf_file_kind kind)
{
    return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE, "The requested %s %.*s does not exist.",
                        bf_file_kinds[kind].name, BF_STR_ARG(r->vars[1]));
}

/* Saved, never shown: it is somebody's file under our own address. A long one leaves in pieces, so
 * its length is said before; HEAD reads one piece to know it. */
static void begin(struct bf_request *r, const struct bf_file *f, int64_t length)
{
    bf_response_header_f(&r->response, "Content-Disposition", "attachment; filename=\"%.*s\"",
                         BF_STR_ARG(f->file));
    bf_answer_begin(r, 200, f->mimetype.p);
    r->response.unmeasured = r->response.no_body || length >= BF_RESPONSE_HOLD;
    if (r->response.unmeasured)
        bf_response_header_f(&r->response, "Content-Length", "%lld", (long long)length);
}

static bool send(struct bf_request *r, const struct bf_file *f, struct bf_read *read,
                 enum bf_file_kind kind)
{
    struct bf_str piece;
    int64_t length;
    bool begun = false;
    while (bf_stored_file_next(read, &piece, &length, &r->err)) {
        if (!begun)
            begin(r, f, length);
        begun = true;
        if (r->response.no_body)
            continue;
        bf_buf_str(&r->response.body, piece);
        if (!bf_answer_flush(r))
            return false;
    }
    if (bf_err_is_set(&r->err))
        return false;
    return begun || missing(r, kind);
}

static bool answer(struct bf_request *r, enum bf_file_kind kind)
{
    const struct bf_manifest *m = r->dataset->manifest;
    const struct bf_file *f = bf_files_find(m, kind, r->vars[1]);
    if (!f)
        return missing(r, kind);
    /* Records in another form are for those who may read them. */
    if (kind == BF_FILE_EXPORT && r->dataset->records_hidden)
        return BF_FAIL_WITH(&r->err, BF_E_FORBIDDEN,
                            "You don't have permission to access the requested resource");
    if (!bf_conn_ready(r->conn, &r->err))
        return false;
    const struct bf_stored_file stored = {m->id, kind, f->id, r->response.no_body};
    struct bf_read *read = bf_stored_file_open(r->conn, r->arena, &stored, &r->err);
    if (!read)
        return false;
    return bf_answer_dated(r, read) || send(r, f, read, kind);
}

bool explore_attachment(struct bf_request *r)
{
    return answer(r, BF_FILE_ATTACHMENT);
}

bool explore_alternative_export(struct bf_request *r)
{
    return answer(r, BF_FILE_EXPORT);
}
