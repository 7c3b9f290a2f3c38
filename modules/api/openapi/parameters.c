#include "api/openapi/openapi.h"

#include <string.h>

/* A value as it would be sent is printed as JSON of the parameter's type. */
static void value(struct bf_openapi *o, const char *name, const struct bf_parameter *p,
                  struct bf_str text)
{
    if (p->type == BF_PARAMETER_TEXT) {
        bf_document_str(&o->d, name, text);
        return;
    }
    bf_document_name(&o->d, name);
    bf_buf_str(o->d.b, text);
}

static void choices(struct bf_openapi *o, const struct bf_parameter *p)
{
    if (o->dataset && p->flags & BF_PARAMETER_DATASET) {
        bf_document_open(&o->d, "enum", '[');
        bf_document_str(&o->d, NULL, o->dataset->name);
        bf_document_close(&o->d, ']');
    }
    if (p->choices)
        bf_document_texts(&o->d, "enum", p->choices);
    if (!p->formats)
        return;
    bf_document_open(&o->d, "enum", '[');
    for (size_t i = 0; p->formats[i]; i++)
        bf_document_text(&o->d, NULL, p->formats[i]->name);
    bf_document_close(&o->d, ']');
}

static void schema(struct bf_openapi *o, const struct bf_parameter *p)
{
    static const char *const types[] = {
        [BF_PARAMETER_TEXT] = "string",
        [BF_PARAMETER_INTEGER] = "integer",
        [BF_PARAMETER_BOOLEAN] = "boolean",
    };
    struct bf_document *d = &o->d;
    bool repeats = p->flags & BF_PARAMETER_REPEATS;
    bf_document_open(d, "schema", '{');
    if (repeats) {
        bf_document_text(d, "type", "array");
        bf_document_open(d, "items", '{');
    }
    bf_document_text(d, "type", types[p->type]);
    choices(o, p);
    if (p->type == BF_PARAMETER_INTEGER) {
        bf_document_int(d, "minimum", p->least);
        if (p->most != BF_PARAMETER_UNBOUND)
            bf_document_int(d, "maximum", p->most);
    }
    if (p->preset)
        value(o, "default", p, bf_str_of(p->preset));
    if (repeats)
        bf_document_close(d, '}');
    bf_document_close(d, '}');
}

static void example(struct bf_openapi *o, const struct bf_parameter *p,
                    const struct bf_column *facet)
{
    struct bf_buf text;
    bf_buf_init(&text, 4096);
    if (bf_openapi_example_of(o, p, facet, &text) && !bf_buf_failed(&text)) {
        bool repeats = p->flags & BF_PARAMETER_REPEATS;
        if (repeats)
            bf_document_open(&o->d, "example", '[');
        value(o, repeats ? NULL : "example", p, bf_buf_view(&text));
        if (repeats)
            bf_document_close(&o->d, ']');
    }
    bf_buf_fini(&text);
}

static const char *place_of(const struct bf_parameter *p)
{
    if (p->flags & BF_PARAMETER_PATH)
        return "path";
    return p->flags & BF_PARAMETER_HEADER ? "header" : "query";
}

/* What follows its name. facet: that it is about; NULL: none. */
static void rest(struct bf_openapi *o, const struct bf_parameter *p, const struct bf_column *facet)
{
    struct bf_document *d = &o->d;
    bf_document_text(d, "in", place_of(p));
    if (p->flags & (BF_PARAMETER_PATH | BF_PARAMETER_REQUIRED))
        bf_document_bool(d, "required", true);
    bf_document_text(d, "description", bf_openapi_says(o, p->fr, p->en));
    if (p->flags & BF_PARAMETER_REPEATS) {
        bf_document_text(d, "style", "form");
        bf_document_bool(d, "explode", true);
    }
    schema(o, p);
    example(o, p, facet);
    bf_document_close(d, '}');
}

static void parameter(struct bf_openapi *o, const struct bf_parameter *p)
{
    bf_document_open(&o->d, p->key ? p->key : p->name, '{');
    bf_document_text(&o->d, "name", p->name);
    rest(o, p, NULL);
}

/* Where it stands: a name of components would not hold every name of a field. */
void bf_openapi_parameter_of(struct bf_openapi *o, const struct bf_parameter *p,
                             const struct bf_column *facet)
{
    struct bf_buf name;
    bf_buf_init(&name, 1024);
    bf_buf_bytes(&name, p->name, strcspn(p->name, ".") + 1);
    bf_buf_str(&name, facet->name);
    bf_document_open(&o->d, NULL, '{');
    bf_document_str(&o->d, "name", bf_buf_view(&name));
    rest(o, p, facet);
    bf_buf_fini(&name);
}

void bf_openapi_parameters(struct bf_openapi *o)
{
    if (o->nparameters == 0)
        return;
    bf_document_open(&o->d, "parameters", '{');
    for (size_t i = 0; i < o->nparameters; i++)
        parameter(o, o->parameters[i]);
    bf_document_close(&o->d, '}');
}
