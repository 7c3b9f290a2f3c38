#include "api/push/reach.h"

#include "store/regions.h"

static bool no_memory(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left for the contours.");
}

static bool wrong(struct bf_err *err, const struct bf_area_source *s, const char *what,
                  struct bf_str name)
{
    return BF_FAIL_WITH(err, BF_E_HANDLER,
                        "The areas \"%.*s\" of the manifest cannot be used: the dataset %.*s has "
                        "no %s%.*s.",
                        BF_STR_ARG(s->name), BF_STR_ARG(s->dataset), what, BF_STR_ARG(name));
}

/* As the script is to see a value of that type. */
static struct bf_raw_member member_of(struct bf_str name, enum bf_type type, struct bf_str text)
{
    struct bf_raw_member m = {.name = name, .kind = BF_RAW_TEXT, .text = text};
    if (!text.p)
        m.kind = BF_RAW_NULL;
    else if (type == BF_INT || type == BF_DOUBLE)
        m.kind = BF_RAW_NUMBER;
    else if (type == BF_BOOL)
        m.kind = bf_str_eq(text, BF_STR("true")) ? BF_RAW_TRUE : BF_RAW_FALSE;
    return m;
}

static bool find_fields(const struct bf_area_source *s, const struct bf_manifest *m,
                        const struct bf_manifest_field **fields, struct bf_err *err)
{
    if (m->geometry < 0 || m->fields[m->geometry].column.type != BF_GEO_SHAPE ||
        m->fields[m->geometry].added_by_handler)
        return wrong(err, s, "contours: its geometry has to be a geo_shape", BF_STR(""));
    for (size_t i = 0; i < s->nfields; i++) {
        fields[i] = bf_manifest_field(m, s->fields[i]);
        if (!fields[i] || fields[i]->added_by_handler)
            return wrong(err, s, "field ", s->fields[i]);
    }
    return true;
}

static bool make_layer(struct bf_arena *a, const struct bf_area_source *s,
                       const struct bf_manifest_field *const *fields,
                       const struct bf_regions *regions, struct bf_layer *layer)
{
    size_t n = regions->n;
    struct bf_area *areas = bf_arena_zalloc(a, n + 1, sizeof *areas);
    struct bf_raw_member *members = bf_arena_zalloc(a, n * s->nfields + 1, sizeof *members);
    for (size_t i = 0; areas && members && i < n; i++) {
        struct bf_raw_member *own = members + i * s->nfields;
        for (size_t j = 0; j < s->nfields; j++)
            own[j] = member_of(s->fields[j], fields[j]->column.type, regions->items[i].values[j]);
        areas[i] = (struct bf_area){regions->items[i].shape, {own, s->nfields}};
    }
    layer->areas = areas;
    layer->n = n;
    return areas && members;
}

static bool read_layer(struct bf_reach *r, struct bf_arena *a, struct bf_conn *conn,
                       const struct bf_manifest *m, const struct bf_area_source *s,
                       struct bf_layer *layer, struct bf_err *err)
{
    const struct bf_manifest_field *fields[BF_AREA_FIELDS];
    struct bf_regions regions;
    if (!find_fields(s, m, fields, err) ||
        !bf_regions_commit(conn, m->id, &r->layers[r->n].commit, err) ||
        !bf_regions_read(conn, a, m, fields, s->nfields, &regions, err))
        return false;
    r->layers[r->n++].dataset = bf_arena_dup(a, m->id);
    return make_layer(a, s, fields, &regions, layer) || no_memory(err);
}

bool bf_reach_read(struct bf_reach *r, struct bf_arena *a, struct bf_conn *conn,
                   const struct bf_registry *registry, const struct bf_manifest *m,
                   struct bf_err *err)
{
    struct bf_layer layers[BF_AREA_LAYERS] = {0};
    *r = (struct bf_reach){0};
    if (!m->nareas)
        return true;
    for (size_t i = 0; i < m->nareas; i++) {
        const struct bf_area_source *s = &m->areas[i];
        const struct bf_entry *entry = bf_registry_find(registry, s->dataset);
        layers[i].name = s->name;
        if (entry && !read_layer(r, a, conn, entry->manifest, s, &layers[i], err))
            return false;
    }
    r->areas = bf_areas_new(a, layers, m->nareas, err);
    return r->areas != NULL;
}

static bool commit_of(struct bf_str dataset, const struct bf_live *live, struct bf_conn *conn,
                      int64_t *commit, struct bf_err *err)
{
    struct bf_live_state state;
    if (!live || !bf_live_known(live, dataset, &state))
        return bf_regions_commit(conn, dataset, commit, err);
    *commit = state.commit;
    return true;
}

bool bf_reach_same(const struct bf_reach *r, const struct bf_live *live, struct bf_conn *conn,
                   bool *same, struct bf_err *err)
{
    *same = true;
    for (size_t i = 0; *same && i < r->n; i++) {
        int64_t commit;
        if (!commit_of(r->layers[i].dataset, live, conn, &commit, err))
            return false;
        *same = commit == r->layers[i].commit;
    }
    return true;
}
