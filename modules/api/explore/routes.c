#include "api/explore/steps.h"

#include "api/explore/export_options.h"

#define V21 "/api/explore/v2.1"
#define DATASETS V21 "/catalog/datasets"
#define ONE DATASETS "/{dataset}"

enum { GET = BF_GET | BF_HEAD };
enum { QUERY = BF_ROUTE_DATASET | BF_ROUTE_QUERY | BF_ROUTE_CACHEABLE };

const struct bf_route bf_explore_routes[] = {
    {.name = "explore.datasets",
     .methods = GET,
     .pattern = DATASETS,
     .flags = BF_ROUTE_QUERY | BF_ROUTE_CACHEABLE,
     .protocol = &bf_explore_protocol,
     .parse = explore_parse_list,
     .build = explore_build_datasets,
     .execute = explore_datasets,
     .normal = explore_normal},
    {.name = "explore.dataset",
     .methods = GET,
     .pattern = ONE,
     .flags = BF_ROUTE_DATASET | BF_ROUTE_CACHEABLE,
     .protocol = &bf_explore_protocol,
     .parse = explore_parse_one,
     .execute = explore_dataset,
     .normal = explore_normal},
    {.name = "explore.records",
     .methods = GET,
     .pattern = ONE "/records",
     .flags = QUERY,
     .protocol = &bf_explore_protocol,
     .parse = explore_parse_list,
     .build = explore_build_records,
     .execute = explore_records,
     .normal = explore_normal},
    {.name = "explore.record",
     .methods = GET,
     .pattern = ONE "/records/{record}",
     .flags = QUERY,
     .protocol = &bf_explore_protocol,
     .parse = explore_parse_one,
     .build = explore_build_record,
     .execute = explore_record,
     .normal = explore_normal},
    {.name = "explore.exports",
     .methods = GET,
     .pattern = ONE "/exports",
     .flags = BF_ROUTE_DATASET,
     .protocol = &bf_explore_protocol,
     .execute = explore_export_formats},
    {.name = "explore.export",
     .methods = GET,
     .pattern = ONE "/exports/{format}",
     .flags = QUERY,
     .protocol = &bf_explore_protocol,
     .parse = explore_parse_export,
     .build = explore_build_records,
     .execute = explore_export,
     .normal = explore_export_normal},
    {.name = NULL},
};
