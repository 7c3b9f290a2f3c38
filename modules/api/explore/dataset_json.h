/*
 * api/explore/dataset_json: a dataset as the Explore API describes it (contract 4.3): the members
 * that `select` names, all of them without it. Every key of an active metadata template is there,
 * null where nothing is known; a metadata that select names comes as one member of its dotted name.
 */
#ifndef BF_API_EXPLORE_DATASET_JSON_H
#define BF_API_EXPLORE_DATASET_JSON_H

#include "api/explore/parameters.h"
#include "api/listing.h"
#include "api/rows.h"
#include "format/json_row.h"

/* What all rows of an answer share. */
struct explore_datasets {
    struct bf_request *r;
    const struct bf_listing *listing;
    const struct bf_query *query;
    struct bf_sql sql;
    struct bf_json_row *row;
    struct bf_str between; /* two elements of a list: `, ` */
    bool bare;             /* an element is its object alone, without links, in every version */
    bool more;
};

/* After check: makes the SQL of the query, which carries what a dataset needs. */
bool explore_datasets_open(struct bf_request *r, struct bf_query *q, struct explore_datasets *out);

/* One row of it; self is the struct explore_datasets. For bf_answer_rows. */
void explore_datasets_element(void *self, const struct bf_cell *cells); /* of a list */
void explore_datasets_single(void *self, const struct bf_cell *cells);

/* The same in pieces: which dataset it is (false: none that this generation knows), and one of its
 * outputs as a JSON value. `of`: NULL for a group of datasets. */
bool explore_datasets_of(const struct explore_datasets *all, const struct bf_cell *cells,
                         struct bf_metadata *of);
void explore_datasets_value(const struct explore_datasets *all, const struct bf_metadata *of,
                            size_t output, const struct bf_cell *cells, struct bf_buf *out);

#endif
