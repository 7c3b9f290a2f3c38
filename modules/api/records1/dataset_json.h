/*
 * api/records1/dataset_json: a dataset as v1 describes it (contract 7.3).
 *
 * Shape      {"datasetid", "metas": {flat keys of the template default, without nulls},
 *            "has_records", "data_visible", "features", "attachments", "alternative_exports",
 *            "fields": [{"name", "label", "type", "description"?, "annotations"?: [{"name",
 *            "args"?}]}]}; with interopmetas=true also "interop_metas".
 */
#ifndef BF_API_RECORDS1_DATASET_JSON_H
#define BF_API_RECORDS1_DATASET_JSON_H

#include "api/listing.h"
#include "api/records1/parameters.h"

void records1_dataset_print(struct bf_request *r, const struct bf_metadata *of);

#endif
