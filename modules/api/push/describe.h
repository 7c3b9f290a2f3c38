/*
 * api/push/describe: the description of both push APIs (api/openapi/describe).
 *
 * Addresses  /api/push/v1/swagger.json and /api/push/v1/openapi.json;
 *            /api/push/v1/datasets/{dataset}/swagger.json and …/openapi.json: of one dataset, with
 *            the fields that a record has when it is sent. Nobody needs a key to read them.
 */
#ifndef BF_API_PUSH_DESCRIBE_H
#define BF_API_PUSH_DESCRIBE_H

#include "api/openapi/describe.h"

extern const struct bf_openapi_api push_api;

bool push_describe(struct bf_request *r, struct bf_description *out);

#endif
