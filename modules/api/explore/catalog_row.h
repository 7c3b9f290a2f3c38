/*
 * api/explore/catalog_row: a dataset as a row of a table (contract 5.2).
 *
 * Columns    without select every metadata as `template.key`, in the order of the templates, and
 *            `datasetid` at the end; with select what it names, in its order; with
 *            group_by its keys and what is counted.
 * Values     numbers and booleans as they are; texts; the values of a list joined by
 *            list_separator; anything else (bbox, fields) as JSON.
 * Ownership  lies in the request's arena; the cells are good until the next row.
 */
#ifndef BF_API_EXPLORE_CATALOG_ROW_H
#define BF_API_EXPLORE_CATALOG_ROW_H

#include "api/explore/dataset_json.h"

struct explore_catalog_row;

/* NULL: no memory. */
struct explore_catalog_row *explore_catalog_row_new(struct bf_request *r,
                                                    const struct explore_datasets *all,
                                                    struct bf_str list_separator);
const struct bf_write_column *explore_catalog_row_columns(const struct explore_catalog_row *row,
                                                          size_t *n);

/* The cells of one dataset; NULL: it is none that this generation knows. */
const struct bf_cell *explore_catalog_row_cells(struct explore_catalog_row *row,
                                                const struct bf_cell *cells);

#endif
