#include "api/records1/describe.h"
#include "api/records1/steps.h"
#include "api/records1/table.h"

/* All but the descriptions are asked by a form as well (contract 1). */
enum { READ = BF_GET | BF_HEAD, FORM = READ | BF_POST };
enum { QUERY = BF_ROUTE_QUERY, NAMED = QUERY | BF_ROUTE_DATASET_PARAM };

/* Each address twice: a page that was asked for by POST is answered alike, but never by 304. */
#define BOTH(name_, pattern_, flags_, parse_, build_, execute_, operation_)                    \
    {.name = name_,                                                                            \
     .methods = READ,                                                                          \
     .pattern = pattern_,                                                                      \
     .flags = (flags_) | BF_ROUTE_CACHEABLE,                                                   \
     .protocol = &bf_records1_protocol,                                                        \
     .parse = parse_,                                                                          \
     .build = build_,                                                                          \
     .execute = execute_,                                                                      \
     .normal = records1_normal,                                                                \
     .operation = operation_},                                                                 \
    {                                                                                          \
        .name = name_ ".post", .methods = BF_POST, .pattern = pattern_,                        \
        .flags = (flags_) | BF_ROUTE_FORM, .protocol = &bf_records1_protocol, .parse = parse_, \
        .build = build_, .execute = execute_,                                                  \
        .undescribed = "told in words: the GET, asked by a form"                               \
    }

const struct bf_route bf_records1_routes[] = {
    BOTH("records1.search", "/api/records/1.0/search", NAMED, records1_parse_search, records1_build,
         records1_search, &records1_get_search),
    BOTH("records1.download", "/api/records/1.0/download", NAMED | BF_ROUTE_EXPORT,
         records1_parse_download, records1_build, records1_download, &records1_get_download),
    BOTH("records1.analyze", "/api/records/1.0/analyze", NAMED, records1_parse_analyze,
         records1_build_analyze, records1_analyze, &records1_get_analyze),
    BOTH("records1.geocluster", "/api/records/1.0/geocluster", NAMED, records1_parse_groups,
         records1_build_geocluster, records1_geocluster, &records1_get_geocluster),
    BOTH("records1.boundingbox", "/api/records/1.0/boundingbox", NAMED, records1_parse_all,
         records1_build_places, records1_boundingbox, &records1_get_boundingbox),
    BOTH("records1.geopreview", "/api/records/1.0/geopreview", NAMED, records1_parse_preview,
         records1_build_places, records1_geopreview, &records1_get_geopreview),
    BOTH("records1.geopolygon", "/api/records/1.0/geopolygon", NAMED, records1_parse_groups,
         records1_build_geopolygon, records1_geocluster, &records1_get_geopolygon),
    BOTH("records1.explore_download", "/explore/dataset/{dataset}/download",
         QUERY | BF_ROUTE_DATASET | BF_ROUTE_EXPORT, records1_parse_download, records1_build,
         records1_download, &records1_get_explore_download),
    BOTH("records1.datasets", "/api/datasets/1.0/search", QUERY, records1_parse_datasets,
         records1_build_datasets, records1_datasets, &records1_get_datasets),
    BOTH("records1.dataset", "/api/datasets/1.0/{dataset}", BF_ROUTE_DATASET, records1_parse_one,
         records1_build_dataset, records1_dataset, &records1_get_dataset),
    {.name = "records1.attachment",
     .methods = FORM,
     .pattern = "/api/datasets/1.0/{dataset}/attachments/{attachment}",
     .flags = BF_ROUTE_DATASET | BF_ROUTE_FORM,
     .protocol = &bf_records1_protocol,
     .execute = records1_attachment,
     .operation = &records1_get_attachment},
    {.name = "records1.alternative_export",
     .methods = FORM,
     .pattern = "/api/datasets/1.0/{dataset}/alternative_exports/{export}",
     .flags = BF_ROUTE_DATASET | BF_ROUTE_FORM,
     .protocol = &bf_records1_protocol,
     .execute = records1_alternative_export,
     .operation = &records1_get_alternative_export},
    {.name = "records1.file",
     .methods = FORM,
     .pattern = "/api/datasets/1.0/{dataset}/files/{file}",
     .flags = BF_ROUTE_DATASET | BF_ROUTE_FORM,
     .protocol = &bf_records1_protocol,
     .execute = records1_file,
     .operation = &records1_get_file},
    {.name = "records1.explore_page",
     .methods = FORM,
     .pattern = "/explore/dataset/{dataset}",
     .flags = BF_ROUTE_DATASET | BF_ROUTE_FORM,
     .protocol = &bf_records1_protocol,
     .execute = records1_page,
     .operation = &records1_get_page},
    {.name = "records1.explore_console",
     .methods = FORM,
     .pattern = "/explore/dataset/{dataset}/api",
     .flags = BF_ROUTE_DATASET | BF_ROUTE_FORM,
     .protocol = &bf_records1_protocol,
     .execute = records1_console,
     .operation = &records1_get_console},
    BOTH("records1.record", "/api/datasets/1.0/{dataset}/records/{record}",
         QUERY | BF_ROUTE_DATASET, records1_parse_one, records1_build_one, records1_record,
         &records1_get_record),
    {.name = "records1.swagger",
     .methods = READ,
     .pattern = "/api/records/1.0/swagger.json",
     .protocol = &bf_records1_protocol,
     .parse = records1_parse_description,
     .execute = bf_describe,
     .operation = &records1_get_swagger},
    {.name = "records1.openapi",
     .methods = READ,
     .pattern = "/api/records/1.0/openapi.json",
     .protocol = &bf_records1_protocol,
     .parse = records1_parse_description,
     .execute = bf_describe,
     .operation = &records1_get_openapi},
    {.name = "records1.dataset.swagger",
     .methods = READ,
     .pattern = "/api/datasets/1.0/{dataset}/swagger.json",
     .flags = BF_ROUTE_DATASET | BF_ROUTE_QUERY | BF_ROUTE_CACHEABLE | BF_ROUTE_WITHOUT_RECORDS,
     .protocol = &bf_records1_protocol,
     .parse = records1_parse_description,
     .build = bf_describe_build,
     .execute = bf_describe_dataset,
     .normal = records1_normal,
     .operation = &records1_get_dataset_swagger},
    {.name = "records1.dataset.openapi",
     .methods = READ,
     .pattern = "/api/datasets/1.0/{dataset}/openapi.json",
     .flags = BF_ROUTE_DATASET | BF_ROUTE_QUERY | BF_ROUTE_CACHEABLE | BF_ROUTE_WITHOUT_RECORDS,
     .protocol = &bf_records1_protocol,
     .parse = records1_parse_description,
     .build = bf_describe_build,
     .execute = bf_describe_dataset,
     .normal = records1_normal,
     .operation = &records1_get_dataset_openapi},
    {.name = NULL},
};
