#include "api/openapi/shape.h"

#include <stddef.h>

enum { NEEDED = BF_SHAPE_REQUIRED, LIST = BF_SHAPE_LIST, NULLABLE = BF_SHAPE_NULLABLE };

static const char *const collection_type[] = {"FeatureCollection", NULL};
static const struct bf_shape_member collection[] = {
    {.name = "type", .type = "string", .flags = NEEDED, .choices = collection_type},
    {.name = "features", .type = "object", .flags = NEEDED | LIST},
    {.name = NULL},
};

static const struct bf_shape_member description[] = {
    {.name = "openapi", .type = "string", .flags = NEEDED},
    {.name = "info", .type = "object", .flags = NEEDED},
    {.name = "paths", .type = "object", .flags = NEEDED},
    {.name = "components", .type = "object"},
    {.name = NULL},
};

const struct bf_shape_member bf_shape_attachment[] = {
    {.name = "id", .type = "string", .flags = NEEDED},
    {.name = "title", .type = "string", .flags = NEEDED},
    {.name = "mimetype", .type = "string", .flags = NEEDED},
    {.name = "url", .type = "string", .flags = NEEDED, .format = "uri"},
    {.name = NULL},
};

const struct bf_shape_member bf_shape_alternative_export[] = {
    {.name = "id", .type = "string", .flags = NEEDED},
    {.name = "title", .type = "string", .flags = NEEDED},
    {.name = "description", .type = "string", .flags = NEEDED | NULLABLE},
    {.name = "mimetype", .type = "string", .flags = NEEDED},
    {.name = "url", .type = "string", .flags = NEEDED, .format = "uri"},
    {.name = NULL},
};

static const char *const units[] = {"minute", "day", "month", "concurrent", NULL};
static const struct bf_shape_member quota[] = {
    {.name = "errorcode", .type = "integer", .flags = NEEDED},
    {"error", "string", .flags = NEEDED},
    {.name = "reset_time", .type = "string", .format = "date-time"},
    {.name = "limit_time_unit", .type = "string", .choices = units},
    {.name = "call_limit", .type = "integer"},
    {.name = "rule",
     .type = "string",
     .fr = "La limite qui refuse, comme RateLimit-Policy la nomme.",
     .en = "The limit that refuses, as RateLimit-Policy names it."},
    {.name = "remaining", .type = "integer"},
    BF_SHAPE_RESET,
    {.name = "message",
     .type = "string",
     .fr = "Ce que la limite accorde, et ce qui coûterait moins.",
     .en = "What the limit grants, and what would be cheaper."},
    {.name = NULL},
};

const struct bf_shape bf_common_shapes[] = {
    {"feature_collection", "RFC 7946.", "RFC 7946.", collection, false},
    {"description", "Une description OpenAPI.", "An OpenAPI description.", description, false},
    {"quota", "Un quota épuisé.", "A quota that is used up.", quota, false},
    {.name = NULL},
};
