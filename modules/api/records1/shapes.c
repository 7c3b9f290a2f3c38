#include "api/records1/describe.h"

#include <stddef.h>

enum { NEEDED = BF_SHAPE_REQUIRED, NULLABLE = BF_SHAPE_NULLABLE, LIST = BF_SHAPE_LIST };

static const struct bf_shape_member fields[] = {{.name = NULL}};

static const struct bf_shape_member record[] = {
    {.name = "datasetid", .type = "string", .flags = NEEDED},
    {.name = "recordid", .type = "string", .flags = NEEDED},
    {.name = "fields", .of = "fields", .flags = NEEDED},
    {.name = "geometry", .type = "object", .fr = "GeoJSON.", .en = "GeoJSON."},
    {.name = "record_timestamp", .type = "string", .format = "date-time"},
    {.name = NULL},
};

static const struct bf_shape_member facet_value[] = {
    {.name = "name", .type = "string", .flags = NEEDED},
    {.name = "path",
     .type = "string",
     .flags = NEEDED,
     .fr = "De toute la hiérarchie.",
     .en = "Of the whole hierarchy."},
    {.name = "count",
     .type = "integer",
     .fr = "Absent d'une valeur exclue.",
     .en = "Not of an excluded value."},
    {.name = "state", .type = "string", .flags = NEEDED},
    {.name = "facets", .of = "facet_value", .flags = LIST},
    {.name = NULL},
};

static const struct bf_shape_member facet_group[] = {
    {.name = "name", .type = "string", .flags = NEEDED},
    {.name = "count", .type = "integer", .flags = NEEDED},
    {.name = "facets", .of = "facet_value", .flags = NEEDED | LIST},
    {.name = NULL},
};

#define PAGE(member_, of_)                                            \
    {.name = "nhits",                                                 \
     .type = "integer",                                               \
     .flags = NEEDED,                                                 \
     .fr = "De toutes les pages.",                                    \
     .en = "Of all pages."},                                          \
        {.name = "parameters",                                        \
         .type = "object",                                            \
         .flags = NEEDED,                                             \
         .fr = "Ce qui a été demandé.",                               \
         .en = "What was asked for."},                                \
        {.name = member_, .of = of_, .flags = NEEDED | LIST},         \
        {.name = "facet_groups", .of = "facet_group", .flags = LIST}, \
    {                                                                 \
        .name = NULL                                                  \
    }

static const struct bf_shape_member search[] = {PAGE("records", "record")};
static const struct bf_shape_member datasets[] = {PAGE("datasets", "dataset")};

static const struct bf_shape_member annotation[] = {
    {.name = "name", .type = "string", .flags = NEEDED},
    {.name = "args", .type = "string", .flags = LIST},
    {.name = NULL},
};

static const struct bf_shape_member field[] = {
    {.name = "name", .type = "string", .flags = NEEDED},
    {.name = "label", .type = "string", .flags = NEEDED},
    {.name = "type", .type = "string", .flags = NEEDED},
    {.name = "description", .type = "string"},
    {.name = "annotations", .of = "annotation", .flags = NEEDED | LIST},
    {.name = NULL},
};

static const struct bf_shape_member dataset[] = {
    {.name = "datasetid", .type = "string", .flags = NEEDED},
    {.name = "metas", .type = "object", .flags = NEEDED},
    {.name = "interop_metas",
     .type = "object",
     .fr = "Avec interopmetas.",
     .en = "With interopmetas."},
    {.name = "has_records", .type = "boolean", .flags = NEEDED},
    {.name = "data_visible", .type = "boolean", .flags = NEEDED},
    {.name = "features", .type = "string", .flags = NEEDED | LIST},
    {.name = "attachments", .of = "attachment", .flags = NEEDED | LIST},
    {.name = "alternative_exports", .of = "alternative_export", .flags = NEEDED | LIST},
    {.name = "fields", .of = "field", .flags = NEEDED | LIST},
    {.name = NULL},
};

static const struct bf_shape_member point[] = {
    {.name = "x",
     .fr = "Une valeur, les parties d'une date, ou un objet par axe.",
     .en = "A value, the parts of a date, or an object by axis."},
    {.name = NULL},
};

static const struct bf_shape_member range[] = {
    {.name = "max", .type = "number", .flags = NEEDED | NULLABLE},
    {.name = "min", .type = "number", .flags = NEEDED | NULLABLE},
    {.name = NULL},
};

static const struct bf_shape_member cluster[] = {
    {.name = "cluster_center",
     .type = "number",
     .flags = NEEDED | LIST,
     .fr = "Latitude, longitude.",
     .en = "Latitude, longitude."},
    {.name = "count", .type = "integer", .flags = NEEDED},
    {.name = "series", .type = "object"},
    {.name = "cluster", .type = "object", .fr = "GeoJSON.", .en = "GeoJSON."},
    {.name = NULL},
};

static const struct bf_shape_member clusters[] = {
    {.name = "clusters", .of = "cluster", .flags = NEEDED | LIST},
    {.name = "count", .of = "range", .flags = NEEDED},
    {.name = "series",
     .type = "object",
     .flags = NEEDED,
     .fr = "Par série, la plus grande et la plus petite valeur.",
     .en = "By series, the greatest and the least value."},
    {.name = "clusterprecision", .type = "integer", .flags = NEEDED},
    {.name = NULL},
};

static const struct bf_shape_member box[] = {
    {.name = "count", .type = "integer", .flags = NEEDED},
    {.name = "bbox",
     .type = "number",
     .flags = NEEDED | LIST,
     .fr = "Ouest, sud, est, nord; vide sans géométrie.",
     .en = "West, south, east, north; empty without a geometry."},
    {.name = "geometries",
     .type = "object",
     .flags = NEEDED,
     .fr = "Combien il y en a de chaque type.",
     .en = "How many there are of each type."},
    {.name = NULL},
};

static const struct bf_shape_member place[] = {
    {.name = "geometry", .type = "object", .flags = NEEDED, .fr = "GeoJSON.", .en = "GeoJSON."},
    {.name = "geo_digest", .type = "string", .flags = NEEDED},
    {.name = NULL},
};

static const struct bf_shape_member error[] = {
    {.name = "error", .type = "string", .flags = NEEDED},
    {.name = NULL},
};

static const struct bf_shape shapes[] = {
    {"fields", "Les champs; ceux qui sont vides n'y sont pas.",
     "The fields; those that are empty are not there.", fields, true},
    {"record", "Un enregistrement.", "A record.", record, false},
    {"search", "Une page d'enregistrements.", "A page of records.", search, false},
    {"facet_value", "Une valeur d'une facette.", "A value of a facet.", facet_value, false},
    {"facet_group", "Une facette.", "A facet.", facet_group, false},
    {"annotation", "Une propriété d'un champ.", "A property of a field.", annotation, false},
    {"field", "Un champ.", "A field.", field, false},
    {"attachment", "Une pièce jointe.", "An attachment.", bf_shape_attachment, false},
    {"alternative_export", "Un export alternatif.", "An alternative export.",
     bf_shape_alternative_export, false},
    {"dataset", "Un jeu de données.", "A dataset.", dataset, false},
    {"datasets", "Une page de jeux de données.", "A page of datasets.", datasets, false},
    {"point", "Un point: `x`, et un membre par série.",
     "A point: `x`, and a member for each series.", point, false},
    {"range", "La plus grande et la plus petite valeur.", "The greatest and the least value.",
     range, false},
    {"cluster", "Un groupe de points.", "A cluster of points.", cluster, false},
    {"clusters", "Des groupes de points.", "Clusters of points.", clusters, false},
    {"box", "Un rectangle.", "A box.", box, false},
    {"place", "Une géométrie.", "A geometry.", place, false},
    {"error", "Un refus.", "A refusal.", error, false},
    {.name = NULL},
};

const struct bf_shape *const records1_shapes[] = {shapes, bf_common_shapes, NULL};
