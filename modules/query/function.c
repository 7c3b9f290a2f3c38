#include "query/function.h"

#include "query/place.h"

static const struct bf_function functions[] = {
    /* predicates */
    {"within_distance", bf_place_near},
    /* The v2.0 name, still used by clients; with two arguments a scalar. */
    {"distance", bf_place_near},
    {"in_bbox", bf_place_box},
    {"search", NULL},
    {"suggest", NULL},
    {"startswith", NULL},
    {"intersects", NULL},
    {"disjoint", NULL},
    {"within", NULL},
    {"geometry", NULL},
    {"polygon", NULL},
    {"vector_similarity_threshold", NULL},
    /* scalars */
    {"length", NULL},
    {"now", NULL},
    {"year", NULL},
    {"month", NULL},
    {"day", NULL},
    {"hour", NULL},
    {"minute", NULL},
    {"second", NULL},
    {"date_format", NULL},
    {"ifnull", NULL},
    {"lower", NULL},
    {"upper", NULL},
    {"json_format", NULL},
    {"random", NULL},
    {"vector_similarity", NULL},
    {"include", NULL},
    {"exclude", NULL},
    {"geometry_type", NULL},
    {"range", NULL},
    {"geo_cluster", NULL},
    /* aggregates */
    {"count", NULL},
    {"avg", NULL},
    {"sum", NULL},
    {"min", NULL},
    {"max", NULL},
    {"median", NULL},
    {"percentile", NULL},
    {"envelope", NULL},
    {"bbox", NULL},
};

const struct bf_function *bf_function_find(struct bf_str name)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (bf_str_eq_nocase(name, bf_str_of(functions[i].name)))
            return &functions[i];
    return NULL;
}
