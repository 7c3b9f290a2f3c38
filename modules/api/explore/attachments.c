#include "api/explore/steps.h"

#include "api/answer.h"
#include "api/explore/links.h"
#include "store/attachments.h"

#include <string.h>

/* ---- the list (contract 4.5) ---- */

static void print_address(struct bf_request *r, struct bf_str id)
{
    explore_href(r, "/datasets/");
    bf_buf_printf(&r->response.body, "%.*s/attachments", BF_STR_ARG(r->vars[0]));
    if (id.n)
        bf_buf_printf(&r->response.body, "/%.*s", BF_STR_ARG(id));
}

static void print_one(struct bf_request *r, const struct bf_attachment *a)
{
    struct bf_buf *b = &r->response.body;
    bf_buf_text(b, "{\"href\": \"");
    print_address(r, a->id);
    bf_buf_text(b, "\", \"metas\": {\"mime-type\": ");
    bf_buf_json(b, a->mimetype);
    bf_buf_text(b, ", \"title\": ");
    bf_buf_json(b, a->title);
    bf_buf_text(b, ", \"id\": ");
    bf_buf_json(b, a->id);
    bf_buf_text(b, "}}");
}

bool explore_attachments(struct bf_request *r)
{
    const struct bf_manifest *m = r->dataset->manifest;
    struct bf_buf *b = &r->response.body;
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    bf_buf_text(b, "{\"links\": [{\"href\": \"");
    print_address(r, (struct bf_str){NULL, 0});
    bf_buf_text(b, "\", \"rel\": \"self\"}, {\"href\": \"");
    explore_href(r, "/datasets/");
    bf_buf_printf(b, "%.*s\", \"rel\": \"dataset\"}], \"attachments\": [", BF_STR_ARG(r->vars[0]));
    for (size_t i = 0; i < m->nattachments; i++) {
        bf_buf_text(b, i ? ", " : "");
        print_one(r, &m->attachments[i]);
    }
    bf_buf_text(b, "]}");
    return true;
}

/* ---- one file ---- */

static const struct bf_attachment *find(const struct bf_request *r)
{
    const struct bf_manifest *m = r->dataset->manifest;
    for (size_t i = 0; i < m->nattachments; i++)
        if (bf_str_eq(m->attachments[i].id, r->vars[1]))
            return &m->attachments[i];
    return NULL;
}

static bool missing(struct bf_request *r, const char *what)
{
    return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE, "The requested %s %.*s does not exist.",
                        what, BF_STR_ARG(r->vars[1]));
}

/* Saved, never shown: it is somebody's file under our own address. */
bool explore_attachment(struct bf_request *r)
{
    struct bf_str bytes;
    const struct bf_attachment *a = find(r);
    if (!a)
        return missing(r, "attachment");
    if (!bf_conn_ready(r->conn, &r->err))
        return false;
    struct bf_read *read =
        bf_attachment_read(r->conn, r->arena, r->dataset->manifest->id, a->id, &bytes, &r->err);
    if (!read)
        return false;
    if (bf_answer_dated(r, read))
        return true;
    bf_answer_begin(r, 200, a->mimetype.p);
    bf_response_header_f(&r->response, "Content-Disposition", "attachment; filename=\"%.*s\"",
                         BF_STR_ARG(a->file));
    bf_buf_str(&r->response.body, bytes);
    return !bf_buf_failed(&r->response.body) ||
           BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The file is too large for one request.");
}

bool explore_alternative_export(struct bf_request *r)
{
    return missing(r, "alternative export");
}
