/*
 * api/parameter: a parameter of a protocol, as it is read and as it is described.
 *
 * Purpose    one row says what a parameter is; the reader that refuses bad values and the OpenAPI
 *            description (api/openapi) both live from it, so that they cannot disagree.
 * Errors     PARAMETER: "Invalid value for limit API parameter: 1473 was found but -1 <= limit <=
 *            100 is expected." (contract 6.3), with the bounds of the row or its own words.
 */
#ifndef BF_API_PARAMETER_H
#define BF_API_PARAMETER_H

#include "api/request.h"

struct bf_format;

enum bf_parameter_type { BF_PARAMETER_TEXT, BF_PARAMETER_INTEGER, BF_PARAMETER_BOOLEAN };

enum bf_parameter_flag {
    BF_PARAMETER_PATH = 1,     /* a variable of the address, not of the query */
    BF_PARAMETER_REPEATS = 2,  /* may stand several times */
    BF_PARAMETER_LABELS = 4,   /* of exports with a header line alone */
    BF_PARAMETER_GEOMETRY = 8, /* of exports with a geometry alone */
    BF_PARAMETER_REQUIRED = 16,
    BF_PARAMETER_DATASET = 32, /* of the query, and names the dataset */
    BF_PARAMETER_FACETS = 64,  /* `refine.FIELD` stands for one of each facet */
    BF_PARAMETER_HEADER = 128, /* a header field */
    BF_PARAMETER_PLACE = 256,  /* of datasets with a geometry alone */
};

#define BF_PARAMETER_UNBOUND INT64_MAX

struct bf_parameter {
    const char *name;
    const char *key;    /* among the parameters of a description; NULL: the name */
    const char *format; /* the only export format that has it; NULL: see the flags */
    enum bf_parameter_type type;
    unsigned flags;     /* enum bf_parameter_flag */
    const char *preset; /* as it would be sent; NULL: none */
    /* Of an integer; most BF_PARAMETER_UNBOUND: there is no greatest. */
    int64_t least, most;
    const char *const *choices; /* the only values there are; ends with NULL; NULL: any */
    const struct bf_format *const *formats; /* names one of them; ends with NULL */
    const char *expected; /* what a refusal asks for; NULL: the bounds or choices */
    const char *fr, *en;  /* one line */
    const char *example;  /* a value that is right for every dataset; NULL: none */
};

/* *out stays when the parameter is absent. false: r->err is set. */
bool bf_parameter_integer(struct bf_request *r, const struct bf_parameter *p, int64_t *out);
/* true, false in any case, 1, 0; empty is absent. */
bool bf_parameter_boolean(struct bf_request *r, const struct bf_parameter *p, bool *out);
/* The text as it was sent, {NULL, 0} when it is absent. */
struct bf_str bf_parameter_text(const struct bf_request *r, const struct bf_parameter *p);

/* Says that `found` is not what is expected; always false. */
bool bf_parameter_refuse(struct bf_request *r, const struct bf_parameter *p, struct bf_str found);

#endif
