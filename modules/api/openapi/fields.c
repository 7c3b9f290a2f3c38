#include "api/openapi/openapi.h"

/* ---- values that are objects ---- */

static void number(struct bf_openapi *o, const char *name)
{
    bf_document_open(&o->d, name, '{');
    bf_document_text(&o->d, "type", "number");
    bf_document_close(&o->d, '}');
}

static void point(struct bf_openapi *o)
{
    struct bf_document *d = &o->d;
    bf_openapi_type(o, "object", true);
    bf_document_name(d, "required");
    bf_buf_text(d->b, "[\"lon\", \"lat\"]");
    bf_document_open(d, "properties", '{');
    number(o, "lon");
    number(o, "lat");
    bf_document_close(d, '}');
}

/* A GeoJSON Feature. */
static void feature(struct bf_openapi *o)
{
    struct bf_document *d = &o->d;
    bf_openapi_type(o, "object", true);
    bf_document_name(d, "required");
    bf_buf_text(d->b, "[\"type\", \"geometry\", \"properties\"]");
    bf_document_name(d, "properties");
    bf_buf_text(d->b, "{\"type\": {\"type\": \"string\", \"enum\": [\"Feature\"]}, \"geometry\": "
                      "{\"type\": \"object\"}, \"properties\": {\"type\": \"object\"}}");
}

static void list_of_texts(struct bf_openapi *o)
{
    bf_openapi_type(o, "array", true);
    bf_document_name(&o->d, "items");
    bf_buf_text(o->d.b, "{\"type\": \"string\"}");
}

/* ---- fields ---- */

void bf_openapi_scalar(struct bf_openapi *o, enum bf_type type, bool nullable)
{
    static const struct {
        const char *type, *format;
    } forms[] = {
        [BF_BOOL] = {"boolean", NULL},           [BF_INT] = {"integer", "int64"},
        [BF_DOUBLE] = {"number", "double"},      [BF_DATE] = {"string", "date"},
        [BF_DATETIME] = {"string", "date-time"},
    };
    bool known = type < sizeof forms / sizeof *forms && forms[type].type;
    bf_openapi_type(o, known ? forms[type].type : "string", nullable);
    if (known && forms[type].format)
        bf_document_text(&o->d, "format", forms[type].format);
}

static void type(struct bf_openapi *o, const struct bf_column *c)
{
    if (c->type == BF_GEO_POINT)
        point(o);
    else if (c->type == BF_GEO_SHAPE)
        feature(o);
    else if (c->type == BF_TEXT && c->flags & BF_COLUMN_MULTIVALUED)
        list_of_texts(o);
    else
        bf_openapi_scalar(o, c->type, true);
}

/* Label, description and unit, as far as the manifest has them. */
static void says(struct bf_openapi *o, const struct bf_manifest_field *f)
{
    struct bf_str label = o->english ? f->label.en : f->label.fr;
    struct bf_str text = o->english ? f->description.en : f->description.fr;
    bf_document_str(&o->d, "title", label);
    if (text.n)
        bf_document_str(&o->d, "description", text);
    if (f->unit.n)
        bf_document_str(&o->d, "x-unit", f->unit);
}

static void field(struct bf_openapi *o, const struct bf_column *c)
{
    const struct bf_manifest_field *f = bf_manifest_field(o->dataset->manifest, c->name);
    bf_document_name_str(&o->d, c->name);
    bf_buf_char(o->d.b, '{');
    o->d.more = false;
    if (o->api->type)
        o->api->type(o, c);
    else
        type(o, c);
    if (f)
        says(o, f);
    bf_document_close(&o->d, '}');
}

void bf_openapi_fields(struct bf_openapi *o)
{
    const struct bf_schema *schema = o->dataset->schema;
    unsigned not_sent = o->api->sent ? BF_COLUMN_COMPUTED | BF_COLUMN_OUTPUT_ONLY : 0;
    for (size_t i = 0; i < schema->n; i++)
        if (!(schema->columns[i].flags & (BF_COLUMN_HIDDEN | not_sent)))
            field(o, &schema->columns[i]);
}
