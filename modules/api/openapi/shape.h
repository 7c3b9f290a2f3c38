/*
 * api/openapi/shape: the objects that answers are made of, as data, for the OpenAPI description.
 *
 * Purpose    a shape becomes a schema of components/schemas in either version: 3.0 says `nullable`,
 *            3.1 a list of types.
 * Ownership  constants. Every table ends with a NULL name.
 */
#ifndef BF_API_OPENAPI_SHAPE_H
#define BF_API_OPENAPI_SHAPE_H

#include <stdbool.h>

enum bf_shape_flag {
    BF_SHAPE_REQUIRED = 1,
    BF_SHAPE_NULLABLE = 2,
    BF_SHAPE_LIST = 4, /* an array of what the rest of the row says */
};

struct bf_shape_member {
    const char *name;
    const char *type; /* "string"; or NULL, and then */
    const char *of;   /* the name of a shape */
    unsigned flags;   /* enum bf_shape_flag */
    const char *format;
    const char *const *choices; /* ends with NULL */
    const char *fr, *en;        /* may be NULL */
};

/* What a problem tells of the limit that refused (api/allowance), as members of its shape. */
#define BF_SHAPE_EXCESS                                                                 \
    {.name = "violated-policies",                                                       \
     .type = "string",                                                                  \
     .flags = BF_SHAPE_LIST,                                                            \
     .fr = "429: les limites qui refusent, comme RateLimit-Policy les nomme.",          \
     .en = "429: the limits that refuse, as RateLimit-Policy names them."},             \
        {.name = "limit", .type = "integer"}, {.name = "remaining", .type = "integer"}, \
        BF_SHAPE_RESET

#define BF_SHAPE_RESET                                                                  \
    {                                                                                   \
        .name = "reset", .type = "string", .format = "date-time",                       \
        .fr = "L'instant où cela peut être demandé de nouveau, à l'heure des quotas.",  \
        .en = "The instant at which it may be asked again, on the clock of the quotas." \
    }

struct bf_shape {
    const char *name;
    const char *fr, *en;
    const struct bf_shape_member *members;
    bool is_record; /* the fields of the dataset follow its members */
};

/* A file that goes with a dataset, as its object lists it. */
extern const struct bf_shape_member bf_shape_attachment[], bf_shape_alternative_export[];

/* What several APIs have: a FeatureCollection, a description, the vendor's word on quotas. */
extern const struct bf_shape bf_common_shapes[];

#endif
