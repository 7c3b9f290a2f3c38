#include "api/push/table.h"

#include "api/locale.h"

static const char *const modes[] = {"upsert", "snapshot", NULL};
static const char *const delimiters[] = {",", ";", "|", "tab", NULL};
static const char *const codings[] = {"gzip", "identity", NULL};

const struct bf_parameter push_parameters[PUSH_PARAMETERS] = {
    [PUSH_DATASET] = {.name = "dataset",
                      .flags = BF_PARAMETER_PATH,
                      .fr = "L'identifiant du jeu de données, ou l'un de ses anciens noms.",
                      .en = "The id of the dataset, or one of its former names."},
    [PUSH_RESOURCE] = {.name = "resource",
                       .flags = BF_PARAMETER_PATH,
                       .fr = "Le nom de la ressource: tout nom convient.",
                       .en = "The name of the resource: any name will do.",
                       .example = "realtime"},
    [PUSH_RECORD] = {.name = "record",
                     .flags = BF_PARAMETER_PATH,
                     .fr = "L'identifiant de l'enregistrement: 40 chiffres hexadécimaux.",
                     .en = "The id of the record: 40 hexadecimal digits."},
    [PUSH_MODE] = {.name = "mode",
                   .preset = "upsert",
                   .choices = modes,
                   .expected = "upsert or snapshot",
                   .fr = "`snapshot`: le corps est le jeu entier, ce qui n'y est pas est effacé.",
                   .en = "`snapshot`: the body is all of the dataset, what it has not is deleted."},
    [PUSH_DELIMITER] = {.name = "delimiter",
                        .choices = delimiters,
                        .expected = "one of , ; | tab",
                        .fr = "Ce qui sépare les cellules du CSV; sans lui, la première ligne le "
                              "dit.",
                        .en = "What stands between cells of CSV; without it, the first line "
                              "tells."},
    [PUSH_ALLOW_EMPTY] = {.name = "allow_empty",
                          .type = BF_PARAMETER_BOOLEAN,
                          .preset = "false",
                          .expected = "true or false",
                          .fr = "Un `snapshot` sans enregistrement efface tout.",
                          .en = "A `snapshot` without a record deletes everything."},
    [PUSH_IDEMPOTENCY_KEY] = {.name = "Idempotency-Key",
                              .flags = BF_PARAMETER_HEADER,
                              .fr = "Un nom que l'envoi garde quand il est répété: il ne compte "
                                    "qu'une fois. 1 à 255 caractères ASCII.",
                              .en = "A name that the push keeps when it is repeated: it counts "
                                    "once. 1 to 255 ASCII characters."},
    [PUSH_CONTENT_ENCODING] = {.name = "Content-Encoding",
                               .flags = BF_PARAMETER_HEADER,
                               .choices = codings,
                               .fr = "Comment le corps est comprimé.",
                               .en = "How the body is compressed."},
    [PUSH_LANG] = BF_LOCALE_LANG("de la description", "the description"),
};

#define P(name) &push_parameters[PUSH_##name]
#define LIST(...)                        \
    (const struct bf_parameter *const[]) \
    {                                    \
        __VA_ARGS__, NULL                \
    }

/* The chief name of each type; order.c knows the others. */
static const char *const types[] = {"application/json", "application/x-ndjson", "text/csv", NULL};

static const struct bf_operation_body records = {
    .types = types,
    .shape = "record",
    .fr = "Un enregistrement, un tableau d'enregistrements, des lignes de JSON ou du CSV.",
    .en = "One record, an array of records, lines of JSON, or CSV.",
};

static const struct bf_operation_body keys = {
    .types = types,
    .shape = "record",
    .fr = "Les clés des enregistrements à effacer.",
    .en = "The keys of the records to delete.",
};

const struct bf_operation push_records = {
    .id = "pushRecords",
    .tag = "Push",
    .fr = "Ajoute, change ou remplace des enregistrements",
    .en = "Adds, changes or replaces records",
    .parameters = LIST(P(DATASET), P(MODE), P(DELIMITER), P(ALLOW_EMPTY), P(IDEMPOTENCY_KEY),
                       P(CONTENT_ENCODING)),
    .shape = "commit",
    .body = &records,
};

const struct bf_operation push_delete = {
    .id = "deleteRecords",
    .tag = "Push",
    .fr = "Efface des enregistrements",
    .en = "Deletes records",
    .parameters = LIST(P(DATASET), P(DELIMITER), P(IDEMPOTENCY_KEY), P(CONTENT_ENCODING)),
    .shape = "commit",
    .body = &keys,
};

const struct bf_operation push_vendor_push = {
    .id = "pushRecords1",
    .tag = "Push 1.0",
    .fr = "Ajoute ou change des enregistrements",
    .en = "Adds or changes records",
    .parameters = LIST(P(DATASET), P(RESOURCE), P(IDEMPOTENCY_KEY), P(CONTENT_ENCODING)),
    .shape = "vendor_commit",
    .body = &records,
};

const struct bf_operation push_vendor_delete = {
    .id = "deleteRecords1",
    .tag = "Push 1.0",
    .fr = "Efface des enregistrements",
    .en = "Deletes records",
    .parameters = LIST(P(DATASET), P(RESOURCE), P(IDEMPOTENCY_KEY), P(CONTENT_ENCODING)),
    .shape = "vendor_commit",
    .body = &keys,
};

const struct bf_operation push_vendor_delete_one = {
    .id = "deleteRecord1",
    .tag = "Push 1.0",
    .fr = "Efface un enregistrement",
    .en = "Deletes one record",
    .parameters = LIST(P(DATASET), P(RESOURCE), P(RECORD)),
    .shape = "vendor_commit",
};

#define DESCRIBE(name_, id_, version_, ...)                              \
    const struct bf_operation name_ = {.id = id_,                        \
                                       .tag = "Push",                    \
                                       BF_OPERATION_DESCRIBES(version_), \
                                       .parameters = LIST(__VA_ARGS__)}

DESCRIBE(push_get_swagger, "getSwagger", "3.0", P(LANG));
DESCRIBE(push_get_openapi, "getOpenapi", "3.1", P(LANG));
DESCRIBE(push_get_dataset_swagger, "getDatasetSwagger", "3.0", P(DATASET), P(LANG));
DESCRIBE(push_get_dataset_openapi, "getDatasetOpenapi", "3.1", P(DATASET), P(LANG));
