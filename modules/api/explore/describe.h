/*
 * api/explore/describe: the API's own description, as OpenAPI.
 *
 * Addresses  /api/explore/v2.1/swagger.json   3.0.3, where the vendor has it
 *            /api/explore/v2.1/openapi.json   3.1.0
 *            …/catalog/datasets/{dataset_id}/swagger.json and …/openapi.json: of one dataset,
 *            with its fields, their types, and examples that one of its records answers
 * Validators the portal's description depends on the catalogue, the build and the language, not on
 *            any commit; a dataset's has one of its records in it, so its ETag is that of records.
 */
#ifndef BF_API_EXPLORE_DESCRIBE_H
#define BF_API_EXPLORE_DESCRIBE_H

#include "api/openapi.h"

extern const struct bf_shape explore_shapes[];

bool explore_describe(struct bf_request *r);
bool explore_build_description(struct bf_request *r);
bool explore_describe_dataset(struct bf_request *r);

#endif
