#include "api/openapi.h"

#include <string.h>

static const char dataset_variable[] = "{dataset_id}";
static const char format_variable[] = "{format}";

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
    if (o->dataset && is_variable(p, dataset_variable))
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

static void parameters(struct bf_openapi *o, const struct bf_operation *operation,
                       const struct bf_format *format)
{
    if (!operation->parameters)
        return;
    bf_document_open(&o->d, "parameters", '[');
    for (const struct bf_parameter *const *p = operation->parameters; *p; p++) {
        if (!applies(o, *p, format))
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
static void print_id(struct bf_openapi *o, const char *id, const struct bf_format *format)
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
    bf_buf_char(b, '"');
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
        if (o->dataset && strncmp(path, dataset_variable, sizeof dataset_variable - 1) == 0) {
            bf_buf_str(b, o->dataset->name);
            path += sizeof dataset_variable - 1;
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

static void path(struct bf_openapi *o, const struct bf_route *route, const struct bf_format *format)
{
    const struct bf_operation *operation = route->operation;
    struct bf_document *d = &o->d;
    const char *below = route->pattern + strlen(o->root);
    print_path(o, *below ? below : "/", format);
    bf_document_open(d, "get", '{');
    print_id(o, format ? operation->format_id : operation->id, format);
    bf_document_open(d, "tags", '[');
    bf_document_text(d, NULL, operation->tag);
    bf_document_close(d, ']');
    summary(o, operation, format);
    if (operation->gone)
        bf_document_bool(d, "deprecated", true);
    parameters(o, operation, format);
    bf_openapi_answers(o, route, format);
    bf_document_close(d, '}');
    bf_document_close(d, '}');
}

bool bf_openapi_described(const struct bf_openapi *o, const struct bf_route *route)
{
    return route->operation && (!o->dataset || strstr(route->pattern, dataset_variable));
}

void bf_openapi_paths(struct bf_openapi *o)
{
    bf_document_open(&o->d, "paths", '{');
    for (const struct bf_route *route = o->routes; route->name; route++) {
        if (!bf_openapi_described(o, route))
            continue;
        path(o, route, NULL);
        const struct bf_format *const *format = route->operation->formats;
        for (; format && *format; format++)
            path(o, route, *format);
    }
    bf_document_close(&o->d, '}');
}
