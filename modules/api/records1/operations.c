#include "api/records1/table.h"

#include <stddef.h>

#define P(name) &records1_parameters[RECORDS1_##name]
#define LIST(...)                        \
    (const struct bf_parameter *const[]) \
    {                                    \
        __VA_ARGS__, NULL                \
    }

/* Which records. */
#define FILTERS \
    P(Q), P(REFINE), P(EXCLUDE), P(DISJUNCTIVE), P(DISTANCE), P(POLYGON), P(BBOX), P(GEO_DIGEST)
#define WORDS P(LANG), P(TIMEZONE)
#define JSON P(FORMAT), P(CALLBACK), P(PRETTY_PRINT)
#define SERIES P(Y_EXPR), P(Y_CUMULATIVE), P(Y_SUBSETS)
#define FILE                                                                                     \
    P(ROWS_DOWNLOAD), P(START_DOWNLOAD), P(SORT), P(FIELDS), FILTERS, WORDS, P(FORMAT_DOWNLOAD), \
        P(CALLBACK), P(PRETTY_PRINT), P(CSV_SEPARATOR), P(USE_LABELS)

#define SCRIPT                                \
    {                                         \
        "application/javascript", NULL, false \
    }

/* Beside the shape: what callback makes of it. */
static const struct bf_operation_media script[] = {SCRIPT, {NULL, NULL, false}};

static const struct bf_operation_media page[] = {
    {"application/geo+json", "feature_collection", false}, SCRIPT, {NULL, NULL, false}};

static const struct bf_operation_media files[] = {
    {"application/json", "record", true},
    {"application/geo+json", "feature_collection", false},
    {"text/csv", NULL, false},
    {"application/jsonl", NULL, false},
    SCRIPT,
    {NULL, NULL, false},
};

static const struct bf_operation_media points[] = {
    {"application/json", "point", true}, {"text/csv", NULL, false}, SCRIPT, {NULL, NULL, false}};

static const struct bf_operation_media places[] = {
    {"application/json", "place", true}, SCRIPT, {NULL, NULL, false}};

const struct bf_operation records1_get_search = {
    .id = "searchRecords",
    .tag = "Records",
    .fr = "Une page d'enregistrements",
    .en = "A page of records",
    .parameters = LIST(P(DATASET), P(ROWS), P(START), P(SORT), P(FIELDS), P(FACET), FILTERS, WORDS,
                       P(FORMAT_SEARCH), P(CALLBACK), P(PRETTY_PRINT)),
    .shape = "search",
    .media = page,
};

const struct bf_operation records1_get_download = {
    .id = "downloadRecords",
    .tag = "Records",
    .fr = "Tous les enregistrements, en un fichier",
    .en = "All records, as a file",
    .parameters = LIST(P(DATASET), FILE),
    .media = files,
};

const struct bf_operation records1_get_explore_download = {
    .id = "downloadDataset",
    .tag = "Records",
    .fr = "Tous les enregistrements, à l'adresse que les pages du portail donnaient",
    .en = "All records, at the address that the pages of the portal gave",
    .parameters = LIST(P(DATASET_PATH), FILE),
    .media = files,
};

const struct bf_operation records1_get_analyze = {
    .id = "analyzeRecords",
    .tag = "Records",
    .fr = "Des séries de points",
    .en = "Series of points",
    .parameters = LIST(P(DATASET), P(X), P(Y_FUNC), SERIES, P(PRECISION), P(PERIODIC), P(MAXPOINTS),
                       P(SORT_POINTS), FILTERS, WORDS, P(FORMAT_ANALYZE), P(CALLBACK),
                       P(PRETTY_PRINT), P(CSV_SEPARATOR)),
    .media = points,
};

const struct bf_operation records1_get_geocluster = {
    .id = "clusterRecords",
    .tag = "Records",
    .fr = "Des groupes de points proches",
    .en = "Clusters of points that are near each other",
    .parameters =
        LIST(P(DATASET), P(CLUSTERPRECISION), P(CLUSTERDISTANCE), P(CLUSTERMODE), P(SHAPEPRECISION),
             P(GEO_FIELD), P(Y_FUNC_OPTIONAL), SERIES, FILTERS, WORDS, JSON),
    .shape = "clusters",
    .media = script,
    .places = true,
};

const struct bf_operation records1_get_geopolygon = {
    .id = "groupShapes",
    .tag = "Records",
    .fr = "Les géométries différentes, chacune avec ses enregistrements",
    .en = "The different geometries, each with its records",
    .parameters = LIST(P(DATASET), P(CLUSTERPRECISION_OPTIONAL), P(GEO_FIELD), P(Y_FUNC_OPTIONAL),
                       SERIES, FILTERS, WORDS, JSON),
    .shape = "clusters",
    .media = script,
    .places = true,
};

const struct bf_operation records1_get_boundingbox = {
    .id = "getBoundingBox",
    .tag = "Records",
    .fr = "Le rectangle autour des enregistrements",
    .en = "The box around the records",
    .parameters = LIST(P(DATASET), P(GEO_FIELD), FILTERS, WORDS, JSON),
    .shape = "box",
    .media = script,
    .places = true,
};

const struct bf_operation records1_get_geopreview = {
    .id = "previewRecords",
    .tag = "Records",
    .fr = "Les géométries des enregistrements, à dessiner",
    .en = "The geometries of the records, to draw",
    .parameters = LIST(P(DATASET), P(ROWS_PREVIEW), P(START), P(GEO_FIELD), FILTERS, WORDS, JSON),
    .media = places,
    .places = true,
};

const struct bf_operation records1_get_datasets = {
    .id = "searchDatasets",
    .tag = "Datasets",
    .fr = "Une page de jeux de données",
    .en = "A page of datasets",
    .parameters = LIST(P(ROWS), P(START), P(SORT), P(FACET), P(Q), P(REFINE), P(EXCLUDE),
                       P(DISJUNCTIVE), P(INTEROPMETAS), WORDS, JSON),
    .shape = "datasets",
    .media = script,
};

const struct bf_operation records1_get_dataset = {
    .id = "getDataset",
    .tag = "Datasets",
    .fr = "Un jeu de données",
    .en = "One dataset",
    .parameters = LIST(P(DATASET_PATH), P(INTEROPMETAS), WORDS, JSON),
    .shape = "dataset",
    .media = script,
};

const struct bf_operation records1_get_record = {
    .id = "getRecord",
    .tag = "Datasets",
    .fr = "Un enregistrement",
    .en = "One record",
    .parameters = LIST(P(DATASET_PATH), P(RECORD), WORDS, JSON),
    .shape = "record",
    .media = script,
};

const struct bf_operation records1_get_attachment = {
    .id = "getAttachment",
    .tag = "Datasets",
    .fr = "Où une pièce jointe est maintenant",
    .en = "Where an attachment is now",
    .parameters = LIST(P(DATASET_PATH), P(ATTACHMENT)),
    .moved = true,
};

const struct bf_operation records1_get_alternative_export = {
    .id = "getAlternativeExport",
    .tag = "Datasets",
    .fr = "Où un export alternatif est maintenant",
    .en = "Where an alternative export is now",
    .parameters = LIST(P(DATASET_PATH), P(ALTERNATIVE_EXPORT)),
    .moved = true,
};

const struct bf_operation records1_get_file = {
    .id = "getFile",
    .tag = "Datasets",
    .fr = "Le fichier d'un champ; aucun jeu de données n'en a encore",
    .en = "The file of a field; no dataset has any yet",
    .parameters = LIST(P(DATASET_PATH), P(FILE)),
};

const struct bf_operation records1_get_page = {
    .id = "getDatasetPage",
    .tag = "Datasets",
    .fr = "Où la page d'un jeu de données est maintenant",
    .en = "Where the page of a dataset is now",
    .parameters = LIST(P(DATASET_PATH)),
    .moved = true,
};

const struct bf_operation records1_get_console = {
    .id = "getDatasetConsole",
    .tag = "Datasets",
    .fr = "Où la console d'un jeu de données est maintenant",
    .en = "Where the console of a dataset is now",
    .parameters = LIST(P(DATASET_PATH)),
    .moved = true,
};

#define DESCRIBE(name_, id_, tag_, version_, ...) \
    const struct bf_operation name_ = {           \
        .id = id_, .tag = tag_, BF_OPERATION_DESCRIBES(version_), .parameters = LIST(__VA_ARGS__)}

DESCRIBE(records1_get_swagger, "getSwagger", "Records", "3.0", P(LANG));
DESCRIBE(records1_get_openapi, "getOpenapi", "Records", "3.1", P(LANG));
DESCRIBE(records1_get_dataset_swagger, "getDatasetSwagger", "Datasets", "3.0", P(DATASET_PATH),
         P(LANG));
DESCRIBE(records1_get_dataset_openapi, "getDatasetOpenapi", "Datasets", "3.1", P(DATASET_PATH),
         P(LANG));
