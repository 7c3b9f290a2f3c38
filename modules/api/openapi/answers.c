#include "api/openapi/openapi.h"

#include <string.h>

/* ---- refusals ---- */

static bool is_description(const struct bf_operation *operation)
{
    return operation->shape && strcmp(operation->shape, "description") == 0;
}

static bool walks(const struct bf_operation *operation)
{
    for (const struct bf_parameter *const *p = operation->parameters; p && *p; p++)
        if (strcmp((*p)->name, "cursor") == 0)
            return true;
    return false;
}

const struct bf_refusal bf_openapi_refusals[] = {
    {204, "price", "Le prix de la requête, dans X-Beffroi-Cost (X-Beffroi-Dry-Run: 1).",
     "The price of the request, in X-Beffroi-Cost (X-Beffroi-Dry-Run: 1).",
     BF_REFUSED_ALL | BF_REFUSED_GONE, NULL, NULL, NULL, false},
    {304, "not_modified", "La réponse n'a pas changé.", "The answer has not changed.",
     BF_REFUSED_TAGGED, NULL, NULL, NULL, false},
    {400, "bad_request", "La requête n'est pas valable.", "The request is not valid.",
     BF_REFUSED_ALL, "error", NULL, NULL, false},
    {401, "unauthorized", "La clé n'est pas valable.", "The key is not valid.",
     BF_REFUSED_ALL | BF_REFUSED_GONE, "error", NULL, NULL, false},
    {403, "forbidden", "La clé ne permet pas cela.", "The key does not allow this.",
     BF_REFUSED_ALL | BF_REFUSED_GONE, "error", NULL, NULL, false},
    {404, "not_found", "Cela n'existe pas.", "There is no such thing.", BF_REFUSED_NAMED, "error",
     NULL, NULL, false},
    {410, "gone", "L'adresse n'existe plus, ou la marche est trop ancienne.",
     "The address was given up, or the walk is too old.", BF_REFUSED_GONE | BF_REFUSED_WALK,
     "error", NULL, NULL, false},
    {429, "quota", "Trop de requêtes.", "Too many requests.", BF_REFUSED_ALL | BF_REFUSED_GONE,
     "quota", NULL, NULL, false},
    {500, "server_error", "Une erreur du serveur.", "An error of the server.", BF_REFUSED_ALL,
     "error", NULL, NULL, false},
    {503, "unavailable", "Le service est indisponible; voir Retry-After.",
     "The service is not available; see Retry-After.", BF_REFUSED_ALL, "error", NULL, NULL, false},
    {.key = NULL},
};

static unsigned refused(const struct bf_route *route)
{
    unsigned all = BF_REFUSED_ALL;
    bool dataset = route->flags & (BF_ROUTE_DATASET | BF_ROUTE_DATASET_PARAM);
    if (route->operation->gone)
        return BF_REFUSED_GONE;
    if (dataset || strchr(route->pattern, '{'))
        all |= BF_REFUSED_NAMED;
    if (route->flags & BF_ROUTE_CACHEABLE || is_description(route->operation))
        all |= BF_REFUSED_TAGGED;
    if (walks(route->operation))
        all |= BF_REFUSED_WALK;
    return route->flags & BF_ROUTE_PUSH ? all | BF_REFUSED_PUSH : all;
}

bool bf_openapi_refuses(const struct bf_route *route, const struct bf_refusal *f)
{
    return f->of & refused(route) && (!f->protocol || f->protocol == route->protocol);
}

/* The error codes of that status with the sentence that says what they mean, once each. */
static void examples(struct bf_openapi *o, int status)
{
    struct bf_document *d = &o->d;
    bf_document_open(d, "examples", '{');
    for (enum bf_code code = BF_E_NONE + 1; code < BF_E_COUNT; code++) {
        const struct bf_code_info *info = bf_code_info(code);
        bool again = false;
        for (enum bf_code before = BF_E_NONE + 1; before < code; before++)
            again = again || strcmp(bf_code_info(before)->explore, info->explore) == 0;
        if (info->http != status || again)
            continue;
        bf_document_open(d, info->explore, '{');
        bf_document_open(d, "value", '{');
        bf_document_text(d, "error_code", info->explore);
        bf_document_text(d, "message", info->title);
        bf_document_close(d, '}');
        bf_document_close(d, '}');
    }
    bf_document_close(d, '}');
}

static void envelope(struct bf_openapi *o, const char *media, const char *shape, int status)
{
    struct bf_document *d = &o->d;
    bf_document_open(d, media, '{');
    bf_document_open(d, "schema", '{');
    bf_openapi_ref(o, "schemas", shape);
    bf_document_close(d, '}');
    if (o->api->coded && strcmp(shape, "error") == 0)
        examples(o, status);
    bf_document_close(d, '}');
}

static void refusal(struct bf_openapi *o, const struct bf_refusal *f)
{
    struct bf_document *d = &o->d;
    bf_document_open(d, f->key, '{');
    bf_document_text(d, "description", bf_openapi_says(o, f->fr, f->en));
    bf_openapi_header_refs(o, f->status);
    if (f->shape) {
        bf_document_open(d, "content", '{');
        envelope(o, f->media ? f->media : "application/json", f->shape, f->status);
        if (f->front)
            envelope(o, "application/problem+json", "problem", f->status);
        bf_document_close(d, '}');
    }
    bf_document_close(d, '}');
}

/* Those of the operations that are described here. */
void bf_openapi_responses(struct bf_openapi *o)
{
    bf_document_open(&o->d, "responses", '{');
    for (const struct bf_refusal *f = o->api->refusals; f->key; f++)
        for (const struct bf_route *route = o->routes; route->name; route++)
            if (bf_openapi_described(o, route) && bf_openapi_refuses(route, f)) {
                refusal(o, f);
                break;
            }
    bf_document_close(&o->d, '}');
}

/* ---- 200 ---- */

static void media(struct bf_openapi *o, const struct bf_operation_media *m)
{
    struct bf_document *d = &o->d;
    bf_document_open(d, m->type, '{');
    bf_document_open(d, "schema", '{');
    if (m->list) {
        bf_document_text(d, "type", "array");
        bf_document_open(d, "items", '{');
    }
    if (m->shape)
        bf_openapi_ref(o, "schemas", m->shape);
    else
        bf_document_text(d, "type", "string");
    if (m->list)
        bf_document_close(d, '}');
    bf_document_close(d, '}');
    bf_document_close(d, '}');
}

static void media_of_format(struct bf_openapi *o, const struct bf_operation *operation,
                            const struct bf_format *format)
{
    struct bf_document *d = &o->d;
    size_t n = strcspn(format->content_type, ";");
    bf_document_name_str(d, (struct bf_str){format->content_type, n});
    bf_buf_text(d->b, "{\"schema\": ");
    if (strcmp(format->name, "json") == 0)
        bf_buf_printf(d->b,
                      "{\"type\": \"array\", \"items\": {\"$ref\": "
                      "\"#/components/schemas/%s\"}}",
                      operation->shape);
    else if (strcmp(format->name, "geojson") == 0)
        bf_buf_text(d->b, "{\"$ref\": \"#/components/schemas/feature_collection\"}");
    else
        bf_buf_text(d->b, "{\"type\": \"string\"}");
    bf_buf_char(d->b, '}');
}

/* Two formats may be of one media type, but a member of an object stands once. */
static bool seen_before(const struct bf_format *const *formats, size_t i)
{
    for (size_t before = 0; before < i; before++)
        if (strcmp(formats[before]->content_type, formats[i]->content_type) == 0)
            return true;
    return false;
}

static void gzip(struct bf_openapi *o, const struct bf_operation *operation)
{
    for (const struct bf_parameter *const *p = operation->parameters; p && *p; p++) {
        if (strcmp((*p)->name, "compressed") != 0)
            continue;
        bf_document_name(&o->d, "application/gzip");
        bf_buf_text(o->d.b, "{\"schema\": {\"type\": \"string\", \"format\": \"binary\"}}");
    }
}

/* A file of any type. */
static void file(struct bf_openapi *o)
{
    bf_document_name(&o->d, "*/*");
    bf_buf_text(o->d.b, "{\"schema\": {\"type\": \"string\", \"format\": \"binary\"}}");
}

static void content(struct bf_openapi *o, const struct bf_operation *operation,
                    const struct bf_format *format)
{
    const struct bf_operation_media own = {"application/json", operation->shape, false};
    const struct bf_operation_media *m = operation->media;
    bf_document_open(&o->d, "content", '{');
    if (format)
        media_of_format(o, operation, format);
    for (size_t i = 0; !format && operation->formats && operation->formats[i]; i++)
        if (!seen_before(operation->formats, i))
            media_of_format(o, operation, operation->formats[i]);
    if (operation->formats)
        gzip(o, operation);
    else if (operation->shape)
        media(o, &own);
    else if (!m)
        file(o);
    for (; m && m->type; m++)
        media(o, m);
    bf_document_close(&o->d, '}');
}

void bf_openapi_answers(struct bf_openapi *o, const struct bf_route *route,
                        const struct bf_format *format)
{
    struct bf_document *d = &o->d;
    const struct bf_operation *operation = route->operation;
    bf_document_open(d, "responses", '{');
    char status[16];
    int found = operation->moved ? 302 : operation->created ? 201 : 200;
    if (!operation->gone) {
        snprintf(status, sizeof status, "%d", found);
        bf_document_open(d, status, '{');
        bf_document_text(d, "description", bf_openapi_says(o, operation->fr, operation->en));
        bf_openapi_header_refs(o, found);
        if (!operation->moved)
            content(o, operation, format);
        bf_document_close(d, '}');
    }
    for (const struct bf_refusal *f = o->api->refusals; f->key; f++) {
        if (!bf_openapi_refuses(route, f))
            continue;
        snprintf(status, sizeof status, "%d", f->status);
        bf_document_open(d, status, '{');
        bf_openapi_ref(o, "responses", f->key);
        bf_document_close(d, '}');
    }
    bf_document_close(d, '}');
}
