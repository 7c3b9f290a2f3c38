/*
 * api/source: the rows of a dataset whose handler has a source ("rows": "handler").
 *
 * Purpose    the handler gives its rows, they become arrays, and the arrays the relation that the
 *            query reads (query/given): so everything that can be asked of a table can be asked of
 *            them, through every protocol.
 * Record     its id is made of the key as anywhere; the order of first insertion is the order in
 *            which the rows came; record_timestamp is the instant that the source told, or that of
 *            the request.
 * Validity   with a version that the source told: ETag, 304, kept answers, decided before a row is
 *            made. Without: neither, as of an answer that depends on now().
 * Limits     source_rows and source_bytes: more is an error that says so. Exports have the same.
 * Errors     a row without its key, or with one that another row has, is the handler's fault.
 */
#ifndef BF_API_SOURCE_H
#define BF_API_SOURCE_H

#include "api/request.h"

/* After rewrite: makes r->source, when the dataset has one and rows are asked for. */
bool bf_source_open(struct bf_request *r);
/* Before the first SQL: the rows become those of r->query. */
bool bf_source_read(struct bf_request *r);

/* The rest: of a request with r->source. */
size_t bf_source_rows(const struct bf_request *r);
bool bf_source_validates(const struct bf_request *r);
struct bf_freshness bf_source_freshness(const struct bf_request *r);
void bf_source_print(const struct bf_request *r, struct bf_buf *out); /* its version */

#endif
