/*
 * api/explore/describe: the Explore API's own description, of v2.1 and of v2.0
 * (api/openapi/describe).
 *
 * Addresses  {root}/swagger.json and {root}/openapi.json, {root} being /api/explore/v2.1 and the
 *            two of v2.0; …/catalog/datasets/{dataset_id}/swagger.json and …/openapi.json: of one
 *            dataset, with examples that one of its records answers.
 */
#ifndef BF_API_EXPLORE_DESCRIBE_H
#define BF_API_EXPLORE_DESCRIBE_H

#include "api/openapi/describe.h"

/* Tables; each list ends with NULL. */
extern const struct bf_shape *const explore_shapes[], *const explore_old_shapes[];
extern const struct bf_openapi_api explore_api, explore_old_api;

bool explore_describe(struct bf_request *r, struct bf_description *out);

#endif
