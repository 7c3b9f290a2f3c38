#include "api/openapi/openapi.h"

#include <string.h>

static const char format_variable[] = "{format}";

/* The bytes of `{dataset}` or `{dataset_id}` that the text begins with; 0: it does not. */
static size_t dataset_variable(const char *text)
{
    static const char *const names[] = {"{dataset}", "{dataset_id}"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(text, names[i], strlen(names[i])) == 0)
            return strlen(names[i]);
    return 0;
}

/* ---- which parameters an operation has here ---- */

static bool is_variable(const struct bf_parameter *p, const char *variable)
{
    size_t n = strlen(p->name);
    return p->flags & BF_PARAMETER_PATH && strlen(variable) == n + 2 &&
           strncmp(variable + 1, p->name, n) == 0;
}

static bool applies(const struct bf_openapi *o, const struct bf_parameter *p,
                    const struct bf_format *format)
{
    if (o->dataset && p->flags & BF_PARAMETER_PATH &&
        (is_variable(p, "{dataset}") || is_variable(p, "{dataset_id}")))
        return false;
    if (o->dataset && p->flags & BF_PARAMETER_PLACE && o->dataset->manifest->geometry < 0)
        return false;
    if (!format)
        return true;
    if (is_variable(p, format_variable))
        return false;
    if (p->flags & BF_PARAMETER_LABELS)
        return format->labels;
    if (p->flags & BF_PARAMETER_GEOMETRY)
        return format->geometry;
    return !p->format || strcmp(p->format, format->name) == 0;
}

static void remember(struct bf_openapi *o, const struct bf_parameter *p)
{
    for (size_t i = 0; i < o->nparameters; i++)
        if (o->parameters[i] == p)
            return;
    if (o->nparameters < BF_OPENAPI_PARAMETERS)
        o->parameters[o->nparameters++] = p;
    else
        o->d.b->failed = true;
}

/* Of a dataset, what stands for each facet is one parameter for each. */
static bool of_facets(struct bf_openapi *o, const struct bf_parameter *p)
{
    if (!o->dataset || !(p->flags & BF_PARAMETER_FACETS))
        return false;
    const struct bf_schema *schema = o->dataset->schema;
    for (size_t i = 0; i < schema->n; i++)
        if (schema->columns[i].flags & BF_COLUMN_FACET &&
            !(schema->columns[i].flags & BF_COLUMN_HIDDEN))
            bf_openapi_parameter_of(o, p, &schema->columns[i]);
    return true;
}

static void parameters(struct bf_openapi *o, const struct bf_operation *operation,
                       const struct bf_format *format)
{
    if (!operation->parameters)
        return;
    bf_document_open(&o->d, "parameters", '[');
    for (const struct bf_parameter *const *p = operation->parameters; *p; p++) {
        if (!applies(o, *p, format) || of_facets(o, *p))
            continue;
        remember(o, *p);
        bf_document_open(&o->d, NULL, '{');
        bf_openapi_ref(o, "parameters", (*p)->key ? (*p)->key : (*p)->name);
        bf_document_close(&o->d, '}');
    }
    bf_document_close(&o->d, ']');
}

/* ---- names ---- */

/* exportRecords and csv: exportRecordsCSV; and parquet: exportRecordsParquet, as the vendor has
 * it. */
static void print_id(struct bf_openapi *o, const char *id, const struct bf_format *format,
                     const char *behind)
{
    struct bf_buf *b = o->d.b;
    bf_document_name(&o->d, "operationId");
    bf_buf_printf(b, "\"%s", id);
    size_t n = format ? strlen(format->name) : 0;
    for (size_t i = 0; i < n; i++) {
        char c = format->name[i];
        bool upper = c >= 'a' && c <= 'z' && (i == 0 || n <= 4);
        bf_buf_char(b, (char)(upper ? c - 'a' + 'A' : c));
    }
    bf_buf_printf(b, "%s\"", behind);
}

/* The address below the root, with the dataset's name and the format's in place of the variables
 * when they are known. */
static void print_path(struct bf_openapi *o, const char *path, const struct bf_format *format)
{
    struct bf_buf *b = o->d.b;
    if (o->d.more)
        bf_buf_text(b, ", ");
    bf_buf_char(b, '"');
    while (*path) {
        size_t variable = o->dataset ? dataset_variable(path) : 0;
        if (variable) {
            bf_buf_str(b, o->dataset->name);
            path += variable;
        } else if (format && strncmp(path, format_variable, sizeof format_variable - 1) == 0) {
            bf_buf_text(b, format->name);
            path += sizeof format_variable - 1;
        } else {
            bf_buf_char(b, *path++);
        }
    }
    bf_buf_text(b, "\": {");
    o->d.more = false;
}

/* ---- paths ---- */

static void summary(struct bf_openapi *o, const struct bf_operation *operation,
                    const struct bf_format *format)
{
    const char *text = bf_openapi_says(o, operation->fr, operation->en);
    bf_document_text(&o->d, "summary", text);
    bf_document_name(&o->d, "description");
    if (format)
        bf_buf_printf(o->d.b, "\"%s (%s).\"", text, format->name);
    else
        bf_buf_printf(o->d.b, "\"%s.\"", text);
}

static void body(struct bf_openapi *o, const struct bf_operation_body *sent)
{
    struct bf_document *d = &o->d;
    bf_document_open(d, "requestBody", '{');
    bf_document_text(d, "description", bf_openapi_says(o, sent->fr, sent->en));
    bf_document_bool(d, "required", true);
    bf_document_open(d, "content", '{');
    for (size_t i = 0; sent->types[i]; i++) {
        bf_document_name(d, sent->types[i]);
        if (sent->single)
            bf_buf_printf(d->b, "{\"schema\": {\"$ref\": \"#/components/schemas/%s\"}}",
                          sent->shape);
        else if (strcmp(sent->types[i], "application/json") == 0)
            bf_buf_printf(d->b,
                          "{\"schema\": {\"oneOf\": [{\"type\": \"array\", \"items\": {\"$ref\": "
                          "\"#/components/schemas/%s\"}}, {\"$ref\": "
                          "\"#/components/schemas/%s\"}]}}",
                          sent->shape, sent->shape);
        else
            bf_buf_text(d->b, "{\"schema\": {\"type\": \"string\"}}");
    }
    bf_document_close(d, '}');
    bf_document_close(d, '}');
}

static void method(struct bf_openapi *o, const struct bf_route *route,
                   const struct bf_format *format, enum bf_method m)
{
    const struct bf_operation *operation = route->operation;
    struct bf_document *d = &o->d;
    bool again = m == BF_POST && route->methods & BF_GET;
    bf_document_open(d, m == BF_POST ? "post" : "get", '{');
    print_id(o, format ? operation->format_id : operation->id, format, again ? "ByPost" : "");
    bf_document_open(d, "tags", '[');
    bf_document_text(d, NULL, operation->tag);
    bf_document_close(d, ']');
    summary(o, operation, format);
    if (operation->gone)
        bf_document_bool(d, "deprecated", true);
    if (route->flags & BF_ROUTE_PUSH) {
        bf_document_name(d, "security");
        bf_buf_text(d->b, "[{\"authorization\": []}, {\"pushkey\": []}, {\"apikey\": []}]");
    }
    if (route->flags & BF_ROUTE_KEY) {
        bf_document_name(d, "security");
        bf_buf_text(d->b, "[{\"authorization\": []}, {\"apikey\": []}]");
    }
    parameters(o, operation, format);
    if (operation->body)
        body(o, operation->body);
    bf_openapi_answers(o, route, format);
    bf_document_close(d, '}');
}

/* A POST with the parameters as a form is told once, in words. */
static void methods(struct bf_openapi *o, const struct bf_route *route,
                    const struct bf_format *format)
{
    if (route->methods & BF_GET)
        method(o, route, format, BF_GET);
    if (route->methods & BF_POST && !(route->flags & BF_ROUTE_FORM))
        method(o, route, format, BF_POST);
}

static bool same_address(const struct bf_route *a, const struct bf_route *b)
{
    return a->name && b->name && strcmp(a->pattern, b->pattern) == 0;
}

/* Rows of one address stand one behind the other. */
static void path(struct bf_openapi *o, const struct bf_route *route, const struct bf_format *format)
{
    const char *below = route->pattern + strlen(o->root);
    print_path(o, *below ? below : "/", format);
    methods(o, route, format);
    for (; same_address(route, route + 1); route++)
        methods(o, route + 1, format);
    bf_document_close(&o->d, '}');
}

/* Whether the address is that root or below it. */
static bool is_below(const char *pattern, const char *root)
{
    size_t n = strlen(root);
    return strncmp(pattern, root, n) == 0 && (pattern[n] == '/' || pattern[n] == '\0');
}

static bool of_dataset(const struct bf_route *route)
{
    for (const char *at = strchr(route->pattern, '{'); at; at = strchr(at + 1, '{'))
        if (dataset_variable(at))
            return true;
    return route->flags & BF_ROUTE_DATASET_PARAM;
}

bool bf_openapi_described(const struct bf_openapi *o, const struct bf_route *route)
{
    if (!route->operation || !is_below(route->pattern, o->root))
        return false;
    if (!o->dataset)
        return true;
    return of_dataset(route) && (!route->operation->places || o->dataset->manifest->geometry >= 0);
}

void bf_openapi_paths(struct bf_openapi *o)
{
    bf_document_open(&o->d, "paths", '{');
    for (const struct bf_route *route = o->routes; route->name; route++) {
        bool again = route > o->routes && same_address(route - 1, route);
        if (again || !bf_openapi_described(o, route))
            continue;
        path(o, route, NULL);
        const struct bf_format *const *format = route->operation->formats;
        for (; format && *format; format++)
            path(o, route, *format);
    }
    bf_document_close(&o->d, '}');
}
