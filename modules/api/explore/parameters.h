/*
 * api/explore/parameters: the parameters of v2.1 (contract 3.1), read once per request into
 * r->state.
 *
 * Unknown parameters are ignored, as everywhere in this API; a known one with a bad value is an
 * error, with the contract's text where it has one.
 */
#ifndef BF_API_EXPLORE_PARAMETERS_H
#define BF_API_EXPLORE_PARAMETERS_H

#include "api/explore/explore.h"

enum { EXPLORE_PAGE = 100, EXPLORE_WINDOW = 10000 };

struct explore_cursor;
struct explore_export;

struct explore {
    int64_t limit, offset; /* limit as it is to be used: never -1 on lists */
    const struct bf_zone *zone;
    bool english;                  /* lang=en; else French */
    bool links;                    /* include_links */
    bool app_metas;                /* include_app_metas */
    struct bf_query *listed;       /* of one dataset: over the catalogue */
    struct explore_export *export; /* of exports alone */
    struct explore_cursor *cursor; /* of records alone; NULL: none was given */
    bool walks;                    /* its page names the next one */
    bool beyond; /* the window of offset + limit was left: the error names the way around it */
};

bool explore_parse_list(struct bf_request *r);   /* records, datasets: pages of at most 100 */
bool explore_parse_export(struct bf_request *r); /* limit -1: all */
bool explore_parse_catalog_export(struct bf_request *r);
bool explore_parse_one(struct bf_request *r); /* one record, one dataset, fixed pages */

/* select, where, order_by, refine, exclude, timezone of the request as a query text. */
bool explore_query_text(struct bf_request *r, struct bf_query_text *out);

/* What an answer depends on beside its query. */
void explore_normal(const struct bf_request *r, struct bf_buf *out);

#endif
