#include "api/openapi/openapi.h"

#include "query/function.h"

enum { TEXT_MAX = 256 * 1024 };

const char *bf_openapi_says(const struct bf_openapi *o, const char *fr, const char *en)
{
    return o->english ? en : fr;
}

static struct bf_str of_text(const struct bf_openapi *o, struct bf_text2 text)
{
    return o->english ? text.en : text.fr;
}

void bf_openapi_ref(struct bf_openapi *o, const char *where, const char *name)
{
    bf_document_name(&o->d, "$ref");
    bf_buf_printf(o->d.b, "\"#/components/%s/%s\"", where, name);
}

/* ---- info ---- */

static void functions(struct bf_openapi *o, struct bf_buf *out)
{
    const struct bf_function *f;
    bf_buf_text(out, bf_openapi_says(o, "\n\nFonctions d'ODSQL:\n", "\n\nFunctions of ODSQL:\n"));
    for (size_t i = 0; (f = bf_function_at(i)); i++)
        if (bf_function_supported(f))
            bf_buf_printf(out, "\n* `%s`: %s", f->usage, f->doc);
}

static void title(struct bf_openapi *o, struct bf_buf *out)
{
    bf_buf_text(out, o->api->title);
    if (!o->dataset)
        return;
    bf_buf_text(out, ": ");
    bf_buf_str(out, of_text(o, o->dataset->manifest->title));
}

static void description(struct bf_openapi *o, struct bf_buf *out)
{
    bf_buf_text(out, bf_openapi_says(o, o->api->fr, o->api->en));
    bf_buf_text(out, bf_openapi_says(o,
                                     " Toute adresse répond aussi à OPTIONS (CORS), et à HEAD "
                                     "comme à GET, sans corps.",
                                     " Every address also answers OPTIONS (CORS), and HEAD as GET, "
                                     "without a body."));
    if (o->api->odsql)
        functions(o, out);
}

/* A text that is made of parts, as one member. */
static void composed(struct bf_openapi *o, const char *name,
                     void (*compose)(struct bf_openapi *o, struct bf_buf *out))
{
    struct bf_buf text;
    bf_buf_init(&text, TEXT_MAX);
    compose(o, &text);
    if (bf_buf_failed(&text))
        o->d.b->failed = true;
    else
        bf_document_str(&o->d, name, bf_buf_view(&text));
    bf_buf_fini(&text);
}

static void licence(struct bf_openapi *o, const struct bf_manifest *m)
{
    if (!m->licence.n)
        return;
    bf_document_open(&o->d, "license", '{');
    bf_document_str(&o->d, "name", m->licence);
    if (m->licence_url.n)
        bf_document_str(&o->d, "url", m->licence_url);
    bf_document_close(&o->d, '}');
}

static void info(struct bf_openapi *o)
{
    struct bf_document *d = &o->d;
    const struct bf_manifest *m = o->dataset ? o->dataset->manifest : NULL;
    bf_document_open(d, "info", '{');
    composed(o, "title", title);
    bf_document_text(d, "version", o->api->version);
    composed(o, "description", description);
    bf_document_open(d, "contact", '{');
    bf_document_text(d, "url", o->base_url);
    bf_document_close(d, '}');
    if (m)
        licence(o, m);
    bf_document_close(d, '}');
}

/* ---- who may ask ---- */

static void security(struct bf_openapi *o)
{
    struct bf_document *d = &o->d;
    bf_document_name(d, "security");
    bf_buf_text(d->b, "[{}, {\"apikey\": []}, {\"authorization\": []}]");
}

static void key_in_query(struct bf_openapi *o, const char *name)
{
    struct bf_document *d = &o->d;
    bf_document_open(d, name, '{');
    bf_document_text(d, "type", "apiKey");
    bf_document_text(d, "in", "query");
    bf_document_text(d, "name", name);
    bf_document_close(d, '}');
}

static bool writes(const struct bf_openapi *o)
{
    for (const struct bf_route *route = o->routes; route->name; route++)
        if (bf_openapi_described(o, route) && route->flags & BF_ROUTE_PUSH)
            return true;
    return false;
}

static void security_schemes(struct bf_openapi *o)
{
    struct bf_document *d = &o->d;
    bf_document_open(d, "securitySchemes", '{');
    key_in_query(o, "apikey");
    if (writes(o))
        key_in_query(o, "pushkey");
    bf_document_open(d, "authorization", '{');
    bf_document_text(d, "type", "http");
    bf_document_text(d, "scheme", "bearer");
    bf_document_text(d, "bearerFormat", "JWT");
    bf_document_close(d, '}');
    bf_document_close(d, '}');
}

static void tags(struct bf_openapi *o)
{
    bf_document_open(&o->d, "tags", '[');
    for (const struct bf_openapi_tag *tag = o->api->tags; tag->name; tag++) {
        bf_document_open(&o->d, NULL, '{');
        bf_document_text(&o->d, "name", tag->name);
        bf_document_text(&o->d, "description", bf_openapi_says(o, tag->fr, tag->en));
        bf_document_close(&o->d, '}');
    }
    bf_document_close(&o->d, ']');
}

static void servers(struct bf_openapi *o)
{
    bf_document_open(&o->d, "servers", '[');
    bf_document_open(&o->d, NULL, '{');
    bf_document_name(&o->d, "url");
    bf_buf_printf(o->d.b, "\"%s%s\"", o->base_url, o->root);
    bf_document_close(&o->d, '}');
    bf_document_close(&o->d, ']');
}

void bf_openapi_print(struct bf_openapi *o)
{
    struct bf_document *d = &o->d;
    bf_document_open(d, NULL, '{');
    bf_document_text(d, "openapi", o->v31 ? "3.1.0" : "3.0.3");
    info(o);
    servers(o);
    security(o);
    tags(o);
    bf_openapi_paths(o);
    bf_document_open(d, "components", '{');
    bf_openapi_parameters(o);
    bf_openapi_headers(o);
    bf_openapi_responses(o);
    bf_openapi_schemas(o);
    security_schemes(o);
    bf_document_close(d, '}');
    bf_document_close(d, '}');
}
