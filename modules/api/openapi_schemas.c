#include "api/openapi.h"

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

static void required(struct bf_openapi *o, const struct bf_shape *shape)
{
    bool any = false;
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

enum { MOST_SHAPES = 32 };

/* Marks a shape and those it is made of. */
static void use(const struct bf_openapi *o, const char *name, bool used[MOST_SHAPES])
{
    size_t at = 0;
    while (at < MOST_SHAPES && o->shapes[at].name && strcmp(o->shapes[at].name, name) != 0)
        at++;
    if (at == MOST_SHAPES || !o->shapes[at].name || used[at])
        return;
    used[at] = true;
    for (const struct bf_shape_member *m = o->shapes[at].members; m->name; m++)
        if (m->of)
            use(o, m->of, used);
}

void bf_openapi_schemas(struct bf_openapi *o)
{
    bool used[MOST_SHAPES] = {false};
    use(o, "error", used);
    use(o, "quota", used);
    for (const struct bf_route *route = o->routes; route->name; route++) {
        if (!bf_openapi_described(o, route))
            continue;
        if (route->operation->shape)
            use(o, route->operation->shape, used);
        const struct bf_format *const *format = route->operation->formats;
        for (; format && *format; format++)
            if (strcmp((*format)->name, "geojson") == 0)
                use(o, "feature_collection", used);
    }
    bf_document_open(&o->d, "schemas", '{');
    for (size_t i = 0; i < MOST_SHAPES && o->shapes[i].name; i++)
        if (used[i])
            schema(o, &o->shapes[i]);
    bf_document_close(&o->d, '}');
}
