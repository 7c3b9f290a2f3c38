#include "store/files.h"

#include "catalog/files.h"

/* The binary form of bytea is its bytes, as it is of text. */
bool bf_stored_files_apply(struct bf_applying *a)
{
    static const char insert_sql[] =
        "WITH f AS (INSERT INTO catalog.file (digest, bytes) VALUES (sha256($4::bytea), $4::bytea) "
        "ON CONFLICT DO NOTHING) INSERT INTO catalog.attachment (dataset, kind, id, digest) "
        "VALUES ($1::text, $2::text, $3::text, sha256($4::bytea))";
    const struct bf_manifest *m = a->what->manifest;
    const struct bf_str *bytes = a->what->files;
    struct bf_value params[] = {bf_value_text(a->id), bf_value_text(a->id), bf_value_text(a->id),
                                bf_value_text(a->id)};
    if (!bf_conn_change(a->conn, BF_STR("DELETE FROM catalog.attachment WHERE dataset = $1::text"),
                        params, 1, a->err))
        return false;
    for (int kind = 0; bytes && kind < BF_FILE_KINDS; kind++) {
        params[1] = bf_value_text(bf_str_of(bf_file_kinds[kind].member));
        for (size_t i = 0; i < m->files[kind].n; i++) {
            params[2] = bf_value_text(m->files[kind].items[i].id);
            params[3] = bf_value_text(*bytes++);
            if (!bf_conn_change(a->conn, bf_str_of(insert_sql), params, 4, a->err))
                return false;
            bf_buf_printf(a->done, "took over the %s %.*s\n", bf_file_kinds[kind].name,
                          BF_STR_ARG(m->files[kind].items[i].file));
        }
    }
    return bf_conn_change(a->conn, BF_STR("SELECT catalog.keep_files($1::text)"), params, 1,
                          a->err);
}

/* ---- reading ---- */

#define PIECE "262144"

enum { BYTES, LENGTH };

struct bf_read *bf_stored_file_open(struct bf_conn *c, struct bf_arena *a,
                                    const struct bf_stored_file *f, struct bf_err *err)
{
    struct bf_value *params = bf_arena_zalloc(a, 3, sizeof *params);
    if (!params) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
        return NULL;
    }
    params[0] = bf_value_text(f->dataset);
    params[1] = bf_value_text(bf_str_of(bf_file_kinds[f->kind].member));
    params[2] = bf_value_text(f->id);
    const struct bf_sql sql = {
        .columns = BF_STR("substring(t.bytes FROM p.n * " PIECE " + 1 FOR " PIECE
                          "), length(t.bytes)::bigint"),
        .ncolumns = 2,
        .rows = BF_STR("catalog.attachment AS a JOIN catalog.file AS t USING (digest), "
                       "generate_series(0, greatest(length(t.bytes) - 1, 0) / " PIECE ") AS p(n) "
                       "WHERE a.dataset = $1::text AND a.kind = $2::text AND a.id = $3::text"),
        .order = BF_STR(" ORDER BY p.n"),
        .window = f->begin ? BF_STR(" LIMIT 1") : BF_STR(""),
        .params = params,
        .nparams = 3,
    };
    return bf_read_stream(c, a, f->dataset, &sql, err);
}

bool bf_stored_file_next(struct bf_read *read, struct bf_str *piece, int64_t *length,
                         struct bf_err *err)
{
    if (!bf_read_next(read, err))
        return false;
    *piece = bf_cell_text(read->cells[BYTES]);
    *length = bf_cell_int(read->cells[LENGTH]);
    return true;
}
