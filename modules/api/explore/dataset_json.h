/*
 * api/explore/dataset_json: a dataset as the Explore API describes it (contract 4.3): every key of
 * an active metadata template is there, null where nothing is known.
 */
#ifndef BF_API_EXPLORE_DATASET_JSON_H
#define BF_API_EXPLORE_DATASET_JSON_H

#include "api/explore/parameters.h"
#include "value/cell.h"

struct explore_dataset {
    const struct bf_entry *entry;
    int64_t modified; /* instant of its newest commit */
    int64_t records;
};

/* Appends the object to the answer; language and time zone are the request's. */
void explore_dataset_print(struct bf_request *r, const struct explore_dataset *d);

#endif
