/*
 * api/explore/table: the one table of the parameters of the Explore API (contract 3), and which of
 * them each operation has (contract 2.2).
 *
 * Who reads  parameters.c and export_options.c take bounds, choices and texts of errors from it;
 *            openapi describes it. A parameter that is read and does not stand here fails
 *            tests/suites/test_parameters.py.
 * To add     a name in the enum, a row in table.c, its place in the lists of operations.c.
 */
#ifndef BF_API_EXPLORE_TABLE_H
#define BF_API_EXPLORE_TABLE_H

#include "api/openapi/operation.h"

enum explore_parameter {
    EXPLORE_DATASET,
    EXPLORE_RECORD,
    EXPLORE_FORMAT,
    EXPLORE_FORMAT_CATALOG,
    EXPLORE_ATTACHMENT,
    EXPLORE_ALTERNATIVE_EXPORT,
    EXPLORE_TEMPLATE_TYPE,
    EXPLORE_TEMPLATE_NAME,
    EXPLORE_SELECT,
    EXPLORE_WHERE,
    EXPLORE_GROUP_BY,
    EXPLORE_ORDER_BY,
    EXPLORE_LIMIT,
    EXPLORE_LIMIT_EXPORT,
    EXPLORE_LIMIT_GROUPS, /* of v2.0's aggregates */
    EXPLORE_ROWS,
    EXPLORE_OFFSET,
    EXPLORE_CURSOR,
    EXPLORE_REFINE,
    EXPLORE_EXCLUDE,
    EXPLORE_FACET,
    EXPLORE_LANG,
    EXPLORE_TIMEZONE,
    EXPLORE_INCLUDE_LINKS,
    EXPLORE_INCLUDE_APP_METAS,
    EXPLORE_COMPRESSED,
    EXPLORE_USE_LABELS,
    EXPLORE_DELIMITER,
    EXPLORE_LIST_SEPARATOR,
    EXPLORE_QUOTE_ALL,
    EXPLORE_WITH_BOM,
    EXPLORE_WITH_BOM_OLD, /* of v2.0 */
    EXPLORE_GUARD_FORMULAS,
    EXPLORE_EPSG,
    EXPLORE_MAIN_GEO_FIELD,
    EXPLORE_PARAMETERS
};

extern const struct bf_parameter explore_parameters[EXPLORE_PARAMETERS];

extern const struct bf_operation explore_get_datasets, explore_get_dataset, explore_get_records,
    explore_get_record, explore_get_facets, explore_get_catalog_facets, explore_list_formats,
    explore_list_catalog_formats, explore_export_catalog, explore_export_records,
    explore_get_swagger, explore_get_openapi, explore_get_dataset_swagger,
    explore_get_dataset_openapi, explore_gone_aggregates, explore_gone_query,
    explore_gone_catalog_aggregates, explore_gone_catalog_query, explore_get_root,
    explore_get_catalog, explore_get_templates, explore_get_templates_of_type, explore_get_template,
    explore_get_attachments, explore_get_attachment, explore_get_alternative_export,
    explore_get_aggregates, explore_get_catalog_aggregates;

/* What v2.0 has in place of a parameter of v2.1; NULL: nothing. Ends with a NULL now. */
extern const struct explore_aged {
    const struct bf_parameter *now, *then;
} explore_aged[];

#endif
