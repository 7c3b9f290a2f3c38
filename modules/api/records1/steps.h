/*
 * api/records1/steps: the functions that the route table names, and what they share.
 */
#ifndef BF_API_RECORDS1_STEPS_H
#define BF_API_RECORDS1_STEPS_H

#include "api/records1/parameters.h"

bool records1_build(struct bf_request *r);     /* search and download */
bool records1_build_one(struct bf_request *r); /* one record */

bool records1_search(struct bf_request *r);
bool records1_download(struct bf_request *r);
bool records1_record(struct bf_request *r);
bool records1_page(struct bf_request *r); /* /explore/dataset/{dataset}: where it is now */

/* Around the body of an answer: its head, and the call of JSONP. */
void records1_begin(struct bf_request *r);
void records1_end(struct bf_request *r);

#endif
