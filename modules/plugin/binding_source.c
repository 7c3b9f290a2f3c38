/*
 * The rows of a request out of a source: a cursor from open to close, one value per stored field.
 */
#include "plugin/binding_inside.h"

/* What a source sets: the stored fields, each in a cell of its own. */
bool bf_binding_make_given(struct bf_binding *b)
{
    const struct bf_manifest *m = b->dataset.entry->manifest;
    struct bf_arena *a = b->plugins->arena;
    struct bf_row_field *fields = bf_arena_zalloc(a, m->schema.n, sizeof *fields);
    struct bf_cell *cells = bf_arena_zalloc(a, m->nfields, sizeof *cells);
    b->given = bf_arena_zalloc(a, m->nfields, sizeof *b->given);
    if (!fields || !cells || !b->given)
        return false;
    for (size_t i = 0; i < m->schema.n; i++) {
        bool stored = i < m->nfields && bf_manifest_stored(&m->fields[i]);
        fields[i] = (struct bf_row_field){stored ? (int)i : -1, m->schema.columns[i].type};
    }
    b->given_row = (struct bf_row){.cells = cells,
                                   .fields = fields,
                                   .nfields = m->schema.n,
                                   .arena = b->row_arena,
                                   .scratch = &b->scratch,
                                   .given = true};
    return true;
}

void bf_binding_close_source(struct bf_binding *b)
{
    if (b->source_open && b->handler.source_close) {
        bf_binding_enter(b, BF_HOOK_SOURCE);
        b->handler.source_close(b->self, b->cursor);
        bf_binding_leave(b);
    }
    b->source_open = false;
    b->req.source = NULL;
}

bool bf_binding_source_open(struct bf_binding *b, struct bf_hook_request *r, int64_t limit,
                            struct bf_source_told *told)
{
    enum bf_rc rc = BF_OK;
    b->req.hook = r;
    b->req.source = &b->source;
    b->cursor = NULL;
    if (!b->given || !bf_source_init(&b->source, r, &b->dataset.entry->manifest->schema, limit))
        return BF_FAIL_WITH(r->err, BF_E_MEMORY, "The request needs more memory than it has.");
    if (b->handler.source_open) {
        bf_binding_enter(b, BF_HOOK_SOURCE);
        rc = b->handler.source_open(&b->req, &b->source, b->self, &b->cursor);
        bf_binding_leave(b);
    }
    b->source.opening = false;
    b->source_open = rc == BF_OK;
    *told = b->source.told;
    return bf_binding_accept(r, "source_open", rc);
}

static void read_given(struct bf_binding *b)
{
    const struct bf_manifest *m = b->dataset.entry->manifest;
    for (size_t i = 0; i < m->nfields; i++)
        b->given[i] = bf_cell_value(b->given_row.cells[i], m->fields[i].column.type);
}

static enum bf_rc call_next(struct bf_binding *b)
{
    const struct bf_manifest *m = b->dataset.entry->manifest;
    bf_arena_reset(b->row_arena);
    for (size_t i = 0; i < m->nfields; i++)
        b->given_row.cells[i] = (struct bf_cell){NULL, -1};
    b->given_row.writable = true;
    bf_binding_enter(b, BF_HOOK_SOURCE);
    enum bf_rc rc = b->handler.source_next(&b->req, &b->given_row, b->self, b->cursor);
    bf_binding_leave(b);
    b->given_row.writable = false;
    return rc;
}

enum bf_given_row bf_binding_source_next(struct bf_binding *b, struct bf_hook_request *r,
                                         const struct bf_value **values)
{
    enum bf_rc rc;
    b->req.hook = r;
    do
        rc = call_next(b);
    while (rc == BF_SKIP && !bf_err_is_set(r->err));
    *values = b->given;
    if (rc == BF_END && !bf_err_is_set(r->err)) {
        bf_binding_close_source(b);
        return BF_GIVEN_END;
    }
    if (!bf_binding_accept(r, "source_next", rc))
        return BF_GIVEN_FAIL;
    read_given(b);
    return BF_GIVEN_ROW;
}
