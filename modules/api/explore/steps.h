/*
 * api/explore/steps: the functions that the route table names, and what they share.
 */
#ifndef BF_API_EXPLORE_STEPS_H
#define BF_API_EXPLORE_STEPS_H

#include "api/explore/parameters.h"
#include "format/writer.h"
#include "store/read.h"

bool explore_build_records(struct bf_request *r);
bool explore_build_record(struct bf_request *r);
bool explore_build_datasets(struct bf_request *r);

bool explore_records(struct bf_request *r);
bool explore_record(struct bf_request *r);
bool explore_export_formats(struct bf_request *r);
bool explore_export(struct bf_request *r);
bool explore_datasets(struct bf_request *r);
bool explore_dataset(struct bf_request *r);

/* The rows of r->query. */
enum explore_read_mode {
    EXPLORE_COUNTED, /* a page, with the number of all */
    EXPLORE_PLAIN,   /* in memory, not counted */
    EXPLORE_STREAM,
};

struct explore_rows {
    struct bf_sql sql;
    struct bf_read *read;
};

bool explore_read(struct bf_request *r, enum explore_read_mode mode, struct explore_rows *out);
/* NULL: no memory. */
struct bf_write_column *explore_columns(struct bf_request *r, const struct bf_sql *sql);

#endif
