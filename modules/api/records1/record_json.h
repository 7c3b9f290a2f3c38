/*
 * api/records1/record_json: one row as a record of v1 (contract 7.3).
 *
 * Shape      {"datasetid", "recordid", "fields": {…}, "geometry": {…}, "record_timestamp"}; a null
 *            field is left out, a point is [latitude, longitude], a shape its bare geometry.
 * Use        prepare makes the query carry what the shape needs beside the client's fields; to be
 *            called before bf_rows_read.
 */
#ifndef BF_API_RECORDS1_RECORD_JSON_H
#define BF_API_RECORDS1_RECORD_JSON_H

#include "api/rows.h"

struct records1_record;

struct records1_record *records1_record_new(struct bf_request *r, const struct bf_zone *zone);
/* When the outputs of the query are known. */
bool records1_record_open(struct records1_record *record, struct bf_request *r,
                          const struct bf_sql *sql);
/* All outputs but null ones, as `fields` has them. */
void records1_fields_print(struct bf_buf *out, const struct bf_output *outputs,
                           const struct bf_cell *cells, size_t n, const struct bf_zone *zone);
/* One value as v1 writes it; null as `null`. */
void records1_value(struct bf_buf *out, const struct bf_value *v, const struct bf_zone *zone);
/* The same as a GeoJSON feature: `fields` as its properties. */
void records1_feature_print(const struct records1_record *record, struct bf_buf *out,
                            const struct bf_cell *cells);
void records1_record_print(const struct records1_record *record, struct bf_buf *out,
                           const struct bf_cell *cells);

#endif
