/*
 * api/explore: the Explore API v2.1 that ten years of apps for Lille speak.
 *
 * Source     shared contract explore-v2.1, sections 1-4 and 6.3.
 * One file per concern: routes (the table), protocol (errors, header fields), parameters, records,
 * exports, datasets.
 */
#ifndef BF_API_EXPLORE_H
#define BF_API_EXPLORE_H

#include "api/request.h"

extern const struct bf_route bf_explore_routes[];
extern const struct bf_protocol bf_explore_protocol;

/* v2.0 and /api/v2: the same operations, older shapes, and a notice in every answer. NULL: no
 * memory. */
const struct bf_route *bf_explore_old_routes(struct bf_arena *a);
extern const struct bf_protocol bf_explore_old_protocol;

#endif
