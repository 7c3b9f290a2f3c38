#include "api/openapi/openapi.h"

#include <string.h>

/* ---- where the versions differ ---- */

void bf_openapi_type(struct bf_openapi *o, const char *type, bool nullable)
{
    struct bf_document *d = &o->d;
    if (nullable && o->v31) {
        bf_document_open(d, "type", '[');
        bf_document_text(d, NULL, type);
        bf_document_text(d, NULL, "null");
        bf_document_close(d, ']');
        return;
    }
    bf_document_text(d, "type", type);
    if (nullable)
        bf_document_bool(d, "nullable", true);
}

/* ---- shapes ---- */

static void value(struct bf_openapi *o, const struct bf_shape_member *m)
{
    if (m->of) {
        bf_openapi_ref(o, "schemas", m->of);
        return;
    }
    if (!m->type) /* anything */
        return;
    bf_openapi_type(o, m->type, m->flags & BF_SHAPE_NULLABLE);
    if (m->format)
        bf_document_text(&o->d, "format", m->format);
    if (m->choices)
        bf_document_texts(&o->d, "enum", m->choices);
}

static void member(struct bf_openapi *o, const struct bf_shape_member *m)
{
    struct bf_document *d = &o->d;
    bool list = m->flags & BF_SHAPE_LIST;
    bf_document_open(d, m->name, '{');
    if (list) {
        bf_document_text(d, "type", "array");
        bf_document_open(d, "items", '{');
    }
    value(o, m);
    if (list)
        bf_document_close(d, '}');
    if (m->fr && (list || !m->of)) /* nothing may stand beside a reference in 3.0 */
        bf_document_text(d, "description", bf_openapi_says(o, m->fr, m->en));
    bf_document_close(d, '}');
}

/* A record that is sent needs the fields of its key. */
static void key(struct bf_openapi *o)
{
    const struct bf_manifest *m = o->dataset->manifest;
    bf_document_open(&o->d, "required", '[');
    for (size_t i = 0; i < m->nfields; i++)
        if (m->fields[i].in_key)
            bf_document_str(&o->d, NULL, m->fields[i].column.name);
    bf_document_close(&o->d, ']');
}

static void required(struct bf_openapi *o, const struct bf_shape *shape)
{
    bool any = false;
    if (shape->is_record && o->dataset && o->api->sent) {
        key(o);
        return;
    }
    for (const struct bf_shape_member *m = shape->members; m->name; m++)
        any = any || m->flags & BF_SHAPE_REQUIRED;
    if (!any)
        return;
    bf_document_open(&o->d, "required", '[');
    for (const struct bf_shape_member *m = shape->members; m->name; m++)
        if (m->flags & BF_SHAPE_REQUIRED)
            bf_document_text(&o->d, NULL, m->name);
    bf_document_close(&o->d, ']');
}

/* One record of the dataset as it is. */
static void example(struct bf_openapi *o)
{
    struct bf_document *d = &o->d;
    if (o->dataset->record.n == 0)
        return;
    if (o->v31)
        bf_document_open(d, "examples", '[');
    bf_document_name(d, o->v31 ? NULL : "example");
    bf_buf_str(d->b, o->dataset->record);
    if (o->v31)
        bf_document_close(d, ']');
}

static void schema(struct bf_openapi *o, const struct bf_shape *shape)
{
    struct bf_document *d = &o->d;
    bf_document_open(d, shape->name, '{');
    bf_document_text(d, "type", "object");
    bf_document_text(d, "description", bf_openapi_says(o, shape->fr, shape->en));
    required(o, shape);
    bf_document_open(d, "properties", '{');
    for (const struct bf_shape_member *m = shape->members; m->name; m++)
        member(o, m);
    if (shape->is_record && o->dataset)
        bf_openapi_fields(o);
    bf_document_close(d, '}');
    if (shape->is_record && o->dataset)
        example(o);
    bf_document_close(d, '}');
}

/* ---- those that are used ---- */

enum { MOST_SHAPES = 64 };

/* The i-th shape of all tables; NULL: there are no more. */
static const struct bf_shape *shape_at(const struct bf_openapi *o, size_t i)
{
    for (const struct bf_shape *const *table = o->api->shapes; *table; table++)
        for (const struct bf_shape *shape = *table; shape->name; shape++)
            if (i-- == 0)
                return shape;
    return NULL;
}

/* Marks a shape and those it is made of. */
static void use(const struct bf_openapi *o, const char *name, bool used[MOST_SHAPES])
{
    size_t at = 0;
    const struct bf_shape *shape = shape_at(o, 0);
    while (shape && strcmp(shape->name, name) != 0)
        shape = shape_at(o, ++at);
    if (!shape || at >= MOST_SHAPES) {
        o->d.b->failed = true;
        return;
    }
    if (used[at])
        return;
    used[at] = true;
    for (const struct bf_shape_member *m = shape->members; m->name; m++)
        if (m->of)
            use(o, m->of, used);
}

/* What the answers of an operation are made of. */
static void use_operation(const struct bf_openapi *o, const struct bf_operation *operation,
                          bool used[MOST_SHAPES])
{
    const struct bf_format *const *format = operation->formats;
    const struct bf_operation_media *media = operation->media;
    if (operation->shape)
        use(o, operation->shape, used);
    if (operation->body)
        use(o, operation->body->shape, used);
    for (; format && *format; format++)
        if (strcmp((*format)->name, "geojson") == 0)
            use(o, "feature_collection", used);
    for (; media && media->type; media++)
        if (media->shape)
            use(o, media->shape, used);
}

void bf_openapi_schemas(struct bf_openapi *o)
{
    bool used[MOST_SHAPES] = {false};
    for (const struct bf_route *route = o->routes; route->name; route++) {
        if (!bf_openapi_described(o, route))
            continue;
        use_operation(o, route->operation, used);
        for (const struct bf_refusal *f = o->api->refusals; f->key; f++)
            if (f->shape && bf_openapi_refuses(route, f)) {
                use(o, f->shape, used);
                if (f->front)
                    use(o, "problem", used);
            }
    }
    bf_document_open(&o->d, "schemas", '{');
    const struct bf_shape *shape;
    for (size_t i = 0; (shape = shape_at(o, i)); i++)
        if (used[i])
            schema(o, shape);
    bf_document_close(&o->d, '}');
}
