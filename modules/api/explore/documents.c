#include "api/explore/steps.h"

#include "api/answer.h"
#include "api/explore/links.h"
#include "api/listing.h"
#include "catalog/templates.h"

#include <string.h>

/* Documents of links (contract 2.2, #1 and #2), and what metadata there are (#21). */

static void begin(struct bf_request *r)
{
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    bf_buf_text(&r->response.body, "{\"links\": [");
}

/* {root}/catalog{path}; NULL: {root}. */
static void link_to(struct bf_request *r, const char *comma, const char *rel, const char *path)
{
    struct bf_buf *b = &r->response.body;
    bf_buf_printf(b, "%s{\"href\": \"", comma);
    if (path)
        explore_href(r, path);
    else
        bf_buf_printf(b, "%s%s", r->conf->base_url, explore_version(r)->root);
    bf_buf_printf(b, "\", \"rel\": \"%s\"}", rel);
}

/* Where the description is (RFC 8631), for programs and for people: who asks needs to know the
 * address of the API alone. */
static void name_description(struct bf_request *r)
{
    const char *root = explore_version(r)->root;
    bf_response_header_f(&r->response, "Link",
                         "<%s%s/openapi.json>; rel=\"service-desc\"; type=\"application/json\"",
                         r->conf->base_url, root);
    bf_response_header_f(&r->response, "Link",
                         "<%s%s/console>; rel=\"service-doc\"; type=\"text/html\"",
                         r->conf->base_url, root);
}

/* The other sources of the vendor are no addresses here, so no link leads to them. */
bool explore_root(struct bf_request *r)
{
    name_description(r);
    begin(r);
    link_to(r, "", "self", NULL);
    link_to(r, ", ", "catalog", "");
    bf_buf_text(&r->response.body, "]}");
    return true;
}

bool explore_catalog(struct bf_request *r)
{
    name_description(r);
    begin(r);
    link_to(r, "", "self", "");
    link_to(r, ", ", "datasets", "/datasets");
    link_to(r, ", ", "exports", "/exports");
    link_to(r, ", ", "metadata_templates", "/metadata_templates");
    bf_buf_text(&r->response.body, "]}");
    return true;
}

/* ---- metadata templates ---- */

static const char *const types[] = {"basic", "interop", "extra", "admin"};

enum { TYPES = sizeof types / sizeof types[0] };

static const char *type_named(struct bf_str name)
{
    for (size_t i = 0; i < TYPES; i++)
        if (bf_str_eq(name, bf_str_of(types[i])))
            return types[i];
    return NULL;
}

static bool no_template(struct bf_request *r, struct bf_str name)
{
    return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE,
                        "The requested metadata template %.*s does not exist.", BF_STR_ARG(name));
}

static void print_key(struct bf_buf *b, const char *comma, struct bf_str name, const char *kind)
{
    bf_buf_printf(b, "%s{\"name\": ", comma);
    bf_buf_json(b, name);
    bf_buf_printf(b, ", \"type\": \"%s\"}", kind);
}

static void print_template(struct bf_request *r, const struct bf_template *t)
{
    struct bf_buf *b = &r->response.body;
    const struct bf_listing *l = bf_request_listing(r, false);
    const char *comma = "";
    bf_buf_printf(b, "{\"name\": \"%s\", \"type\": \"%s\", \"title\": \"%s\", \"schema\": [",
                  t->name, t->type, t->title);
    for (const struct bf_meta_key *k = t->keys; k->name; k++) {
        print_key(b, comma, bf_str_of(k->name), bf_meta_kind_name(k->kind));
        comma = ", ";
    }
    for (size_t i = 0; l && strcmp(t->name, "custom") == 0 && i < l->ncustom; i++) {
        const struct bf_column *c = bf_schema_column(
            l->schema, bf_arena_printf(r->arena, "custom.%.*s", BF_STR_ARG(l->custom[i])));
        print_key(b, comma, l->custom[i], c && c->list.n ? "list" : "text");
        comma = ", ";
    }
    bf_buf_text(b, "]}");
}

bool explore_templates(struct bf_request *r)
{
    begin(r);
    link_to(r, "", "self", "/metadata_templates");
    for (size_t i = 0; i < TYPES; i++)
        link_to(r, ", ", types[i], bf_arena_printf(r->arena, "/metadata_templates/%s", types[i]).p);
    bf_buf_text(&r->response.body, "]}");
    return true;
}

bool explore_templates_of_type(struct bf_request *r)
{
    const char *type = type_named(r->vars[0]);
    const char *comma = "";
    if (!type)
        return no_template(r, r->vars[0]);
    begin(r);
    link_to(r, "", "self", bf_arena_printf(r->arena, "/metadata_templates/%s", type).p);
    bf_buf_text(&r->response.body, "], \"metadata_templates\": [");
    for (const struct bf_template *t = bf_templates; t->name; t++) {
        if (strcmp(t->type, type) != 0)
            continue;
        bf_buf_text(&r->response.body, comma);
        print_template(r, t);
        comma = ", ";
    }
    bf_buf_text(&r->response.body, "]}");
    return true;
}

bool explore_template(struct bf_request *r)
{
    const char *type = type_named(r->vars[0]);
    const struct bf_template *t = bf_template_named(r->vars[1]);
    if (!type || !t || strcmp(t->type, type) != 0)
        return no_template(r, r->vars[1]);
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    print_template(r, t);
    return true;
}
