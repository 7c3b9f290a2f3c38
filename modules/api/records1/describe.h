/*
 * api/records1/describe: the description of v1 (api/openapi/describe).
 *
 * Addresses  /api/records/1.0/swagger.json and /api/records/1.0/openapi.json: all of v1;
 *            /api/datasets/1.0/{dataset}/swagger.json and …/openapi.json: of one dataset.
 */
#ifndef BF_API_RECORDS1_DESCRIBE_H
#define BF_API_RECORDS1_DESCRIBE_H

#include "api/openapi/describe.h"

extern const struct bf_shape *const records1_shapes[]; /* tables; ends with NULL */
extern const struct bf_openapi_api records1_api;

bool records1_parse_description(struct bf_request *r);
bool records1_describe(struct bf_request *r, struct bf_description *out);

#endif
