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

/* ---- shapes of events ---- */

#define COUNT(name_, fr_, en_)                                                  \
    {                                                                           \
        .name = name_, .type = "integer", .flags = NEEDED, .fr = fr_, .en = en_ \
    }

#define EVENT                                                                                \
    TEXT("id", NEEDED), {.name = "title", .of = "title", .flags = NEEDED},                   \
        {.name = "state",                                                                    \
         .type = "string",                                                                   \
         .flags = NEEDED,                                                                    \
         .choices = (const char *const[]){"open", "full", "over", "closed", NULL}},          \
        COUNT("places", "Combien d'appareils, au plus.", "How many devices, at most."),      \
        COUNT("taken", "Combien ont une clé.", "How many have a key."),                      \
        COUNT("free", "Combien peuvent encore en recevoir.", "How many may still get one."), \
        COUNT("refused", "Combien de demandes sont venues après la dernière place.",         \
              "How many claims came after the last place."),                                 \
        INSTANT("created", NEEDED), INSTANT("ends", NEEDED), INSTANT("closed", NEEDED | NULLABLE)

static const struct bf_shape_member title[] = {TEXT("fr", NEEDED), TEXT("en", NEEDED), LAST};
static const struct bf_shape_member event[] = {
    EVENT,
    TEXT("partner", NEEDED),
    TEXT("plan", NEEDED),
    TEXT("scope", NEEDED | LIST),
    {.name = "narrowing", .of = "narrowing", .flags = NEEDED},
    LAST,
};
static const struct bf_shape_member events[] = {
    {.name = "events", .of = "event", .flags = NEEDED | LIST}, LAST};
static const struct bf_shape_member new_event[] = {
    {.name = "code",
     .type = "string",
     .flags = NEEDED,
     .fr = "Le code de l'événement; il n'est gardé nulle part.",
     .en = "The code of the event; it is kept nowhere."},
    {.name = "about", .of = "event", .flags = NEEDED},
    LAST,
};
static const struct bf_shape_member place[] = {
    {.name = "number", .type = "integer", .flags = NEEDED},
    TEXT("device", NEEDED | NULLABLE),
    TEXT("key", NEEDED),
    INSTANT("claimed", NEEDED),
    COUNT("again", "Combien de fois il a reçu une autre clé.", "How often it got another key."),
    LAST,
};
static const struct bf_shape_member event_places[] = {
    {.name = "event", .of = "event", .flags = NEEDED},
    {.name = "devices", .of = "place", .flags = NEEDED | LIST},
    LAST};
static const struct bf_shape_member event_order[] = {
    TEXT("title", NEEDED),
    TEXT("title_en", 0),
    {.name = "devices", .type = "integer", .flags = NEEDED},
    {.name = "until",
     .type = "string",
     .flags = NEEDED,
     .fr = "`2026-11-29T20:00` (Paris, ou avec un décalage), `dimanche 20h`, `demain 18:00`.",
     .en = "`2026-11-29T20:00` (Paris, or with an offset), `sunday 20:00`, `tomorrow 18:00`."},
    TEXT("plan", 0),
    TEXT("scope", LIST),
    NARROWING,
    LAST,
};
static const struct bf_shape_member places_order[] = {
    {.name = "devices", .type = "integer", .flags = NEEDED}, LAST};
static const struct bf_shape_member closing[] = {TEXT("reason", 0), LAST};

static const struct bf_shape_member claim[] = {
    TEXT("code", NEEDED),
    {.name = "device",
     .type = "string",
     .fr = "Comment l'appareil s'appelle, pour les organisateurs.",
     .en = "What the device is called, for the organisers."},
    LAST,
};
static const struct bf_shape_member device_event[] = {
    TEXT("id", NEEDED),
    {.name = "title", .of = "title", .flags = NEEDED},
    INSTANT("ends", NEEDED),
    LAST};
static const struct bf_shape_member device_key[] = {
    {.name = "key",
     .type = "string",
     .flags = NEEDED,
     .fr = "La clé; elle n'est gardée nulle part.",
     .en = "The key; it is kept nowhere."},
    {.name = "about", .of = "key", .flags = NEEDED},
    {.name = "event", .of = "device_event", .flags = NEEDED},
    {.name = "try",
     .type = "string",
     .flags = NEEDED,
     .fr = "Une requête à essayer.",
     .en = "A request to try."},
    LAST,
};

static const struct bf_shape_member units[] = {
    {.name = "today", .type = "integer", .flags = NEEDED | NULLABLE},
    {.name = "total", .type = "integer", .flags = NEEDED | NULLABLE},
    {.name = "quota",
     .type = "integer",
     .flags = NEEDED | NULLABLE,
     .fr = "Par jour, pour tous les appareils.",
     .en = "A day, for all devices."},
    LAST,
};
static const struct bf_shape_member hour[] = {
    INSTANT("hour", NEEDED), {.name = "keys", .type = "integer", .flags = NEEDED}, LAST};
static const struct bf_shape_member event_page[] = {
    EVENT,
    {.name = "units", .of = "units", .flags = NEEDED},
    {.name = "claims", .of = "hour", .flags = NEEDED | LIST},
    LAST,
};

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
    {"title", "Un titre.", "A title.", title, false},
    {"event", "Un événement.", "An event.", event, false},
    {"events", "Les événements.", "The events.", events, false},
    {"new_event", "Un événement qui vient d'être créé.", "An event that was just made.", new_event,
     false},
    {"place", "Un appareil qui a une clé.", "A device that has a key.", place, false},
    {"event_places", "Un événement et ses appareils.", "An event and its devices.", event_places,
     false},
    {"event_order", "Ce que l'événement doit être.", "What the event shall be.", event_order,
     false},
    {"places_order", "Combien d'appareils l'événement accueille.",
     "How many devices the event has room for.", places_order, false},
    {"closing", "Pourquoi il est fermé.", "Why it is closed.", closing, false},
    {"claim", "Ce qui donne droit à une clé.", "What gives a right to a key.", claim, false},
    {"device_event", "L'événement d'une clé.", "The event of a key.", device_event, false},
    {"device_key", "La clé d'un appareil.", "The key of a device.", device_key, false},
    {"units", "Ce qui a été demandé, en unités du quota.", "What was asked, in units of the quota.",
     units, false},
    {"hour", "Les clés d'une heure.", "The keys of an hour.", hour, false},
    {"event_page", "Un événement en chiffres.", "An event in numbers.", event_page, false},
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
    {204, "price", "Le prix de la requête, dans X-Beffroi-Cost (X-Beffroi-Dry-Run: 1).",
     "The price of the request, in X-Beffroi-Cost (X-Beffroi-Dry-Run: 1).", BF_REFUSED_ALL, NULL,
     NULL, NULL, false},
    {304, "not_modified", "La réponse n'a pas changé.", "The answer has not changed.",
     BF_REFUSED_TAGGED, NULL, NULL, NULL, false},
    REFUSAL(400, "bad_request", "La requête n'est pas valable.", "The request is not valid."),
    REFUSAL(401, "unauthorized", "Il faut une clé valable.", "A valid key is needed."),
    REFUSAL(403, "forbidden", "La clé ne permet pas cela, ou pas d'ici.",
            "The key does not allow this, or not from here."),
    REFUSAL(404, "not_found", "Cela n'existe pas.", "There is no such thing."),
    REFUSAL(409, "conflict", "La clé n'est plus valable, ou toutes les places sont prises.",
            "The key is not valid any more, or all places are taken."),
    REFUSAL(410, "gone", "L'événement est terminé.", "The event is over."),
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
    {"Events", "Les clés des événements", "Keys for events"},
    {"Signing keys", "Les clés de signature", "Signing keys"},
    {"Audit", "Le registre", "The audit table"},
    {NULL, NULL, NULL},
};

const struct bf_openapi_api admin_api = {
    .title = "Admin API",
    .version = "v1",
    .fr = "La vie des clés. Il faut une clé avec le droit admin, et être admis par setting "
          "admin_allow; restreindre sa propre clé est permis à tous, recevoir celle d'un "
          "événement à qui en a le code.",
    .en = "The life of keys. A key with the scope admin is needed, and an address that the setting "
          "admin_allow admits; narrowing one's own key is for all, getting one of an event for "
          "whoever has its code.",
    .tags = tags,
    .shapes = tables,
    .refusals = refusals,
};

bool admin_describe(struct bf_request *r, struct bf_description *out)
{
    *out = (struct bf_description){.api = &admin_api, .root = "/api", .routes = bf_admin_routes};
    return bf_locale_english(r, &out->english);
}
