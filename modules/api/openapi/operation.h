/*
 * api/openapi/operation: what a route does, for the OpenAPI description (api/openapi).
 *
 * Purpose    each row of a route table points to one; what a row does not have (address, methods)
 *            stands here: the names that clients are generated from, the parameters, the answer.
 * Ownership  constants.
 */
#ifndef BF_API_OPENAPI_OPERATION_H
#define BF_API_OPENAPI_OPERATION_H

#include "api/parameter.h"

/* What is sent: JSON of one record or an array of them, or a text of another type. */
struct bf_operation_body {
    const char *const *types; /* media types; ends with NULL */
    const char *shape;        /* of a record */
    const char *fr, *en;
    bool single; /* never an array of them */
};

/* An answer of one media type, where there are several. */
struct bf_operation_media {
    const char *type;  /* NULL: the end */
    const char *shape; /* NULL: a text */
    bool list;         /* an array of it */
};

struct bf_operation {
    const char *id;      /* "getRecords": what generated clients call it */
    const char *tag;     /* "Dataset" */
    const char *fr, *en; /* what it answers, in some words */
    /* Ends with NULL; those of the path first. */
    const struct bf_parameter *const *parameters;
    const char
        *shape; /* of the answer, or of an element of the file (api/openapi/shape); NULL: none */
    /* Of an export: the formats that it answers in, and the id of an operation that is one of them
     * without the format's name; else NULL. */
    const struct bf_format *const *formats;
    const char *format_id;
    const struct bf_operation_media *media; /* beside that of shape; NULL: none */
    const struct bf_operation_body *body;   /* NULL: nothing is sent */
    bool moved;                             /* 302: says where it is now */
    bool created;                           /* 201 */
    bool places;                            /* of datasets with a geometry alone */
    bool gone;                              /* was given up: 410, whatever is asked */
};

/* What an operation is that answers its API's own description. */
#define BF_OPERATION_DESCRIBES(version_)             \
    .fr = "Cette description, en OpenAPI " version_, \
    .en = "This description, as OpenAPI " version_, .shape = "description"

#endif
