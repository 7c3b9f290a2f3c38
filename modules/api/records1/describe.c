#include "api/records1/describe.h"

#include "api/locale.h"
#include "api/records1/parameters.h"
#include "api/records1/record_json.h"

static const struct bf_openapi_tag tags[] = {
    {"Records", "Les enregistrements d'un jeu de données", "The records of a dataset"},
    {"Datasets", "Les jeux de données", "The datasets"},
    {NULL, NULL, NULL},
};

/* ---- values as v1 writes them ---- */

static void type(struct bf_openapi *o, const struct bf_column *c)
{
    if (c->type == BF_GEO_POINT) { /* latitude, longitude */
        bf_openapi_type(o, "array", false);
        bf_document_name(&o->d, "items");
        bf_buf_text(o->d.b, "{\"type\": \"number\"}");
        bf_document_int(&o->d, "minItems", 2);
        bf_document_int(&o->d, "maxItems", 2);
    } else if (c->type == BF_GEO_SHAPE) { /* a GeoJSON geometry */
        bf_openapi_type(o, "object", false);
    } else {
        bf_openapi_scalar(o, c->type, false);
    }
}

/* ---- what is described ---- */

const struct bf_openapi_api records1_api = {
    .title = "Search API v1.0",
    .version = "v1.0",
    .fr = "La première API, qui continue de répondre; la plus récente est à /api/explore/v2.1. "
          "Données ouvertes en lecture, sans clé. ETag et If-None-Match épargnent ce qui n'a pas "
          "changé. Un POST avec les paramètres en formulaire demande la même chose.",
    .en = "The first API, which goes on answering; the newest is at /api/explore/v2.1. Open data "
          "to read, without a key. ETag and If-None-Match save what did not change. A POST with "
          "the parameters as a form asks the same.",
    .tags = tags,
    .shapes = records1_shapes,
    .refusals = bf_openapi_refusals,
    .names = "1.0",
    .type = type,
    .record = records1_fields_print,
};

bool records1_parse_description(struct bf_request *r)
{
    struct records1 *p = bf_arena_zalloc(r->arena, 1, sizeof *p);
    r->state = p;
    if (!p)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    return bf_locale_zone(r, &p->zone) && bf_locale_english(r, &p->english);
}

bool records1_describe(struct bf_request *r, struct bf_description *out)
{
    const struct records1 *p = r->state;
    *out = (struct bf_description){
        .api = &records1_api,
        .root = "",
        .routes = bf_records1_routes,
        .english = p->english,
        .zone = p->zone,
    };
    return true;
}
