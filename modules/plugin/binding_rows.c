/*
 * The rows of a request through the row hook: which cell is which field, one call per row, and what
 * a script that was switched off may still do with a copy of them.
 */
#include "plugin/binding_inside.h"

#include <string.h>

bool bf_binding_has_row(const struct bf_binding *b)
{
    return b->handler.row != NULL && b->script.state[BF_FUSE_ROW] != BF_FUSE_OFF;
}

bool bf_binding_row_off(const struct bf_binding *b)
{
    return bf_script_row_off(&b->script);
}

bool bf_binding_trying(const struct bf_binding *b)
{
    return b->script.state[BF_FUSE_ROW] == BF_FUSE_TRIAL;
}

int64_t bf_binding_back_wall(const struct bf_binding *b)
{
    return b->script.maker ? bf_fuse_back_wall(&b->script.fuse, BF_FUSE_ROW) : 0;
}

bool bf_binding_prepare_rows(struct bf_binding *b, struct bf_hook_request *r)
{
    const struct bf_schema *schema = &b->dataset.entry->manifest->schema;
    b->placed = false;
    for (size_t i = 0; i < schema->n && bf_binding_has_row(b); i++) {
        bool read = b->dataset.asked[i] && !(schema->columns[i].flags & BF_COLUMN_OUTPUT_ONLY);
        if (read && !bf_query_carry(r->query, &schema->columns[i], r->err))
            return false;
    }
    return true;
}

/* The cells of what the client selected. A field may be selected twice (`a, a as b`): its place is
 * the first of a chain. */
static bool place_outputs(struct bf_binding *b, struct bf_hook_request *r, size_t n)
{
    const struct bf_schema *schema = &b->dataset.entry->manifest->schema;
    const struct bf_sql *sql = r->sql;
    b->row.same = NULL;
    b->row.nsame = 0;
    if (!sql)
        return true;
    int *same = bf_arena_zalloc(r->arena, sql->noutputs, sizeof *same);
    if (!same || sql->noutputs > n)
        return BF_FAIL_WITH(r->err, BF_E_INTERNAL, "Something failed inside the server.");
    for (size_t i = sql->noutputs; i-- > 0;) {
        const struct bf_column *c = sql->outputs[i].column;
        same[i] = -1;
        if (!c || c < schema->columns || c >= schema->columns + schema->n)
            continue;
        struct bf_row_field *f = &b->fields[c - schema->columns];
        same[i] = f->place;
        f->place = (int)i;
    }
    b->row.same = same;
    b->row.nsame = sql->noutputs;
    return true;
}

static bool place_fields(struct bf_binding *b, struct bf_hook_request *r, size_t n)
{
    const struct bf_schema *schema = &b->dataset.entry->manifest->schema;
    for (size_t i = 0; i < schema->n; i++)
        b->fields[i].place = -1;
    if (!place_outputs(b, r, n))
        return false;
    for (size_t i = 0; i < schema->n; i++) {
        struct bf_row_field *f = &b->fields[i];
        if (f->place < 0)
            f->place = bf_query_place(r->query, &schema->columns[i]);
        if (f->place >= 0 && (size_t)f->place >= n)
            return BF_FAIL_WITH(r->err, BF_E_INTERNAL, "Something failed inside the server.");
    }
    b->row.fields = b->fields;
    b->row.nfields = schema->n;
    b->row.arena = b->row_arena;
    b->row.scratch = &b->scratch;
    b->placed = true;
    return true;
}

static enum bf_rc call_row(struct bf_binding *b, struct bf_hook_request *r, struct bf_cell *cells)
{
    bf_arena_reset(b->row_arena);
    b->req.hook = r;
    b->req.said = false;
    b->row.cells = cells;
    b->row.writable = true;
    bf_binding_enter(b, BF_HOOK_ROW);
    enum bf_rc rc = b->handler.row(&b->req, &b->row, b->self);
    bf_binding_leave(b);
    b->row.writable = false;
    b->script.rows++;
    return rc;
}

static enum bf_row_verdict accept_row(struct bf_binding *b, struct bf_hook_request *r,
                                      enum bf_rc rc)
{
    if (rc == BF_OK && !bf_err_is_set(r->err))
        return BF_ROW_KEEP;
    if (rc == BF_SKIP && !bf_err_is_set(r->err))
        return BF_ROW_SKIP;
    const char *why = bf_binding_word(b, r, "on_record");
    bf_binding_judge(b, r, BF_FUSE_ROW, bf_binding_accept(r, "row", rc), why);
    return BF_ROW_FAIL;
}

/* A script that was switched off, on a copy of the row: whatever comes of it, the row stays. */
static enum bf_row_verdict try_row(struct bf_binding *b, const struct bf_hook_request *r,
                                   const struct bf_cell *cells, size_t n)
{
    struct bf_hook_request apart = *r;
    struct bf_cell *copies = b->copies;
    if (b->room < n)
        copies = bf_arena_grow(b->plugins->arena, copies, &b->room, n, sizeof *copies);
    if (!copies)
        return BF_ROW_KEEP;
    b->copies = copies;
    memcpy(copies, cells, n * sizeof *copies);
    bf_err_clear(&b->tried);
    apart.err = &b->tried;
    enum bf_rc rc = call_row(b, &apart, copies);
    accept_row(b, &apart, rc);
    return BF_ROW_KEEP;
}

enum bf_row_verdict bf_binding_row(struct bf_binding *b, struct bf_hook_request *r,
                                   struct bf_cell *cells, size_t n)
{
    if (!bf_binding_has_row(b))
        return BF_ROW_KEEP;
    if (!b->placed && !place_fields(b, r, n))
        return BF_ROW_FAIL;
    if (bf_binding_row_off(b))
        return try_row(b, r, cells, n);
    return accept_row(b, r, call_row(b, r, cells));
}
