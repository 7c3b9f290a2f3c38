/*
 * api/openapi: the description of an API as OpenAPI 3.0 or 3.1, printed from what the API is made
 * of: its route table with the operations and parameters it points to, the shapes of its answers,
 * the formats, the error table, and, of one dataset, its schema.
 *
 * Purpose    nothing is described that is not there, and nothing that is there is left out: a row
 *            is added once.
 * Ownership  struct bf_openapi and what it points to are the caller's, for the time of the call;
 *            `parameters` and `formats` are kept while it prints, so that components has what is
 *            used and nothing else.
 * Source     OpenAPI Specification 3.0.3 and 3.1.0; JSON Schema 2020-12.
 */
#ifndef BF_API_OPENAPI_H
#define BF_API_OPENAPI_H

#include "api/document.h"
#include "api/operation.h"
#include "api/shape.h"
#include "format/writer.h"

enum { BF_OPENAPI_PARAMETERS = 64 };

/* One dataset, and one of its records to show. */
struct bf_openapi_dataset {
    struct bf_str name; /* as it was asked for */
    const struct bf_manifest *manifest;
    const struct bf_schema *schema; /* as that name has it */
    struct bf_str record;           /* the record as JSON; empty: it has none */
    struct bf_str record_id;
    const struct bf_cell *cells;     /* of the record; NULL: none */
    const struct bf_output *outputs; /* what the cells are */
    size_t ncells;
};

struct bf_openapi {
    struct bf_document d;
    bool v31; /* else 3.0 */
    bool english;
    const char *title, *version;
    const char *base_url, *root; /* addresses are shown below root */
    const struct bf_route *routes;
    const struct bf_shape *shapes;
    struct bf_str sample;                     /* id of some dataset; empty: there is none */
    const struct bf_openapi_dataset *dataset; /* NULL: the whole portal */

    /* bf_openapi_print's own. */
    const struct bf_parameter *parameters[BF_OPENAPI_PARAMETERS];
    size_t nparameters;
};

void bf_openapi_print(struct bf_openapi *o);

/* ---- its parts, one file each ---- */

const char *bf_openapi_says(const struct bf_openapi *o, const char *fr, const char *en);

/* Whether the description is about this route. */
bool bf_openapi_described(const struct bf_openapi *o, const struct bf_route *route);

void bf_openapi_paths(struct bf_openapi *o);      /* openapi_paths.c */
void bf_openapi_parameters(struct bf_openapi *o); /* openapi_parameters.c */
/* A value of the parameter that is right here; false: none is known. */
bool bf_openapi_example(const struct bf_openapi *o, const struct bf_parameter *p,
                        struct bf_buf *out); /* openapi_example.c */
void bf_openapi_answers(struct bf_openapi *o, const struct bf_route *route,
                        const struct bf_format *format); /* openapi_answers.c */
void bf_openapi_responses(struct bf_openapi *o);         /* the same: components */
void bf_openapi_headers(struct bf_openapi *o);           /* the same: components */
void bf_openapi_schemas(struct bf_openapi *o);           /* openapi_schemas.c */
void bf_openapi_fields(struct bf_openapi *o);            /* openapi_fields.c: of the dataset */
/* "type": "string", or with null. */
void bf_openapi_type(struct bf_openapi *o, const char *type, bool nullable);
void bf_openapi_ref(struct bf_openapi *o, const char *where, const char *name);

#endif
