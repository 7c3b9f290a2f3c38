#include "api/openapi.h"

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
    bf_buf_text(out, o->title);
    if (!o->dataset)
        return;
    bf_buf_text(out, ": ");
    bf_buf_str(out, of_text(o, o->dataset->manifest->title));
}

static void description(struct bf_openapi *o, struct bf_buf *out)
{
    bf_buf_text(
        out, bf_openapi_says(
                 o,
                 "Données ouvertes en lecture, sans clé. Chaque réponse est celle d'un seul "
                 "instant et dit son âge; ETag et If-None-Match épargnent ce qui n'a pas changé.",
                 "Open data to read, without a key. Each answer is of one instant and tells its "
                 "age; ETag and If-None-Match save what did not change."));
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
    bf_document_text(d, "version", o->version);
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

static void security_schemes(struct bf_openapi *o)
{
    struct bf_document *d = &o->d;
    bf_document_open(d, "securitySchemes", '{');
    bf_document_open(d, "apikey", '{');
    bf_document_text(d, "type", "apiKey");
    bf_document_text(d, "in", "query");
    bf_document_text(d, "name", "apikey");
    bf_document_close(d, '}');
    bf_document_open(d, "authorization", '{');
    bf_document_text(d, "type", "http");
    bf_document_text(d, "scheme", "bearer");
    bf_document_text(d, "bearerFormat", "JWT");
    bf_document_close(d, '}');
    bf_document_close(d, '}');
}

static void tag(struct bf_openapi *o, const char *name, const char *text)
{
    bf_document_open(&o->d, NULL, '{');
    bf_document_text(&o->d, "name", name);
    bf_document_text(&o->d, "description", text);
    bf_document_close(&o->d, '}');
}

static void tags(struct bf_openapi *o)
{
    bf_document_open(&o->d, "tags", '[');
    tag(o, "Catalog", bf_openapi_says(o, "Les jeux de données", "The datasets"));
    tag(o, "Dataset",
        bf_openapi_says(o, "Les enregistrements d'un jeu de données", "The records of a dataset"));
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
