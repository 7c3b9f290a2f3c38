/*
 * api/push: the two APIs by which publishers write (README, "Pushing data").
 *
 *   POST /api/push/v1/datasets/{dataset}/records           mode=upsert|snapshot, delimiter=,
 *                                                          allow_empty=true
 *   POST /api/push/v1/datasets/{dataset}/records/delete    key fields only
 *   POST /api/push/1.0/{dataset}/{resource}/push           the vendor's; any resource name will do
 *   POST /api/push/1.0/{dataset}/{resource}/delete
 *   GET  /api/push/1.0/{dataset}/{resource}/{record}/delete
 *
 *   GET  /api/push/v1/swagger.json, …/openapi.json         this, as OpenAPI (push/describe)
 *
 * Body       application/json (an array or one object; also no type, and the type that `curl -d`
 *            sends), application/x-ndjson, text/csv; Content-Encoding gzip.
 * Answer     200 after the commit: {"dataset", "commit", "instant", "pushed", "added", "changed",
 *            "removed", "unchanged", "records"}; the vendor's API puts "status": "OK" before them.
 * Errors     application/problem+json with "errors" for bad records; the vendor's API answers
 *            {"status": "error", "message": …}.
 */
#ifndef BF_API_PUSH_PUSH_H
#define BF_API_PUSH_PUSH_H

#include "api/route.h"

extern const struct bf_route bf_push_routes[];
extern const struct bf_protocol bf_push_protocol;
extern const struct bf_protocol bf_push_vendor_protocol; /* for errors before a route is known */

#endif
