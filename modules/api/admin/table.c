#include "api/admin/table.h"

#include "api/locale.h"

const struct bf_parameter admin_parameters[ADMIN_PARAMETERS] = {
    [ADMIN_KEY] = {.name = "key",
                   .flags = BF_PARAMETER_PATH,
                   .fr = "L'identifiant public d'une clé (jti).",
                   .en = "The public id of a key (jti)."},
    [ADMIN_PARTNER] = {.name = "partner",
                       .fr = "Les clés d'un seul partenaire.",
                       .en = "The keys of one partner."},
    [ADMIN_ALL] = {.name = "all",
                   .type = BF_PARAMETER_BOOLEAN,
                   .preset = "false",
                   .expected = "true or false",
                   .fr = "Aussi celles qui ne sont plus valables.",
                   .en = "Also those that are not valid any more."},
    [ADMIN_AFTER] = {.name = "after",
                     .fr = "`next` de la page précédente.",
                     .en = "`next` of the page before."},
    [ADMIN_LIMIT] = {.name = "limit",
                     .type = BF_PARAMETER_INTEGER,
                     .preset = "100",
                     .least = 1,
                     .most = 1000,
                     .fr = "Combien, au plus.",
                     .en = "How many, at most."},
    [ADMIN_ABOUT] = {.name = "about",
                     .fr = "Une clé, un partenaire ou une clé de signature.",
                     .en = "A key, a partner or a signing key."},
    [ADMIN_BEFORE] = {.name = "before",
                      .type = BF_PARAMETER_INTEGER,
                      .least = 1,
                      .most = BF_PARAMETER_UNBOUND,
                      .fr = "`next` de la page précédente.",
                      .en = "`next` of the page before."},
    [ADMIN_EVENT] = {.name = "event",
                     .flags = BF_PARAMETER_PATH,
                     .fr = "L'identifiant public d'un événement.",
                     .en = "The public id of an event."},
    [ADMIN_IDEMPOTENCY_KEY] = {.name = "Idempotency-Key",
                               .flags = BF_PARAMETER_HEADER,
                               .fr = "Un nom au hasard que l'appareil garde: qui redemande sous le "
                                     "même nom garde sa place et reçoit une autre clé à la place "
                                     "de la première. 1 à 255 caractères ASCII.",
                               .en = "A random name that the device keeps: who asks again under "
                                     "the same name keeps its place and gets another key in the "
                                     "place of the first. 1 to 255 ASCII characters."},
    [ADMIN_LANG] = BF_LOCALE_LANG("de la description", "the description"),
};

#define P(name) &admin_parameters[ADMIN_##name]
#define LIST(...)                        \
    (const struct bf_parameter *const[]) \
    {                                    \
        __VA_ARGS__, NULL                \
    }

static const struct bf_parameter *const none[] = {NULL};

static const char *const types[] = {"application/json", NULL};

#define BODY(name_, shape_, fr_, en_)               \
    static const struct bf_operation_body name_ = { \
        .types = types, .shape = shape_, .fr = fr_, .en = en_, .single = true}

BODY(order, "key_order", "Ce que la clé doit pouvoir.", "What the key shall be able to do.");
BODY(renewal, "renewal", "Combien de temps.", "For how long.");
BODY(target, "revocation", "Ce qui est révoqué.", "What is revoked.");
BODY(less, "narrowing_order", "Ce que la clé doit pouvoir de moins.",
     "What the key shall be able to do less.");

BODY(event_order, "event_order", "L'événement, et ce que ses clés doivent pouvoir.",
     "The event, and what its keys shall be able to do.");
BODY(places, "places_order", "Combien, en tout.", "How many, in all.");
BODY(closing, "closing", "Pourquoi.", "Why.");

static const char *const claim_types[] = {"application/json", "application/x-www-form-urlencoded",
                                          NULL};
static const struct bf_operation_body claim = {
    .types = claim_types,
    .shape = "claim",
    .fr =
        "Le code de l'événement. La casse, les blancs, les tirets et O pour 0, I et L pour 1 sont "
        "sans importance.",
    .en = "The code of the event. Case, blanks, hyphens and O for 0, I and L for 1 do not matter.",
    .single = true};

#define OPERATION(name_, id_, tag_, shape_, body_, fr_, en_, ...) \
    const struct bf_operation name_ = {.id = id_,                 \
                                       .tag = tag_,               \
                                       .fr = fr_,                 \
                                       .en = en_,                 \
                                       .parameters = __VA_ARGS__, \
                                       .shape = shape_,           \
                                       .body = body_}

OPERATION(admin_list_operation, "listKeys", "Keys", "keys", NULL, "Les clés", "The keys",
          LIST(P(PARTNER), P(ALL), P(AFTER), P(LIMIT)));
OPERATION(admin_issue_operation, "issueKey", "Keys", "new_key", &order, "Émet une clé",
          "Issues a key", none);
OPERATION(admin_show_operation, "getKey", "Keys", "key", NULL, "Une clé", "A key", LIST(P(KEY)));
OPERATION(admin_renew_operation, "renewKey", "Keys", "new_key", &renewal,
          "Émet une clé à la place d'une autre", "Issues a key in the place of another",
          LIST(P(KEY)));
OPERATION(admin_revoke_operation, "revoke", "Keys", "revoked", &target,
          "Révoque une clé, un partenaire ou une clé de signature",
          "Revokes a key, a partner or a signing key", none);
OPERATION(admin_signing_operation, "listSigningKeys", "Signing keys", "signing_keys", NULL,
          "Les clés de signature", "The signing keys", none);
OPERATION(admin_audit_operation, "getAudit", "Audit", "audit", NULL, "Qui a fait quoi",
          "Who did what", LIST(P(ABOUT), P(BEFORE), P(LIMIT)));
OPERATION(admin_narrow_operation, "narrowKey", "Keys", "new_key", &less,
          "Émet une clé qui peut moins que celle de la requête",
          "Issues a key that can do less than the one of the request", none);

OPERATION(admin_events_operation, "listEvents", "Events", "events", NULL, "Les événements",
          "The events", none);
OPERATION(admin_event_operation, "getEvent", "Events", "event_places", NULL,
          "Un événement et les appareils qui ont une clé",
          "An event and the devices that have a key", LIST(P(EVENT)));
OPERATION(admin_places_operation, "setEventPlaces", "Events", "event", &places,
          "Change le nombre d'appareils d'un événement",
          "Changes how many devices an event has room for", LIST(P(EVENT)));
OPERATION(admin_close_operation, "closeEvent", "Events", "revoked", &closing,
          "Ferme un événement et révoque toutes ses clés",
          "Closes an event and revokes all of its keys", LIST(P(EVENT)));
OPERATION(admin_page_operation, "getEventPage", "Events", "event_page", NULL,
          "Un événement en chiffres, pour une page", "An event in numbers, for a page",
          LIST(P(EVENT)));

const struct bf_operation admin_create_operation = {.id = "createEvent",
                                                    .tag = "Events",
                                                    .fr = "Crée un événement et répond son code",
                                                    .en = "Makes an event and answers its code",
                                                    .parameters = none,
                                                    .shape = "new_event",
                                                    .body = &event_order,
                                                    .created = true};
const struct bf_operation admin_claim_operation = {
    .id = "claimKey",
    .tag = "Events",
    .fr = "Émet la clé d'un appareil à un événement, contre son code",
    .en = "Issues the key of a device at an event, for its code",
    .parameters = LIST(P(IDEMPOTENCY_KEY)),
    .shape = "device_key",
    .body = &claim,
    .created = true};

const struct bf_operation admin_get_swagger = {
    .id = "getSwagger", .tag = "Keys", BF_OPERATION_DESCRIBES("3.0"), .parameters = LIST(P(LANG))};
const struct bf_operation admin_get_openapi = {
    .id = "getOpenapi", .tag = "Keys", BF_OPERATION_DESCRIBES("3.1"), .parameters = LIST(P(LANG))};
