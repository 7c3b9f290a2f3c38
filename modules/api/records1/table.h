/*
 * api/records1/table: the one table of the parameters of v1 (contract 7.2), and which of them each
 * operation has.
 *
 * Who reads  parameters.c, analyze.c and geocluster.c take bounds, choices and texts of errors from
 *            it; openapi describes it. A parameter that is read and does not stand here fails
 *            tests/suites/test_parameters.py.
 * Names      of families of parameters have their variable part in capitals: `refine.FIELD`.
 */
#ifndef BF_API_RECORDS1_TABLE_H
#define BF_API_RECORDS1_TABLE_H

#include "api/openapi/operation.h"

enum records1_parameter {
    RECORDS1_DATASET,
    RECORDS1_DATASET_PATH,
    RECORDS1_RECORD,
    RECORDS1_ATTACHMENT,
    RECORDS1_ALTERNATIVE_EXPORT,
    RECORDS1_FILE,
    RECORDS1_Q,
    RECORDS1_ROWS,
    RECORDS1_ROWS_DOWNLOAD,
    RECORDS1_ROWS_PREVIEW,
    RECORDS1_START,
    RECORDS1_START_DOWNLOAD,
    RECORDS1_SORT,
    RECORDS1_SORT_POINTS,
    RECORDS1_FIELDS,
    RECORDS1_FACET,
    RECORDS1_REFINE,
    RECORDS1_EXCLUDE,
    RECORDS1_DISJUNCTIVE,
    RECORDS1_DISTANCE,
    RECORDS1_POLYGON,
    RECORDS1_BBOX,
    RECORDS1_GEO_DIGEST,
    RECORDS1_GEO_FIELD,
    RECORDS1_LANG,
    RECORDS1_TIMEZONE,
    RECORDS1_FORMAT,
    RECORDS1_FORMAT_SEARCH,
    RECORDS1_FORMAT_DOWNLOAD,
    RECORDS1_FORMAT_ANALYZE,
    RECORDS1_CALLBACK,
    RECORDS1_PRETTY_PRINT,
    RECORDS1_CSV_SEPARATOR,
    RECORDS1_USE_LABELS,
    RECORDS1_INTEROPMETAS,
    RECORDS1_X,
    RECORDS1_Y_FUNC,
    RECORDS1_Y_FUNC_OPTIONAL,
    RECORDS1_Y_EXPR,
    RECORDS1_Y_CUMULATIVE,
    RECORDS1_Y_SUBSETS,
    RECORDS1_PRECISION,
    RECORDS1_PERIODIC,
    RECORDS1_MAXPOINTS,
    RECORDS1_CLUSTERPRECISION,
    RECORDS1_CLUSTERPRECISION_OPTIONAL,
    RECORDS1_CLUSTERDISTANCE,
    RECORDS1_CLUSTERMODE,
    RECORDS1_SHAPEPRECISION,
    RECORDS1_PARAMETERS
};

extern const struct bf_parameter records1_parameters[RECORDS1_PARAMETERS];

extern const struct bf_operation records1_get_search, records1_get_download, records1_get_analyze,
    records1_get_geocluster, records1_get_boundingbox, records1_get_geopreview,
    records1_get_geopolygon, records1_get_explore_download, records1_get_datasets,
    records1_get_dataset, records1_get_record, records1_get_attachment,
    records1_get_alternative_export, records1_get_file, records1_get_page, records1_get_console,
    records1_get_swagger, records1_get_openapi, records1_get_dataset_swagger,
    records1_get_dataset_openapi;

#endif
