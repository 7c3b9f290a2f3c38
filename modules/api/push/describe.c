#include "api/push/describe.h"

#include "api/locale.h"
#include "api/push/push.h"

enum { NEEDED = BF_SHAPE_REQUIRED, LIST = BF_SHAPE_LIST };

/* ---- shapes ---- */

static const struct bf_shape_member record[] = {{.name = NULL}};

#define COMMIT                                                                         \
    {.name = "dataset", .type = "string", .flags = NEEDED},                            \
        {.name = "commit",                                                             \
         .type = "integer",                                                            \
         .flags = NEEDED,                                                              \
         .format = "int64",                                                            \
         .fr = "Le numéro de la version que les lecteurs voient maintenant.",          \
         .en = "The number of the version that readers see now."},                     \
        {.name = "instant", .type = "string", .flags = NEEDED, .format = "date-time"}, \
        {.name = "pushed", .type = "string", .flags = NEEDED, .format = "date-time"},  \
        {.name = "added", .type = "integer", .flags = NEEDED},                         \
        {.name = "changed", .type = "integer", .flags = NEEDED},                       \
        {.name = "removed", .type = "integer", .flags = NEEDED},                       \
        {.name = "unchanged", .type = "integer", .flags = NEEDED},                     \
        {.name = "records", .type = "integer", .flags = NEEDED},                       \
        {.name = "dropped",                                                            \
         .type = "integer",                                                            \
         .fr = "Combien le script du jeu de données a laissés de côté, s'il en a un.", \
         .en = "How many the script of the dataset left out, if it has one."},         \
        {.name = "dropped_records", .of = "fault", .flags = LIST},                     \
    {                                                                                  \
        .name = NULL                                                                   \
    }

static const struct bf_shape_member commit[] = {COMMIT};
static const char *const ok[] = {"OK", NULL};
static const struct bf_shape_member vendor_commit[] = {
    {.name = "status", .type = "string", .flags = NEEDED, .choices = ok}, COMMIT};

static const struct bf_shape_member fault[] = {
    {.name = "record", .type = "integer", .fr = "À partir de 1.", .en = "From 1 on."},
    {.name = "line", .type = "integer", .flags = NEEDED},
    {.name = "field", .type = "string"},
    {.name = "value", .type = "string"},
    {.name = "reason", .type = "string", .flags = NEEDED},
    {.name = NULL},
};

static const struct bf_shape_member problem[] = {
    {.name = "type", .type = "string", .flags = NEEDED},
    {.name = "title", .type = "string", .flags = NEEDED},
    {.name = "status", .type = "integer", .flags = NEEDED},
    {.name = "detail", .type = "string", .flags = NEEDED},
    {.name = "parameter", .type = "string"},
    {.name = "position", .type = "integer"},
    {.name = "request_id", .type = "string"},
    {.name = "errors", .of = "fault", .flags = LIST},
    BF_SHAPE_EXCESS,
    {.name = NULL},
};

static const char *const failed[] = {"error", NULL};
static const struct bf_shape_member vendor_error[] = {
    {.name = "status", .type = "string", .flags = NEEDED, .choices = failed},
    {.name = "message", .type = "string", .flags = NEEDED},
    {.name = "errors", .of = "fault", .flags = LIST},
    {.name = NULL},
};

static const struct bf_shape shapes[] = {
    {"record", "Un enregistrement; un champ absent est vide.",
     "A record; a field that is absent is null.", record, true},
    {"commit", "Ce qui a été écrit.", "What was written.", commit, false},
    {"vendor_commit", "Ce qui a été écrit.", "What was written.", vendor_commit, false},
    {"fault", "Pourquoi un enregistrement n'est pas valable.", "Why a record is not valid.", fault,
     false},
    {"problem", "Un refus (RFC 9457).", "A refusal (RFC 9457).", problem, false},
    {"vendor_error", "Un refus.", "A refusal.", vendor_error, false},
    {.name = NULL},
};

static const struct bf_shape *const tables[] = {shapes, bf_common_shapes, NULL};

/* ---- refusals: of the native API, and of the vendor's ---- */

#define REFUSAL(status_, key_, fr_, en_, of_, front_)                                  \
    {                                                                                  \
        status_,           key_, fr_, en_, of_, "problem", "application/problem+json", \
        &bf_push_protocol, false},                                                     \
    {                                                                                  \
        status_, key_ "_1", fr_, en_, (of_)&BF_REFUSED_PUSH, "vendor_error", NULL,     \
            &bf_push_vendor_protocol, front_                                           \
    }

enum { ALL = BF_REFUSED_ALL | BF_REFUSED_PUSH, PUSH = BF_REFUSED_PUSH };

static const struct bf_refusal refusals[] = {
    {204, "price", "Le prix de la requête, dans X-Beffroi-Cost (X-Beffroi-Dry-Run: 1).",
     "The price of the request, in X-Beffroi-Cost (X-Beffroi-Dry-Run: 1).", BF_REFUSED_ALL, NULL,
     NULL, NULL, false},
    {304, "not_modified", "La réponse n'a pas changé.", "The answer has not changed.",
     BF_REFUSED_TAGGED, NULL, NULL, NULL, false},
    REFUSAL(400, "bad_request", "La requête n'est pas valable.", "The request is not valid.", ALL,
            false),
    REFUSAL(401, "unauthorized", "Il faut une clé valable.", "A valid key is needed.", ALL, false),
    REFUSAL(403, "forbidden", "La clé ne permet pas cela.", "The key does not allow this.", PUSH,
            false),
    REFUSAL(404, "not_found", "Cela n'existe pas.", "There is no such thing.",
            BF_REFUSED_NAMED | PUSH, false),
    REFUSAL(409, "conflict", "Un autre envoi avec cette Idempotency-Key est en cours.",
            "Another push with this Idempotency-Key is on its way.", PUSH, false),
    REFUSAL(413, "too_large", "Le corps est trop grand.", "The body is too large.", PUSH, true),
    REFUSAL(415, "media_type", "Ce type de corps n'est pas compris.",
            "This type of body is not understood.", PUSH, false),
    REFUSAL(422, "invalid_records", "Des enregistrements ne sont pas valables: rien n'est écrit.",
            "Some records are not valid: nothing is written.", PUSH, false),
    REFUSAL(429, "quota", "Trop de requêtes.", "Too many requests.", ALL, true),
    REFUSAL(500, "server_error", "Une erreur du serveur.", "An error of the server.", ALL, false),
    REFUSAL(503, "unavailable", "Rien n'a été confirmé; voir Retry-After.",
            "Nothing was acknowledged; see Retry-After.", ALL, true),
    REFUSAL(507, "storage", "Il n'y a plus de place.", "There is no room left.", PUSH, false),
    {.key = NULL},
};

/* ---- values as they may be sent ---- */

static void open_forms(struct bf_openapi *o)
{
    bf_document_open(&o->d, "oneOf", '[');
}

static void close_forms(struct bf_openapi *o)
{
    bf_document_open(&o->d, NULL, '{');
    bf_openapi_type(o, "string", true);
    bf_document_close(&o->d, '}');
    bf_document_close(&o->d, ']');
}

/* {"lon", "lat"} or GeoJSON, [latitude, longitude], or a text. */
static void point(struct bf_openapi *o)
{
    open_forms(o);
    bf_document_name(&o->d, NULL);
    bf_buf_text(o->d.b, "{\"type\": \"object\"}, {\"type\": \"array\", \"items\": {\"type\": "
                        "\"number\"}, \"minItems\": 2, \"maxItems\": 2}");
    close_forms(o);
}

static void shape(struct bf_openapi *o)
{
    open_forms(o);
    bf_document_name(&o->d, NULL);
    bf_buf_text(o->d.b, "{\"type\": \"object\"}");
    close_forms(o);
}

static void texts(struct bf_openapi *o)
{
    open_forms(o);
    bf_document_name(&o->d, NULL);
    bf_buf_text(o->d.b, "{\"type\": \"array\", \"items\": {\"type\": \"string\"}}");
    close_forms(o);
}

static void type(struct bf_openapi *o, const struct bf_column *c)
{
    if (c->flags & BF_COLUMN_MULTIVALUED)
        return texts(o);
    switch (c->type) {
    case BF_BOOL:
        return bf_openapi_type(o, "boolean", true);
    case BF_INT:
        return bf_openapi_type(o, "integer", true);
    case BF_DOUBLE:
        return bf_openapi_type(o, "number", true);
    case BF_GEO_POINT:
        return point(o);
    case BF_GEO_SHAPE:
        return shape(o);
    case BF_JSON: /* anything */
        return;
    case BF_DATE:
    case BF_DATETIME:
    case BF_TEXT:
    case BF_NULL:
        break;
    }
    bf_openapi_type(o, "string", true);
}

/* ---- what is described ---- */

static const struct bf_openapi_tag tags[] = {
    {"Push", "L'API de Beffroi", "The API of Beffroi"},
    {"Push 1.0", "L'API d'Opendatasoft: toute ressource convient",
     "The API of Opendatasoft: any resource will do"},
    {NULL, NULL, NULL},
};

const struct bf_openapi_api push_api = {
    .title = "Push API",
    .version = "v1",
    .fr = "Par elle les partenaires écrivent; il faut une clé avec le droit push:JEU. Un envoi est "
          "écrit en entier ou pas du tout; 200 veut dire que c'est écrit.",
    .en = "By it partners write; a key with the scope push:DATASET is needed. A push is written "
          "whole or not at all; 200 means that it is written.",
    .tags = tags,
    .shapes = tables,
    .refusals = refusals,
    .sent = true,
    .type = type,
};

bool push_describe(struct bf_request *r, struct bf_description *out)
{
    *out = (struct bf_description){.api = &push_api, .root = "/api/push", .routes = bf_push_routes};
    return bf_locale_english(r, &out->english);
}
