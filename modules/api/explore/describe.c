#include "api/explore/describe.h"

#include "api/explore/parameters.h"
#include "api/explore/version.h"

static const struct bf_openapi_tag tags[] = {
    {"Catalog", "Les jeux de données", "The datasets"},
    {"Dataset", "Les enregistrements d'un jeu de données", "The records of a dataset"},
    {NULL, NULL, NULL},
};

#define PROMISE_FR                                                                             \
    "Données ouvertes en lecture, sans clé. Chaque réponse est celle d'un seul instant et " \
    "dit son âge; ETag et If-None-Match épargnent ce qui n'a pas changé."
#define PROMISE_EN                                                                                 \
    "Open data to read, without a key. Each answer is of one instant and tells its age; ETag and " \
    "If-None-Match save what did not change."
#define FORM_FR " Un POST avec les paramètres en formulaire demande la même chose."
#define FORM_EN " A POST with the parameters as a form asks the same."

const struct bf_openapi_api explore_api = {
    .title = "Explore API v2.1",
    .version = "v2.1",
    .fr = PROMISE_FR FORM_FR,
    .en = PROMISE_EN FORM_EN,
    .tags = tags,
    .shapes = explore_shapes,
    .refusals = bf_openapi_refusals,
    .names = "2.1",
    .odsql = true,
    .coded = true,
};

const struct bf_openapi_api explore_old_api = {
    .title = "Explore API v2.0",
    .version = "v2.0",
    .fr = "Ancienne version, qui continue de répondre; la v2.1 est à /api/explore/v2.1. " PROMISE_FR
        FORM_FR,
    .en = "A former version, which goes on answering; v2.1 is at /api/explore/v2.1. " PROMISE_EN
        FORM_EN,
    .tags = tags,
    .shapes = explore_old_shapes,
    .refusals = bf_openapi_refusals,
    .names = "2.0",
    .odsql = true,
    .coded = true,
};

bool explore_describe(struct bf_request *r, struct bf_description *out)
{
    const struct explore *x = r->state;
    const struct explore_version *version = explore_version(r);
    *out = (struct bf_description){
        .api = version->wrapped ? &explore_old_api : &explore_api,
        .root = version->root,
        .routes = version->routes,
        .english = x->english,
        .zone = x->zone,
    };
    return true;
}
