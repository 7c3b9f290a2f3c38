/*
 * api/operation: what a route does, for the OpenAPI description (api/openapi).
 *
 * Purpose    each row of a route table points to one; what a row does not have (address, methods)
 *            stands here: the names that clients are generated from, the parameters, the answer.
 * Ownership  constants.
 */
#ifndef BF_API_OPERATION_H
#define BF_API_OPERATION_H

#include "api/parameter.h"

enum bf_operation_flag {
    BF_OPERATION_GONE = 1,   /* was given up: 410, whatever is asked */
    BF_OPERATION_EXPORT = 2, /* answers in a format of format/formats */
};

struct bf_operation {
    const char *id;      /* "getRecords": what generated clients call it */
    const char *tag;     /* "Dataset" */
    const char *fr, *en; /* what it answers, in some words */
    /* Ends with NULL; those of the path first. */
    const struct bf_parameter *const *parameters;
    const char *shape; /* of the answer, by name (api/shape); NULL: none */
    unsigned flags;    /* enum bf_operation_flag */
};

#endif
