/*
 * api/openapi/document: a JSON document printed member by member, with `", "` and `": "` as
 * everywhere in the Explore API (contract 1).
 *
 * Purpose    who prints a tree need not think of commas. name: of the member, or NULL in an array.
 * Errors     sticky in the buffer.
 *
 *     bf_document_open(d, NULL, '{');
 *     bf_document_text(d, "openapi", "3.1.0");
 *     bf_document_close(d, '}');
 */
#ifndef BF_API_OPENAPI_DOCUMENT_H
#define BF_API_OPENAPI_DOCUMENT_H

#include "core/buf.h"

struct bf_document {
    struct bf_buf *b;
    bool more; /* something stands before the next member of this object or array */
};

void bf_document_open(struct bf_document *d, const char *name, char bracket);
void bf_document_close(struct bf_document *d, char bracket);

void bf_document_text(struct bf_document *d, const char *name, const char *text);
void bf_document_str(struct bf_document *d, const char *name, struct bf_str text);
void bf_document_int(struct bf_document *d, const char *name, int64_t value);
void bf_document_bool(struct bf_document *d, const char *name, bool value);

/* The comma and the name alone: the value is what the caller appends to d->b next. */
void bf_document_name(struct bf_document *d, const char *name);
void bf_document_name_str(struct bf_document *d, struct bf_str name);

/* An array of texts, which ends with NULL. */
void bf_document_texts(struct bf_document *d, const char *name, const char *const *texts);

#endif
