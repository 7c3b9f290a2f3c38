#include "api/records1/facet_json.h"
#include "api/records1/geo.h"
#include "api/records1/q.h"
#include "api/records1/steps.h"
#include "store/record_id.h"

static bool no_memory(struct bf_request *r)
{
    return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
}

/* A list that grows in a buffer and is kept in the arena. */
static bool keep(struct bf_request *r, struct bf_buf *b, struct bf_str *out)
{
    if (b->n)
        *out = bf_arena_dup(r->arena, bf_buf_view(b));
    bool ok = !bf_buf_failed(b) && (b->n == 0 || out->p);
    bf_buf_fini(b);
    return ok || no_memory(r);
}

/* `fields=nom,geo` as a select of quoted names. */
static bool select_of(struct bf_request *r, struct bf_str *out)
{
    struct bf_str rest = bf_http_param(&r->http, "fields");
    struct bf_buf b;
    bf_buf_init(&b, 1 << 16);
    while (rest.n) {
        struct bf_str name = bf_str_trim(bf_str_cut(rest, ',', &rest));
        if (name.n == 0)
            continue;
        bf_buf_text(&b, b.n ? ", " : "");
        records1_name(&b, name);
    }
    return keep(r, &b, out);
}

/* `sort=field` is descending, `sort=-field` ascending. */
static bool order_of(struct bf_request *r, struct bf_str *out)
{
    struct bf_str rest = bf_http_param(&r->http, "sort");
    struct bf_buf b;
    bf_buf_init(&b, 1 << 16);
    while (rest.n) {
        struct bf_str name = bf_str_trim(bf_str_cut(rest, ',', &rest));
        bool ascending = name.n && name.p[0] == '-';
        if (ascending)
            name = (struct bf_str){name.p + 1, name.n - 1};
        if (name.n == 0)
            continue;
        bf_buf_text(&b, b.n ? ", " : "");
        records1_name(&b, name);
        bf_buf_text(&b, ascending ? " asc" : " desc");
    }
    return keep(r, &b, out);
}

/* `field`:"value" */
static bool facet_value(struct bf_request *r, struct bf_str field, struct bf_str value,
                        struct bf_str *out)
{
    struct bf_buf b;
    bf_buf_init(&b, 1 << 16);
    records1_name(&b, field);
    bf_buf_text(&b, ":\"");
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '"' || value.p[i] == '\\')
            bf_buf_char(&b, '\\');
        bf_buf_char(&b, value.p[i]);
    }
    bf_buf_char(&b, '"');
    return keep(r, &b, out);
}

static bool many_facets(struct bf_request *r, const char *prefix)
{
    struct bf_bound_text text;
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER, "Invalid value for %s* API parameters: %s.",
                        prefix, bf_bound_say(&text, BF_BOUND_REPEATS, -1, NULL));
}

static bool facets_of(struct bf_request *r, const char *prefix, struct bf_str *out, size_t *n)
{
    struct bf_str field;
    struct bf_str value;
    size_t at = 0;
    *n = 0;
    while (records1_dotted(r, prefix, &at, &field, &value)) {
        if (*n == RECORDS1_REPEATS)
            return many_facets(r, prefix);
        if (!facet_value(r, field, value, &out[(*n)++]))
            return false;
    }
    return true;
}

/* ---- conditions: geofilters and q ---- */

static struct bf_str main_geometry(const struct bf_request *r)
{
    if (!r->dataset)
        return (struct bf_str){NULL, 0}; /* the catalogue */
    const struct bf_manifest *m = r->dataset->manifest;
    return m->geometry < 0 ? (struct bf_str){NULL, 0} : m->fields[m->geometry].column.name;
}

bool records1_geometry(struct bf_request *r, struct bf_str *field)
{
    *field = bf_str_trim(bf_http_param(&r->http, "geo_field"));
    if (field->n == 0)
        *field = main_geometry(r);
    const struct bf_column *c = bf_schema_column(r->schema, *field);
    if (c && (c->type == BF_GEO_POINT || c->type == BF_GEO_SHAPE))
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        field->n ? "Invalid value for geo_field API parameter: %.*s was found but "
                                   "a geographic field is expected."
                                 : "The dataset has no geographic field.%.*s",
                        (int)(field->n < 200 ? field->n : 200), field->p);
}

bool records1_only_known(struct bf_request *r, struct bf_str field)
{
    struct bf_buf b;
    bf_buf_init(&b, 1 << 10);
    records1_name(&b, field);
    bf_buf_text(&b, " is not null");
    bool ok = bf_query_and(r->query, bf_buf_view(&b), NULL, 0, &r->err);
    bf_buf_fini(&b);
    return ok;
}

static bool geofilter(struct bf_request *r, const char *name, bool polygon)
{
    struct bf_str text = bf_http_param(&r->http, name);
    struct bf_str field = main_geometry(r);
    if (text.n == 0)
        return true;
    if (field.n == 0)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "Invalid value for %s API parameter: the dataset has no geometry.",
                            name);
    struct bf_buf b;
    bf_buf_init(&b, 1 << 16);
    bool ok = polygon ? records1_polygon(&b, "polygon", field, text, name, &r->err)
                      : records1_distance(&b, field, text, (struct bf_str){NULL, 0}, name, &r->err);
    ok = ok && bf_query_and(r->query, bf_buf_view(&b), NULL, 0, &r->err);
    bf_buf_fini(&b);
    return ok;
}

/* `geofilter.bbox=south,west,north,east`, as the vendor's maps send it. */
static bool box(struct bf_request *r)
{
    struct bf_str text = bf_http_param(&r->http, "geofilter.bbox");
    struct bf_str field = main_geometry(r);
    struct bf_buf b;
    if (text.n == 0)
        return true;
    bf_buf_init(&b, 1 << 10);
    bool ok = field.n ? records1_box(&b, field, text, "geofilter.bbox", &r->err)
                      : BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                                     "Invalid value for geofilter.bbox API parameter: the dataset "
                                     "has no geometry.");
    ok = ok && bf_query_and(r->query, bf_buf_view(&b), NULL, 0, &r->err);
    bf_buf_fini(&b);
    return ok;
}

static bool conditions(struct bf_request *r)
{
    struct records1_q q = {r->arena, r->schema, main_geometry(r)};
    return box(r) && geofilter(r, "geofilter.distance", false) &&
           geofilter(r, "geofilter.polygon", true) &&
           records1_q_add(&q, bf_http_param(&r->http, "q"), r->query, &r->err);
}

/* ---- steps ---- */

static bool build(struct bf_request *r, struct bf_query_text *text)
{
    const struct records1 *p = r->state;
    text->zone = p->zone;
    text->english = p->english;
    text->limit = p->rows;
    struct bf_str digest = bf_http_param(&r->http, "geo_digest");
    if (bf_record_id_read(digest, NULL)) /* of a geopreview: one record */
        text->record_id = digest;
    text->offset = p->start;
    if (!facets_of(r, "refine.", text->refine, &text->refines) ||
        !facets_of(r, "exclude.", text->exclude, &text->excludes) || !records1_facet_texts(r, text))
        return false;
    r->query = bf_query_parse(r->arena, text, &r->err);
    return r->query && conditions(r);
}

bool records1_build(struct bf_request *r)
{
    struct bf_query_text text = {.limit = 0};
    r->schema = bf_request_schema(r, "1.0");
    return select_of(r, &text.select) && order_of(r, &text.order_by) && build(r, &text);
}

bool records1_build_places(struct bf_request *r)
{
    struct bf_str field;
    struct bf_query_text text = {.limit = 0};
    struct bf_buf b;
    r->schema = bf_request_schema(r, "1.0");
    if (!records1_geometry(r, &field))
        return false;
    bf_buf_init(&b, 1 << 10);
    records1_name(&b, field);
    return keep(r, &b, &text.select) && build(r, &text);
}

bool records1_build_grouped(struct bf_request *r, struct bf_str select, struct bf_str groups,
                            struct bf_str order)
{
    const struct records1 *p = r->state;
    struct bf_query_text text = {
        .select = select, .group_by = groups, .order_by = order, .shapes = p->shapes};
    return build(r, &text);
}

bool records1_build_catalogue(struct bf_request *r, const struct bf_schema *schema)
{
    struct bf_query_text text = {.select = BF_STR_INIT("dataset_id")};
    r->schema = schema;
    return order_of(r, &text.order_by) && build(r, &text);
}

bool records1_build_one(struct bf_request *r)
{
    const struct records1 *p = r->state;
    struct bf_query_text text = {.zone = p->zone, .limit = 1, .record_id = r->vars[1]};
    if (!bf_record_id_read(r->vars[1], NULL))
        return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE,
                            "The requested record %.*s does not exist.", BF_STR_ARG(r->vars[1]));
    r->schema = bf_request_schema(r, "1.0");
    r->query = bf_query_parse(r->arena, &text, &r->err);
    return r->query != NULL;
}
