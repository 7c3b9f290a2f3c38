/*
 * api/openapi/openapi: the description of an API as OpenAPI 3.0 or 3.1, printed from what the API
 * is made of: its route table with the operations and parameters it points to, the shapes of its
 * answers, the formats, the error table, and, of one dataset, its schema.
 *
 * Purpose    nothing is described that is not there, and nothing that is there is left out: a row
 *            is added once.
 * Ownership  struct bf_openapi and what it points to are the caller's, for the time of the call;
 *            `parameters` and `formats` are kept while it prints, so that components has what is
 *            used and nothing else.
 * Source     OpenAPI Specification 3.0.3 and 3.1.0; JSON Schema 2020-12.
 */
#ifndef BF_API_OPENAPI_OPENAPI_H
#define BF_API_OPENAPI_OPENAPI_H

#include "api/openapi/document.h"
#include "api/openapi/operation.h"
#include "api/openapi/shape.h"
#include "format/writer.h"

enum { BF_OPENAPI_PARAMETERS = 64 };

struct bf_openapi;

/* Which operations a refusal is for. */
enum bf_refused {
    BF_REFUSED_ALL = 1,     /* all that were not given up */
    BF_REFUSED_NAMED = 4,   /* whose address names something */
    BF_REFUSED_GONE = 8,    /* that were given up */
    BF_REFUSED_TAGGED = 16, /* whose answer has an ETag */
    BF_REFUSED_PUSH = 32,
    BF_REFUSED_WALK = 64, /* that know a cursor */
};

/* A status that an operation may be refused with. */
struct bf_refusal {
    int status;
    const char *key, *fr, *en;
    unsigned of;                        /* enum bf_refused */
    const char *shape;                  /* NULL: it has no body */
    const char *media;                  /* NULL: application/json */
    const struct bf_protocol *protocol; /* that speaks so; NULL: all of the API */
    bool front; /* nginx may say it, too, as a problem document (RFC 9457) */
};

/* Of the APIs that only answer, in the contract's envelopes (6.3): openapi/answers.c. */
extern const struct bf_refusal bf_openapi_refusals[];

struct bf_openapi_tag {
    const char *name, *fr, *en;
};

/* One API. Every table ends with a NULL name or key. */
struct bf_openapi_api {
    const char *title, *version;
    const char *fr, *en; /* what it is, in some sentences */
    const struct bf_openapi_tag *tags;
    const struct bf_shape *const *shapes; /* tables of them; ends with NULL */
    const struct bf_refusal *refusals;
    /* Whose fields a dataset has there, as generations call it: "2.1"; NULL: its own. */
    const char *names;
    bool odsql; /* queries are in it: its functions are told */
    bool sent;  /* records come in: with their key, without computed fields */
    bool coded; /* refusals have an error_code: those of each status are told */
    /* What a value of the column is like, as members of a schema; NULL: as v2.1 writes it. */
    void (*type)(struct bf_openapi *o, const struct bf_column *c);
    /* The fields of a record as JSON; NULL: as v2.1 writes them. */
    void (*record)(struct bf_buf *out, const struct bf_output *outputs, const struct bf_cell *cells,
                   size_t n, const struct bf_zone *zone);
};

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
    const struct bf_openapi_api *api;
    const char *base_url, *root;              /* addresses are shown below root */
    const struct bf_route *routes;            /* those below root are described */
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
/* Whether that route's operation may be refused so. */
bool bf_openapi_refuses(const struct bf_route *route, const struct bf_refusal *f);

void bf_openapi_paths(struct bf_openapi *o);      /* openapi/paths.c */
void bf_openapi_parameters(struct bf_openapi *o); /* openapi/parameters.c */
/* One that stands for each facet (refine.FIELD), as the facet's own. */
void bf_openapi_parameter_of(struct bf_openapi *o, const struct bf_parameter *p,
                             const struct bf_column *facet);
/* A value of the parameter that is right here; false: none is known. */
bool bf_openapi_example(const struct bf_openapi *o, const struct bf_parameter *p,
                        struct bf_buf *out); /* openapi/example.c */
bool bf_openapi_example_of(const struct bf_openapi *o, const struct bf_parameter *p,
                           const struct bf_column *facet, struct bf_buf *out);
void bf_openapi_answers(struct bf_openapi *o, const struct bf_route *route,
                        const struct bf_format *format); /* openapi/answers.c */
void bf_openapi_responses(struct bf_openapi *o);         /* the same: components */
void bf_openapi_headers(struct bf_openapi *o);           /* openapi/headers.c: components */
/* The header fields that an answer of that status has. */
void bf_openapi_header_refs(struct bf_openapi *o, int status);
void bf_openapi_schemas(struct bf_openapi *o); /* openapi/schemas.c */
void bf_openapi_fields(struct bf_openapi *o);  /* openapi/fields.c: of the dataset */
/* "type": "string", or with null. */
void bf_openapi_type(struct bf_openapi *o, const char *type, bool nullable);
/* The type of values that are no places, and the format of those that have one. */
void bf_openapi_scalar(struct bf_openapi *o, enum bf_type type, bool nullable);
void bf_openapi_ref(struct bf_openapi *o, const char *where, const char *name);

#endif
