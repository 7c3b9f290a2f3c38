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

struct bf_operation {
    const char *id;      /* "getRecords": what generated clients call it */
    const char *tag;     /* "Dataset" */
    const char *fr, *en; /* what it answers, in some words */
    /* Ends with NULL; those of the path first. */
    const struct bf_parameter *const *parameters;
    const char *shape; /* of the answer, or of an element of the file (api/shape); NULL: none */
    /* Of an export: the formats that it answers in, and the id of an operation that is one of them
     * without the format's name; else NULL. */
    const struct bf_format *const *formats;
    const char *format_id;
    bool gone; /* was given up: 410, whatever is asked */
};

#endif
