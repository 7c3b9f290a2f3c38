#include "store/attachments.h"

static struct bf_value text(struct bf_str s)
{
    return (struct bf_value){.type = BF_TEXT, .text = s};
}

static bool run(struct bf_applying *a, const char *sql, const struct bf_value *params, size_t n)
{
    PGresult *res = bf_conn_query(a->conn, bf_str_of(sql), params, n, a->err);
    PQclear(res);
    return res != NULL;
}

/* The binary form of bytea is its bytes, as it is of text. */
bool bf_attachments_apply(struct bf_applying *a)
{
    const struct bf_manifest *m = a->what->manifest;
    struct bf_value params[] = {text(a->id), text(a->id), text(a->id)};
    if (!run(a, "DELETE FROM catalog.attachment WHERE dataset = $1::text", params, 1))
        return false;
    for (size_t i = 0; a->what->attachments && i < m->nattachments; i++) {
        params[1] = text(m->attachments[i].id);
        params[2] = text(a->what->attachments[i]);
        if (!run(a, "INSERT INTO catalog.attachment VALUES ($1::text, $2::text, $3::bytea)", params,
                 3))
            return false;
        bf_buf_printf(a->done, "took over the attachment %.*s\n",
                      BF_STR_ARG(m->attachments[i].file));
    }
    return true;
}

struct bf_read *bf_attachment_read(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                                   struct bf_str id, struct bf_str *bytes, struct bf_err *err)
{
    const struct bf_value params[] = {text(dataset), text(id)};
    const struct bf_sql sql = {
        .columns = BF_STR("t.bytes"),
        .ncolumns = 1,
        .from = BF_STR("catalog.attachment AS t"),
        .rows = BF_STR("catalog.attachment AS t WHERE t.dataset = $1::text AND t.id = $2::text"),
        .order = BF_STR(" ORDER BY t.id"),
        .params = params,
        .nparams = sizeof params / sizeof params[0],
    };
    struct bf_read *read = bf_read_page(c, a, dataset, &sql, BF_READ_NO_TOTAL, err);
    if (!read)
        return NULL;
    if (!bf_read_next(read, err)) {
        BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE, "The requested attachment %.*s does not exist.",
                     BF_STR_ARG(id));
        return NULL;
    }
    *bytes = bf_cell_text(read->cells[0]);
    return read;
}
