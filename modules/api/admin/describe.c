#include "api/admin/describe.h"

#include "api/admin/admin.h"
#include "api/locale.h"

enum { NEEDED = BF_SHAPE_REQUIRED, LIST = BF_SHAPE_LIST, NULLABLE = BF_SHAPE_NULLABLE };

/* ---- shapes ---- */

#define TEXT(name_, ...)                                      \
    {                                                         \
        .name = name_, .type = "string", .flags = __VA_ARGS__ \
    }
#define INSTANT(name_, flags_)                                                  \
    {                                                                           \
        .name = name_, .type = "string", .format = "date-time", .flags = flags_ \
    }
#define NUMBER(name_, fr_, en_)                                \
    {                                                          \
        .name = name_, .type = "integer", .fr = fr_, .en = en_ \
    }
#define LAST         \
    {                \
        .name = NULL \
    }

#define NARROWING                                                                            \
    {.name = "datasets", .type = "string", .flags = LIST},                                   \
        {.name = "bbox",                                                                     \
         .type = "number",                                                                   \
         .flags = LIST,                                                                      \
         .fr = "[ouest, sud, est, nord], en degrés.",                                        \
         .en = "[west, south, east, north], in degrees."},                                   \
        {.name = "origins", .type = "string", .flags = LIST},                                \
        NUMBER("rate", "Requêtes par minute, de cette clé et de celles qui en sont tirées.", \
               "Requests a minute, of this key and those narrowed from it.")

static const struct bf_shape_member narrowing[] = {
    NARROWING,
    {.name = "rates",
     .type = "object",
     .fr = "Les clés dont elle est tirée et leurs débits, auxquels elle prend part.",
     .en = "The keys that it was narrowed from and their rates, which it uses up as well."},
    LAST};

static const struct bf_shape_member key[] = {
    TEXT("id", NEEDED),
    TEXT("partner", NEEDED),
    TEXT("plan", NEEDED),
    TEXT("scope", NEEDED | LIST),
    {.name = "state",
     .type = "string",
     .flags = NEEDED,
     .choices = (const char *const[]){"valid", "expired", "ended", "revoked", NULL}},
    INSTANT("issued", NEEDED),
    INSTANT("expires", NEEDED),
    INSTANT("ends", NULLABLE),
    INSTANT("revoked", NULLABLE),
    TEXT("last_used", NULLABLE),
    TEXT("signing_key", NEEDED),
    TEXT("parent", NULLABLE),
    {.name = "narrowing", .of = "narrowing", .flags = NEEDED},
    LAST,
};

static const struct bf_shape_member new_key[] = {
    {.name = "key",
     .type = "string",
     .flags = NEEDED,
     .fr = "La clé; elle n'est gardée nulle part.",
     .en = "The key; it is kept nowhere."},
    {.name = "about", .of = "key", .flags = NEEDED},
    LAST,
};

static const struct bf_shape_member keys[] = {
    {.name = "keys", .of = "key", .flags = NEEDED | LIST}, TEXT("next", NEEDED | NULLABLE), LAST};

#define RIGHTS                            \
    TEXT("plan", 0), TEXT("scope", LIST), \
        NUMBER("days", "Combien de temps elle est valable.", "How long it is valid."), NARROWING

static const struct bf_shape_member key_order[] = {TEXT("partner", NEEDED), RIGHTS, LAST};
static const struct bf_shape_member narrowing_order[] = {
    TEXT("scope", LIST),
    NUMBER("days", "Combien de temps elle est valable.", "How long it is valid."), NARROWING, LAST};
static const struct bf_shape_member renewal[] = {
    NUMBER("overlap_days", "Combien de temps les deux sont valables.", "How long both are valid."),
    NUMBER("days", "Combien de temps la nouvelle est valable.", "How long the new one is valid."),
    LAST,
};
static const struct bf_shape_member revocation[] = {
    TEXT("key", 0), TEXT("partner", 0), TEXT("signing_key", 0), TEXT("reason", 0), LAST};
static const struct bf_shape_member revoked[] = {
    {.name = "revoked", .type = "integer", .flags = NEEDED}, LAST};

static const struct bf_shape_member signing_key[] = {
    TEXT("id", NEEDED),
    {.name = "state",
     .type = "string",
     .flags = NEEDED,
     .choices =
         (const char *const[]){"signing", "waiting", "verifying", "retired", "revoked", NULL}},
    INSTANT("created", NEEDED),
    INSTANT("signs", NEEDED),
    INSTANT("retired", NULLABLE),
    {.name = "keys", .type = "integer", .flags = NEEDED},
    INSTANT("last_key_ends", NULLABLE),
    LAST,
};
static const struct bf_shape_member signing_keys[] = {
    {.name = "signing_keys", .of = "signing_key", .flags = NEEDED | LIST}, LAST};

static const struct bf_shape_member line[] = {
    {.name = "number", .type = "integer", .flags = NEEDED},
    INSTANT("at", NEEDED),
    TEXT("who", NEEDED),
    TEXT("origin", NEEDED),
    TEXT("what", NEEDED),
    TEXT("about", NULLABLE),
    {.name = "detail", .type = "object", .flags = NEEDED},
    LAST,
};
static const struct bf_shape_member audit[] = {
    {.name = "audit", .of = "line", .flags = NEEDED | LIST},
    {.name = "next", .type = "integer", .flags = NEEDED | NULLABLE},
    LAST};

static const struct bf_shape_member problem[] = {
    TEXT("type", NEEDED),
    TEXT("title", NEEDED),
    {.name = "status", .type = "integer", .flags = NEEDED},
    TEXT("detail", NEEDED),
    TEXT("parameter", 0),
    {.name = "position", .type = "integer"},
    TEXT("request_id", 0),
    BF_SHAPE_EXCESS,
    LAST,
};

static const struct bf_shape shapes[] = {
    {"narrowing", "À quoi la clé est restreinte.", "What the key is narrowed to.", narrowing,
     false},
    {"key", "Une clé, sans elle-même.", "A key, without itself.", key, false},
    {"new_key", "Une clé nouvelle.", "A new key.", new_key, false},
    {"keys", "Une page de clés.", "A page of keys.", keys, false},
    {"key_order", "Une clé à émettre.", "A key to issue.", key_order, false},
    {"narrowing_order", "Une clé plus étroite à émettre.", "A narrower key to issue.",
     narrowing_order, false},
    {"renewal", "Une clé à remplacer.", "A key to replace.", renewal, false},
    {"revocation", "Une seule des trois.", "One of the three.", revocation, false},
    {"revoked", "Combien de clés.", "How many keys.", revoked, false},
    {"signing_key", "Une clé de signature.", "A signing key.", signing_key, false},
    {"signing_keys", "Les clés de signature.", "The signing keys.", signing_keys, false},
    {"line", "Qui a fait quoi.", "Who did what.", line, false},
    {"audit", "Une page du registre.", "A page of the audit.", audit, false},
    {"problem", "Un refus (RFC 9457).", "A refusal (RFC 9457).", problem, false},
    {.name = NULL},
};

static const struct bf_shape *const tables[] = {shapes, bf_common_shapes, NULL};

/* ---- refusals ---- */

#define REFUSAL(status_, key_, fr_, en_)                                                      \
    {                                                                                         \
        status_, key_, fr_, en_, BF_REFUSED_ALL, "problem", "application/problem+json", NULL, \
            false                                                                             \
    }

static const struct bf_refusal refusals[] = {
    {304, "not_modified", "La réponse n'a pas changé.", "The answer has not changed.",
     BF_REFUSED_TAGGED, NULL, NULL, NULL, false},
    REFUSAL(400, "bad_request", "La requête n'est pas valable.", "The request is not valid."),
    REFUSAL(401, "unauthorized", "Il faut une clé valable.", "A valid key is needed."),
    REFUSAL(403, "forbidden", "La clé ne permet pas cela, ou pas d'ici.",
            "The key does not allow this, or not from here."),
    REFUSAL(404, "not_found", "Cela n'existe pas.", "There is no such thing."),
    REFUSAL(409, "conflict", "La clé n'est plus valable.", "The key is not valid any more."),
    REFUSAL(413, "too_large", "Le corps est trop grand.", "The body is too large."),
    REFUSAL(415, "media_type", "Ce type de corps n'est pas compris.",
            "This type of body is not understood."),
    REFUSAL(429, "quota", "Trop de requêtes.", "Too many requests."),
    REFUSAL(500, "server_error", "Une erreur du serveur.", "An error of the server."),
    REFUSAL(503, "unavailable", "Rien n'est confirmé; voir Retry-After.",
            "Nothing is acknowledged; see Retry-After."),
    {.key = NULL},
};

static const struct bf_openapi_tag tags[] = {
    {"Keys", "Les clés", "Keys"},
    {"Signing keys", "Les clés de signature", "Signing keys"},
    {"Audit", "Le registre", "The audit table"},
    {NULL, NULL, NULL},
};

const struct bf_openapi_api admin_api = {
    .title = "Admin API",
    .version = "v1",
    .fr = "La vie des clés. Il faut une clé avec le droit admin, et être admis par setting "
          "admin_allow; restreindre sa propre clé est permis à tous.",
    .en = "The life of keys. A key with the scope admin is needed, and an address that the setting "
          "admin_allow admits; narrowing one's own key is for all.",
    .tags = tags,
    .shapes = tables,
    .refusals = refusals,
};

bool admin_describe(struct bf_request *r)
{
    struct bf_description d = {.api = &admin_api, .root = "/api", .routes = bf_admin_routes};
    return bf_locale_english(r, &d.english) && bf_describe(r, &d);
}
