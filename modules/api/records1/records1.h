/*
 * api/records1: the Search API v1.0 that most apps for Lille were written for.
 *
 *   /api/records/1.0/search          a page of records (JSON, JSONP)
 *   /api/records/1.0/download        all of them, as a bare array
 *   /explore/dataset/{dataset}/download   the same, as the portal's pages linked it
 *   /api/datasets/1.0/{dataset}/records/{record}
 *   /api/datasets/1.0/search         the catalogue
 *   /api/datasets/1.0/{dataset}      one dataset
 *
 * GET, or POST with the parameters as a form.
 *
 * Source     shared contract explore-v2.1, section 7.
 * Errors     {"error": "…"}; quotas have the vendor's own envelope (contract 6.3, B).
 * One file per concern: routes (the table), protocol (errors, header fields), parameters, query
 * (parameters to ODSQL), q (the query language), geo, record_json, search, download.
 */
#ifndef BF_API_RECORDS1_RECORDS1_H
#define BF_API_RECORDS1_RECORDS1_H

#include "api/request.h"

extern const struct bf_route bf_records1_routes[];
extern const struct bf_protocol bf_records1_protocol;

#endif
