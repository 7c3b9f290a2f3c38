#include "query/function.h"

#include "query/call.h"
#include "query/date_format.h"
#include "query/fulltext.h"
#include "query/now.h"
#include "query/place.h"

enum {
    SELECT = BF_IN_SELECT,
    WHERE = BF_IN_WHERE,
    GROUP = BF_IN_GROUP,
    ORDER = BF_IN_ORDER,
    VALUES = SELECT | WHERE | ORDER
};

static const struct bf_function functions[] = {
    /* predicates */
    {"within_distance", bf_place_near, .clauses = WHERE,
     .usage = "within_distance(geo field, geom'POINT(lon lat)', 2km)",
     .doc = "the record lies at most so far from a point; units mi yd ft m cm km mm, metres "
            "without one"},
    {"in_bbox", bf_place_box, .clauses = WHERE, .usage = "in_bbox(geo field, lat, lon, lat, lon)",
     .doc = "the record lies in the box between two opposite corners, latitude first"},
    {"intersects", bf_place_relation, .clauses = WHERE, .usage = "intersects(geo field, geom'…')",
     .doc = "the record and the geometry have a point in common"},
    {"disjoint", bf_place_relation, .clauses = WHERE, .usage = "disjoint(geo field, geom'…')",
     .doc = "the record and the geometry have no point in common"},
    {"within", bf_place_relation, .clauses = WHERE, .usage = "within(geo field, geom'…')",
     .doc = "the record lies inside the geometry"},
    {"geometry", bf_place_relation, .clauses = WHERE,
     .usage = "geometry(geo field, geom'…'[, within])",
     .doc = "older name: intersects, or the named relation"},
    {"polygon", bf_place_relation, .clauses = WHERE, .usage = "polygon(geo field, geom'…')",
     .doc = "older name of within"},
    {"search", bf_fulltext_search, .clauses = WHERE, .usage = "search([fields | *,] \"words\")",
     .doc = "full text: all words, the last one as a prefix, the others with small mistakes"},
    {"suggest", bf_fulltext_suggest, .clauses = WHERE, .usage = "suggest([fields | *,] \"words\")",
     .doc = "full text: all words, each as a prefix"},
    {"startswith", bf_fulltext_start, .clauses = WHERE,
     .usage = "startswith([fields | *,] \"text\")", .doc = "the value begins with this very text"},
    {"phrase", bf_fulltext_phrase, .clauses = WHERE, .usage = "phrase([fields | *,] \"words\")",
     .doc = "full text: these words one after the other, in one field; ours"},
    {"vector_similarity_threshold", bf_fulltext_similar, .clauses = WHERE,
     .usage = "vector_similarity_threshold(\"text\")",
     .doc = "the catalogue only: the same as search"},
    /* scalars */
    {"length", NULL, .kind = BF_SCALAR, .clauses = VALUES, .result = BF_INT, .args = {BF_ARG_TEXT},
     .sql = "char_length(%1)::bigint", .usage = "length(text)", .doc = "number of characters"},
    {"lower", NULL, .kind = BF_SCALAR, .clauses = VALUES | GROUP, .result = BF_TEXT,
     .args = {BF_ARG_TEXT}, .sql = "(lower(%1 COLLATE \"und-x-icu\") COLLATE \"C\")",
     .usage = "lower(text)", .doc = "in small letters"},
    {"upper", NULL, .kind = BF_SCALAR, .clauses = VALUES | GROUP, .result = BF_TEXT,
     .args = {BF_ARG_TEXT}, .sql = "(upper(%1 COLLATE \"und-x-icu\") COLLATE \"C\")",
     .usage = "upper(text)", .doc = "in capitals"},
    {"ifnull", NULL, bf_call_ifnull, .kind = BF_SCALAR, .clauses = VALUES | GROUP,
     .usage = "ifnull(value, other)", .doc = "the value, or the other where it is null"},
    {"now", NULL, bf_call_now, .kind = BF_SCALAR, .clauses = VALUES, .result = BF_DATETIME,
     .usage = "now([year=2026, months=-1, …])",
     .doc = "the present instant, moved by its arguments from left to right"},
    {"year", NULL, .kind = BF_SCALAR, .clauses = VALUES | GROUP, .result = BF_INT,
     .args = {BF_ARG_DATE}, .sql = "extract(year FROM %w)::bigint", .usage = "year(date)",
     .doc = "in the time zone of the request"},
    {"month", NULL, .kind = BF_SCALAR, .clauses = VALUES | GROUP, .result = BF_INT,
     .args = {BF_ARG_DATE}, .sql = "extract(month FROM %w)::bigint", .usage = "month(date)",
     .doc = "1 to 12"},
    {"day", NULL, .kind = BF_SCALAR, .clauses = VALUES | GROUP, .result = BF_INT,
     .args = {BF_ARG_DATE}, .sql = "extract(day FROM %w)::bigint", .usage = "day(date)",
     .doc = "of the month, 1 to 31"},
    {"hour", NULL, .kind = BF_SCALAR, .clauses = VALUES | GROUP, .result = BF_INT,
     .args = {BF_ARG_DATE}, .sql = "extract(hour FROM %w)::bigint", .usage = "hour(date)",
     .doc = "0 to 23"},
    {"minute", NULL, .kind = BF_SCALAR, .clauses = VALUES | GROUP, .result = BF_INT,
     .args = {BF_ARG_DATE}, .sql = "extract(minute FROM %w)::bigint", .usage = "minute(date)",
     .doc = "0 to 59"},
    {"second", NULL, .kind = BF_SCALAR, .clauses = VALUES | GROUP, .result = BF_INT,
     .args = {BF_ARG_DATE}, .sql = "floor(extract(second FROM %w))::bigint",
     .usage = "second(date)", .doc = "0 to 59, without decimals"},
    {"date_format", NULL, bf_call_date_format, .kind = BF_SCALAR, .clauses = VALUES | GROUP,
     .result = BF_TEXT, .usage = "date_format(date, \"dd/MM/yyyy\")",
     .doc = "a date as text by a pattern; names in the language of the request"},
    {"json_format", NULL, bf_call_json, .kind = BF_SCALAR, .clauses = SELECT, .result = BF_JSON,
     .usage = "json_format(field[, other])", .doc = "a text that holds JSON, as JSON"},
    /* The v2.0 name of within_distance, still used by clients; with two arguments a scalar. */
    {"distance", bf_place_near, .kind = BF_SCALAR, .clauses = VALUES, .result = BF_DOUBLE,
     .args = {BF_ARG_GEO, BF_ARG_POINT_LITERAL}, .sql = BF_DISTANCE_SQL,
     .usage = "distance(geo field, geom'POINT(lon lat)')",
     .doc = "metres of arc; with a third argument, in where: within_distance"},
    {"geometry_type", NULL, .kind = BF_SCALAR, .clauses = VALUES, .result = BF_TEXT,
     .args = {BF_ARG_GEO}, .sql = "substr(ST_GeometryType(%1), 4)",
     .usage = "geometry_type(geo field)", .doc = "Point, LineString, Polygon, MultiPoint, …"},
    {"random", NULL, bf_call_random, .kind = BF_SCALAR, .clauses = ORDER, .result = BF_INT,
     .usage = "random(seed)",
     .doc = "an order that looks random, the same for the same whole number"},
    {"vector_similarity", NULL, bf_fulltext_similarity, .kind = BF_SCALAR, .clauses = ORDER,
     .result = BF_DOUBLE, .usage = "vector_similarity(\"text\")",
     .doc = "the catalogue only: how many of the words a dataset has, and in what place"},
    {"include", NULL, .kind = BF_FIELDS, .clauses = SELECT, .sql = "",
     .usage = "include(name, prefix*)", .doc = "these fields"},
    {"exclude", NULL, .kind = BF_FIELDS, .clauses = SELECT, .sql = "",
     .usage = "exclude(name, prefix*)", .doc = "all fields but these"},
    /* forms of group_by */
    {"range", NULL, .kind = BF_GROUPING, .clauses = GROUP, .result = BF_TEXT, .sql = "",
     .usage = "range(field, *, 10, 50) | range(field, ]10, 50]) | range(field, 5) | "
              "range(date field, 1 day)",
     .doc = "intervals of numbers or dates, of given bounds or of equal width"},
    {"geo_cluster", NULL, .kind = BF_GROUPING, .clauses = GROUP, .syntax = true, .result = BF_JSON,
     .sql = "", .usage = "geo_cluster(point field, zoom[, radius])",
     .doc = "points that lie closer than so many pixels on a map of that zoom"},
    /* aggregates */
    {"count", NULL, bf_call_count, .kind = BF_AGGREGATE, .clauses = SELECT | ORDER,
     .result = BF_INT, .usage = "count(*) | count(value) | count(distinct value)",
     .doc = "records, values that are not null, different values"},
    {"avg", NULL, bf_call_statistic, .kind = BF_AGGREGATE, .clauses = SELECT | ORDER,
     .result = BF_DOUBLE, .usage = "avg(number or date)", .doc = "mean; of dates a date"},
    {"sum", NULL, bf_call_statistic, .kind = BF_AGGREGATE, .clauses = SELECT | ORDER,
     .usage = "sum(number)", .doc = "sum"},
    {"min", NULL, bf_call_statistic, .kind = BF_AGGREGATE, .clauses = SELECT | ORDER,
     .usage = "min(number or date)", .doc = "least"},
    {"max", NULL, bf_call_statistic, .kind = BF_AGGREGATE, .clauses = SELECT | ORDER,
     .usage = "max(number or date)", .doc = "greatest"},
    {"median", NULL, bf_call_statistic, .kind = BF_AGGREGATE, .clauses = SELECT | ORDER,
     .result = BF_DOUBLE, .usage = "median(number or date)",
     .doc = "the 50th percentile; of dates a date"},
    {"percentile", NULL, bf_call_percentile, .kind = BF_AGGREGATE, .clauses = SELECT | ORDER,
     .result = BF_DOUBLE, .usage = "percentile(number or date, 95)",
     .doc = "the value below which so many of a hundred lie, interpolated"},
    {"envelope", NULL, bf_call_hull, .kind = BF_AGGREGATE, .clauses = SELECT,
     .result = BF_GEO_SHAPE, .usage = "envelope(geo field)",
     .doc = "the convex hull of all points"},
    {"bbox", NULL, bf_call_hull, .kind = BF_AGGREGATE, .clauses = SELECT, .result = BF_GEO_SHAPE,
     .usage = "bbox(geo field)", .doc = "the rectangle around all of them"},
};

enum { FUNCTIONS = sizeof functions / sizeof *functions };

const struct bf_function *bf_function_find(struct bf_str name)
{
    for (size_t i = 0; i < FUNCTIONS; i++)
        if (bf_str_eq_nocase(name, bf_str_of(functions[i].name)))
            return &functions[i];
    return NULL;
}

const struct bf_function *bf_function_at(size_t i)
{
    return i < FUNCTIONS ? &functions[i] : NULL;
}

bool bf_function_supported(const struct bf_function *f)
{
    return f->check || f->value || f->sql;
}
