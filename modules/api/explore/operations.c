#include "api/explore/table.h"

#include "api/explore/steps.h"
#include "format/formats.h"

#define P(name) &explore_parameters[EXPLORE_##name]
#define LIST(...)                        \
    (const struct bf_parameter *const[]) \
    {                                    \
        __VA_ARGS__, NULL                \
    }

#define NO_PARAMETERS                    \
    (const struct bf_parameter *const[]) \
    {                                    \
        NULL                             \
    }

const struct bf_operation explore_get_datasets = {
    .id = "getDatasets",
    .tag = "Catalog",
    .fr = "Les jeux de données",
    .en = "The datasets",
    .parameters =
        LIST(P(SELECT), P(WHERE), P(GROUP_BY), P(ORDER_BY), P(LIMIT), P(OFFSET), P(REFINE),
             P(EXCLUDE), P(LANG), P(TIMEZONE), P(INCLUDE_LINKS), P(INCLUDE_APP_METAS)),
    .shape = "datasets",
};

const struct bf_operation explore_get_dataset = {
    .id = "getDataset",
    .tag = "Catalog",
    .fr = "Un jeu de données, ses champs et ses métadonnées",
    .en = "One dataset, its fields and its metadata",
    .parameters =
        LIST(P(DATASET), P(SELECT), P(LANG), P(TIMEZONE), P(INCLUDE_LINKS), P(INCLUDE_APP_METAS)),
    .shape = "dataset",
};

const struct bf_operation explore_get_catalog_facets = {
    .id = "getDatasetsFacets",
    .tag = "Catalog",
    .fr = "Les valeurs des facettes du catalogue, et combien de jeux de données les ont",
    .en = "The values of the catalogue's facets, and how many datasets have them",
    .parameters = LIST(P(FACET), P(REFINE), P(EXCLUDE), P(WHERE), P(LANG), P(TIMEZONE)),
    .shape = "facets",
};

const struct bf_operation explore_get_records = {
    .id = "getRecords",
    .tag = "Dataset",
    .fr = "Une page d'enregistrements, d'un seul instant",
    .en = "A page of records, all of one instant",
    .parameters =
        LIST(P(DATASET), P(SELECT), P(WHERE), P(GROUP_BY), P(ORDER_BY), P(LIMIT), P(OFFSET),
             P(CURSOR), P(REFINE), P(EXCLUDE), P(LANG), P(TIMEZONE), P(INCLUDE_LINKS)),
    .shape = "records",
};

const struct bf_operation explore_get_record = {
    .id = "getRecord",
    .tag = "Dataset",
    .fr = "Un enregistrement",
    .en = "One record",
    .parameters = LIST(P(DATASET), P(RECORD), P(SELECT), P(LANG), P(TIMEZONE), P(INCLUDE_LINKS)),
    .shape = "record",
};

const struct bf_operation explore_get_facets = {
    .id = "getRecordsFacets",
    .tag = "Dataset",
    .fr = "Les valeurs des facettes, et combien d'enregistrements les ont",
    .en = "The values of the facets, and how many records have them",
    .parameters = LIST(P(DATASET), P(WHERE), P(REFINE), P(EXCLUDE), P(FACET), P(LANG), P(TIMEZONE)),
    .shape = "facets",
};

const struct bf_operation explore_list_formats = {
    .id = "listDatasetExportFormats",
    .tag = "Dataset",
    .fr = "Les formats d'export",
    .en = "The formats of exports",
    .parameters = LIST(P(DATASET)),
    .shape = "formats",
};

const struct bf_operation explore_export_records = {
    .id = "exportRecords",
    .tag = "Dataset",
    .fr = "Tous les enregistrements, en un fichier",
    .en = "All records, as a file",
    .parameters = LIST(P(DATASET), P(FORMAT), P(SELECT), P(WHERE), P(GROUP_BY), P(ORDER_BY),
                       P(LIMIT_EXPORT), P(ROWS), P(OFFSET), P(REFINE), P(EXCLUDE), P(LANG),
                       P(TIMEZONE), P(COMPRESSED), P(USE_LABELS), P(DELIMITER), P(LIST_SEPARATOR),
                       P(QUOTE_ALL), P(WITH_BOM), P(GUARD_FORMULAS), P(EPSG), P(MAIN_GEO_FIELD)),
    .shape = "record",
    .formats = bf_formats,
    .format_id = "exportRecords",
};

const struct bf_operation explore_list_catalog_formats = {
    .id = "listExportFormats",
    .tag = "Catalog",
    .fr = "Les formats d'export du catalogue",
    .en = "The formats in which the catalogue can be exported",
    .parameters = LIST(NULL),
    .shape = "formats",
};

const struct bf_operation explore_export_catalog = {
    .id = "exportDatasets",
    .tag = "Catalog",
    .fr = "Tous les jeux de données, en un fichier",
    .en = "All datasets, as a file",
    .parameters =
        LIST(P(FORMAT_CATALOG), P(SELECT), P(WHERE), P(GROUP_BY), P(ORDER_BY), P(LIMIT_EXPORT),
             P(ROWS), P(OFFSET), P(REFINE), P(EXCLUDE), P(LANG), P(TIMEZONE), P(DELIMITER),
             P(LIST_SEPARATOR), P(QUOTE_ALL), P(WITH_BOM), P(GUARD_FORMULAS)),
    .shape = "dataset",
    .formats = explore_catalog_formats,
    .format_id = "exportCatalog",
};

#define DESCRIBE(name_, id_, tag_, version_, ...) \
    const struct bf_operation name_ = {           \
        .id = id_, .tag = tag_, BF_OPERATION_DESCRIBES(version_), .parameters = LIST(__VA_ARGS__)}

DESCRIBE(explore_get_swagger, "getSwagger", "Catalog", "3.0", P(LANG));
DESCRIBE(explore_get_openapi, "getOpenapi", "Catalog", "3.1", P(LANG));
DESCRIBE(explore_get_dataset_swagger, "getDatasetSwagger", "Dataset", "3.0", P(DATASET), P(LANG));
DESCRIBE(explore_get_dataset_openapi, "getDatasetOpenapi", "Dataset", "3.1", P(DATASET), P(LANG));

#define GIVEN_UP(name_, id_, tag_, ...)                                                        \
    const struct bf_operation name_ = {.id = id_,                                              \
                                       .tag = tag_,                                            \
                                       .fr = "N'existe plus en v2.1: voir select et group_by", \
                                       .en = "Given up in v2.1: see select and group_by",      \
                                       .parameters = LIST(__VA_ARGS__),                        \
                                       .gone = true}

GIVEN_UP(explore_gone_aggregates, "getAggregates", "Dataset", P(DATASET));
GIVEN_UP(explore_gone_query, "getQuery", "Dataset", P(DATASET));
GIVEN_UP(explore_gone_catalog_aggregates, "getDatasetsAggregates", "Catalog", NULL);
GIVEN_UP(explore_gone_catalog_query, "getDatasetsQuery", "Catalog", NULL);

const struct bf_operation explore_get_root = {
    .id = "getRoot",
    .tag = "Catalog",
    .fr = "Les sources du portail",
    .en = "The sources of the portal",
    .parameters = NO_PARAMETERS,
    .shape = "formats",
};

const struct bf_operation explore_get_catalog = {
    .id = "getCatalog",
    .tag = "Catalog",
    .fr = "Ce que le catalogue offre",
    .en = "What the catalogue offers",
    .parameters = NO_PARAMETERS,
    .shape = "formats",
};

const struct bf_operation explore_get_templates = {
    .id = "getMetadataTemplates",
    .tag = "Catalog",
    .fr = "Les types de métadonnées",
    .en = "The types of metadata",
    .parameters = NO_PARAMETERS,
    .shape = "formats",
};

const struct bf_operation explore_get_templates_of_type = {
    .id = "getMetadataTemplatesOfType",
    .tag = "Catalog",
    .fr = "Les groupes de métadonnées d'un type",
    .en = "The groups of metadata of one type",
    .parameters = LIST(P(TEMPLATE_TYPE)),
    .shape = "metadata_templates",
};

const struct bf_operation explore_get_template = {
    .id = "getMetadataTemplate",
    .tag = "Catalog",
    .fr = "Les métadonnées d'un groupe",
    .en = "The metadata of one group",
    .parameters = LIST(P(TEMPLATE_TYPE), P(TEMPLATE_NAME)),
    .shape = "metadata_template",
};

const struct bf_operation explore_get_attachments = {
    .id = "getDatasetAttachments",
    .tag = "Dataset",
    .fr = "Les pièces jointes",
    .en = "The attachments",
    .parameters = LIST(P(DATASET)),
    .shape = "attachments",
};

const struct bf_operation explore_get_attachment = {
    .id = "getDatasetAttachment",
    .tag = "Dataset",
    .fr = "Le fichier d'une pièce jointe",
    .en = "The file of an attachment",
    .parameters = LIST(P(DATASET), P(ATTACHMENT)),
};

const struct bf_operation explore_get_alternative_export = {
    .id = "getAlternativeExport",
    .tag = "Dataset",
    .fr = "Le fichier d'un export alternatif",
    .en = "The file of an alternative export",
    .parameters = LIST(P(DATASET), P(ALTERNATIVE_EXPORT)),
};

/* ---- v2.0 ---- */

const struct bf_operation explore_get_aggregates = {
    .id = "getAggregates",
    .tag = "Dataset",
    .fr = "Des groupes et leurs agrégats",
    .en = "Groups and their aggregates",
    .parameters = LIST(P(DATASET), P(SELECT), P(WHERE), P(GROUP_BY), P(ORDER_BY), P(LIMIT_GROUPS),
                       P(OFFSET), P(REFINE), P(EXCLUDE), P(LANG), P(TIMEZONE)),
    .shape = "aggregations",
};

const struct bf_operation explore_get_catalog_aggregates = {
    .id = "getDatasetsAggregates",
    .tag = "Catalog",
    .fr = "Des groupes de jeux de données et leurs agrégats",
    .en = "Groups of datasets and their aggregates",
    .parameters = LIST(P(SELECT), P(WHERE), P(GROUP_BY), P(ORDER_BY), P(LIMIT_GROUPS), P(OFFSET),
                       P(REFINE), P(EXCLUDE), P(LANG), P(TIMEZONE)),
    .shape = "aggregations",
};

/* Every answer of it has links, and none a cursor. */
const struct explore_aged explore_aged[] = {
    {P(CURSOR), NULL},
    {P(INCLUDE_LINKS), NULL},
    {P(WITH_BOM), P(WITH_BOM_OLD)},
    {NULL, NULL},
};
