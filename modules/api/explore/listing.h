/*
 * api/explore/listing: the catalogue as the query language sees it (contract 10.9): the view
 * catalog.listing.
 */
#ifndef BF_API_EXPLORE_LISTING_H
#define BF_API_EXPLORE_LISTING_H

#include "api/explore/dataset_json.h"

/* Lives as long as the process; NULL: no memory. Metadata may be named with or without
 * `default.`. */
const struct bf_schema *explore_listing(void);

/* What a list of datasets reads of each, and a row of it as a dataset. false: not in this
 * registry. */
struct bf_str explore_listing_select(void);
bool explore_listing_row(const struct bf_registry *registry, const struct bf_cell *cells,
                         struct explore_dataset *out);

#endif
