/*
 * api/export: rows of a read through a writer of format/ into the answer, the same for every
 * protocol.
 *
 * Purpose    a file of any length in flat memory, as it is or packed as a gzip file.
 * Ownership  lies in the request's arena; columns and options are the caller's and live as long as
 *            the request.
 * Errors     false with r->err set. Once the head has left, a failure breaks the connection
 *            (bf_answer_error), so that no client takes what came for the whole.
 *
 *     struct bf_export *e = bf_export_open(r, &file, columns, n);
 *     return e && bf_export_answer(r, e, read);
 */
#ifndef BF_API_EXPORT_H
#define BF_API_EXPORT_H

#include "api/request.h"
#include "format/writer.h"
#include "store/read.h"

struct bf_export_file {
    const struct bf_format *format;
    const struct bf_write_options *options;
    struct bf_str name; /* without the extension; has no control characters and no quotes */
    bool compressed;    /* a gzip file, named `….csv.gzip` */
};

struct bf_export;

/* NULL: no memory. */
struct bf_export *bf_export_open(struct bf_request *r, const struct bf_export_file *file,
                                 const struct bf_write_column *columns, size_t n);

/* Status and header fields alone: all that HEAD needs. */
void bf_export_head(struct bf_request *r, const struct bf_export_file *file);

/* Header fields, every row, the end. */
bool bf_export_answer(struct bf_request *r, struct bf_export *e, struct bf_read *read);

#endif
