#include "store/own.h"

#include "store/catalog.h"
#include "store/result.h"

enum { SCRATCH = 1 << 16 };

static bool find_field(const struct bf_manifest *m, const struct bf_own_column *c, size_t *at,
                       struct bf_err *err)
{
    const struct bf_manifest_field *f = bf_manifest_field(m, c->name);
    *at = f ? (size_t)(f - m->fields) : 0;
    if (f && f->column.type == c->type && bf_manifest_stored(f))
        return true;
    return BF_FAIL_WITH(err, BF_E_PARAMETER, "The dataset %.*s has no field %.*s of type %s.",
                        BF_STR_ARG(m->id), BF_STR_ARG(c->name), bf_type_info(c->type)->name);
}

bool bf_own_find(struct bf_own *o, struct bf_conn *c, struct bf_arena *a, const char *id,
                 const struct bf_own_column *columns, size_t n, struct bf_err *err)
{
    struct bf_registry registry;
    size_t left_out;
    *o = (struct bf_own){.conn = c, .arena = a, .columns = columns, .ncolumns = n};
    bf_registry_init(&registry, a);
    if (!bf_catalog_load(c, &registry, &left_out, err))
        return false;
    o->entry = bf_registry_find(&registry, bf_str_of(id));
    if (!o->entry)
        return BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE,
                            "There is no dataset %s; `beffroi apply` makes it from handlers/%s.",
                            id, id);
    o->at = bf_arena_zalloc(a, n, sizeof *o->at);
    if (!o->at)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the dataset %s", id);
    for (size_t i = 0; i < n; i++)
        if (!find_field(o->entry->manifest, &columns[i], &o->at[i], err))
            return false;
    return true;
}

struct filling {
    struct bf_own *own;
    struct bf_batch *batch;
    struct bf_value *values;
    struct bf_digest *digest;
    struct bf_buf scratch;
};

static bool add_row(struct filling *f, const PGresult *res, int row, struct bf_err *err)
{
    unsigned char id[BF_RECORD_ID];
    const struct bf_own *o = f->own;
    for (size_t i = 0; i < o->ncolumns; i++)
        f->values[o->at[i]] = bf_cell_value(bf_result_cell(res, row, (int)i), o->columns[i].type);
    bf_record_id(o->entry->manifest, f->values, &f->scratch, f->digest, id);
    return bf_batch_row(f->batch, id, f->values, err);
}

bool bf_own_write(struct bf_own *o, enum bf_batch_mode mode, const PGresult *res, const char *sub,
                  struct bf_commit_result *result, struct bf_err *err)
{
    struct bf_batch_push push = {.sub = bf_str_of(sub)};
    struct filling f = {.own = o, .digest = bf_digest_new()};
    f.values = bf_arena_zalloc(o->arena, o->entry->manifest->nfields, sizeof *f.values);
    bool ok = (f.values && f.digest) || BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to write");
    bf_buf_init(&f.scratch, SCRATCH);
    f.batch = ok ? bf_batch_open(o->conn, o->arena, o->entry, mode, err) : NULL;
    ok = f.batch != NULL;
    for (int row = 0; ok && row < PQntuples(res); row++)
        ok = add_row(&f, res, row, err);
    ok = ok && bf_batch_commit(f.batch, &push, result, err);
    if (f.batch)
        bf_batch_abandon(f.batch);
    bf_buf_fini(&f.scratch);
    bf_digest_free(f.digest);
    return ok;
}
