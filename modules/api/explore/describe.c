#include "api/explore/describe.h"

#include "api/explore/parameters.h"
#include "api/explore/version.h"

static const struct bf_openapi_tag tags[] = {
    {"Catalog", "Les jeux de données", "The datasets"},
    {"Dataset", "Les enregistrements d'un jeu de données", "The records of a dataset"},
    {NULL, NULL, NULL},
};

/* The envelopes are in the contract (6.3). */
static const struct bf_refusal refusals[] = {
    {304, "not_modified", "La réponse n'a pas changé.", "The answer has not changed.",
     BF_REFUSED_TAGGED, NULL, NULL, NULL, false},
    {400, "bad_request", "La requête n'est pas valable.", "The request is not valid.",
     BF_REFUSED_ALL, "error", NULL, NULL, false},
    {401, "unauthorized", "La clé n'est pas valable.", "The key is not valid.",
     BF_REFUSED_ALL | BF_REFUSED_GONE, "error", NULL, NULL, false},
    {403, "forbidden", "La clé ne permet pas cela.", "The key does not allow this.",
     BF_REFUSED_DATASET, "error", NULL, NULL, false},
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
    .refusals = refusals,
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
    .refusals = refusals,
    .names = "2.0",
    .odsql = true,
    .coded = true,
};

static struct bf_description description(const struct bf_request *r)
{
    const struct explore *x = r->state;
    const struct explore_version *version = explore_version(r);
    return (struct bf_description){
        .api = version->wrapped ? &explore_old_api : &explore_api,
        .root = version->root,
        .routes = version->routes,
        .english = x->english,
        .zone = x->zone,
    };
}

bool explore_describe(struct bf_request *r)
{
    const struct bf_description d = description(r);
    return bf_describe(r, &d);
}

bool explore_build_description(struct bf_request *r)
{
    const struct bf_description d = description(r);
    return bf_describe_build(r, &d);
}

bool explore_describe_dataset(struct bf_request *r)
{
    const struct bf_description d = description(r);
    return bf_describe_dataset(r, &d);
}
