#include "value/type.h"

/* By the enum, so that a lookup is an index. The column of json_blob is text: the vendor's type is
 * text that may not even be JSON (contract 10.4), and the versioned store compares old and new
 * values, which PostgreSQL cannot do with json. */
static const struct bf_type_info types[] = {
    [BF_NULL] = {BF_NULL, "null", "text", "null"},
    [BF_BOOL] = {BF_BOOL, "boolean", "boolean", "true or false"},
    [BF_INT] = {BF_INT, "int", "bigint", "a whole number"},
    [BF_DOUBLE] = {BF_DOUBLE, "double", "double precision", "a number"},
    [BF_TEXT] = {BF_TEXT, "text", "text", "a text"},
    [BF_DATE] = {BF_DATE, "date", "date", "a date such as 2026-09-30"},
    [BF_DATETIME] = {BF_DATETIME, "datetime", "timestamptz",
                     "a date and time such as 2026-09-30T08:15:00+02:00"},
    [BF_GEO_POINT] = {BF_GEO_POINT, "geo_point_2d", "geometry(Point,4326)",
                      "a point such as {\"lon\": 3.06, \"lat\": 50.63}"},
    [BF_GEO_SHAPE] = {BF_GEO_SHAPE, "geo_shape", "geometry(Geometry,4326)",
                      "a GeoJSON geometry in longitude and latitude"},
    [BF_JSON] = {BF_JSON, "json_blob", "text", "JSON"},
};

enum { TYPES = sizeof types / sizeof types[0] };

const struct bf_type_info *bf_type_info(enum bf_type type)
{
    return &types[(unsigned)type < TYPES ? type : BF_NULL];
}

const struct bf_type_info *bf_type_named(struct bf_str name)
{
    for (size_t i = BF_NULL + 1; i < TYPES; i++)
        if (bf_str_eq(name, bf_str_of(types[i].name)))
            return &types[i];
    return NULL;
}

struct bf_value bf_value_text(struct bf_str text)
{
    return (struct bf_value){.type = BF_TEXT, .text = text};
}

struct bf_value bf_value_text_or_null(struct bf_str text)
{
    return text.n ? bf_value_text(text) : (struct bf_value){.type = BF_NULL};
}

struct bf_value bf_value_int(int64_t n)
{
    return (struct bf_value){.type = BF_INT, .integer = n};
}

struct bf_value bf_value_seconds(int64_t seconds)
{
    return (struct bf_value){.type = BF_DATETIME, .instant = seconds * 1000000};
}
