/*
 * api/openapi/describe: the answer that is an API's own description (api/openapi).
 *
 * Addresses  a protocol has rows for …/swagger.json (OpenAPI 3.0.3) and …/openapi.json (3.1.0), of
 *            the whole portal and of each dataset, whose steps are these; its own `describe`
 *            (api/route) says what is described.
 * Validators a portal's description depends on the catalogue, the build and the language, not on
 *            any commit; one of a dataset that shows a record has the ETag of that record's page.
 */
#ifndef BF_API_OPENAPI_DESCRIBE_H
#define BF_API_OPENAPI_DESCRIBE_H

#include "api/openapi/openapi.h"

struct bf_description {
    const struct bf_openapi_api *api;
    const char *root;
    const struct bf_route *routes; /* those below root are described */
    bool english;
    const struct bf_zone *zone; /* of the record that is shown; NULL: none is */
};

/* Of the portal; when the route has a dataset, of it, without a record of it: execute. */
bool bf_describe(struct bf_request *r);

/* Of a dataset with its first record, when records can be read: build, and execute. */
bool bf_describe_build(struct bf_request *r);
bool bf_describe_dataset(struct bf_request *r);

#endif
