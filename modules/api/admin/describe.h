/* api/admin/describe: the description of the admin API (api/openapi/describe); it needs no key. */
#ifndef BF_API_ADMIN_DESCRIBE_H
#define BF_API_ADMIN_DESCRIBE_H

#include "api/openapi/describe.h"

extern const struct bf_openapi_api admin_api;

bool admin_describe(struct bf_request *r, struct bf_description *out);

#endif
