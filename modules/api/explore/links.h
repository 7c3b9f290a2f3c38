/*
 * api/explore/links: the arrays of links in answers (contract 4.1, 2.4).
 *
 * Purpose    v2.0 has them always, as `links`; v2.1 with include_links=true, as `_links`.
 */
#ifndef BF_API_EXPLORE_LINKS_H
#define BF_API_EXPLORE_LINKS_H

#include "api/explore/version.h"

bool explore_links_wanted(const struct bf_request *r);

/* The array alone. Of a list: self, first, last, next, as far as the paging window goes. */
void explore_links_list(struct bf_request *r, int64_t total);
void explore_links_dataset(struct bf_request *r, struct bf_str dataset);
void explore_links_record(struct bf_request *r, struct bf_str record_id);

/* {root}/catalog{path}, path is not encoded again. */
void explore_href(struct bf_request *r, const char *path);

#endif
