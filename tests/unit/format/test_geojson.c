#include "cells.h"

static const struct bf_write_column columns[] = {
    {.key = BF_STR_INIT("a"), .type = BF_INT},
    {.key = BF_STR_INIT("geo"), .type = BF_GEO_POINT},
    {.key = BF_STR_INIT("forme"), .type = BF_GEO_SHAPE}};

static struct bf_write_options with(int column)
{
    return (struct bf_write_options){.zone = bf_zone_utc(), .geometry = {column, column, 0}};
}

static void shapes_leave_the_properties(void **state)
{
    (void)state;
    const struct bf_cell cells[] = {integer(1), point(3, 50), shape("LINESTRING(3 50, 3.5 50.25)"),
                                    integer(2), null,         null};
    struct bf_write_options options = with(2);
    write_all(&bf_format_geojson, columns, 3, cells, 2, &options);
    expect("{\"type\": \"FeatureCollection\", \"features\": ["
           "{\"type\": \"Feature\", \"geometry\": {\"coordinates\": [[3.0, 50.0], [3.5, 50.25]], "
           "\"type\": \"LineString\"}, \"properties\": {\"a\": 1, \"geo\": {\"lon\": 3.0, "
           "\"lat\": 50.0}}},"
           "{\"type\": \"Feature\", \"geometry\": null, \"properties\": {\"a\": 2, \"geo\": "
           "null}}]}");
}

static void points_stay_in_the_properties(void **state)
{
    (void)state;
    const struct bf_cell cells[] = {integer(1), point(3, 50), null};
    struct bf_write_options options = with(1);
    write_all(&bf_format_geojson, columns, 2, cells, 1, &options);
    expect("{\"type\": \"FeatureCollection\", \"features\": ["
           "{\"type\": \"Feature\", \"geometry\": {\"coordinates\": [3.0, 50.0], \"type\": "
           "\"Point\"}, \"properties\": {\"a\": 1, \"geo\": {\"lon\": 3.0, \"lat\": 50.0}}}]}");
}

/* The transformed geometry comes in a cell of its own, behind the columns. */
static void another_reference_system(void **state)
{
    (void)state;
    const struct bf_cell cells[] = {integer(1), point(3, 50), shape("POINT(100.5 51)")};
    struct bf_write_options options = with(1);
    options.geometry.cell = 2;
    options.geometry.srid = 2154;
    struct bf_writer *w = bf_format_geojson.open(arena, &out, columns, 2, &options);
    w->format->begin(w);
    w->format->row(w, cells);
    w->format->end(w);
    expect("{\"type\": \"FeatureCollection\", \"crs\": {\"type\": \"name\", \"properties\": "
           "{\"name\": \"urn:ogc:def:crs:EPSG::2154\"}}, \"features\": ["
           "{\"type\": \"Feature\", \"geometry\": {\"coordinates\": [100.5, 51.0], \"type\": "
           "\"Point\"}, \"properties\": {\"a\": 1, \"geo\": {\"lon\": 3.0, \"lat\": 50.0}}}]}");
    options.geometry.srid = 4326;
    write_all(&bf_format_geojson, columns, 1, NULL, 0, &options);
    expect("{\"type\": \"FeatureCollection\", \"features\": []}");
}

static void no_geometry(void **state)
{
    (void)state;
    const struct bf_cell cells[] = {integer(1)};
    struct bf_write_options options = with(-1);
    write_all(&bf_format_geojson, columns, 1, cells, 1, &options);
    expect("{\"type\": \"FeatureCollection\", \"features\": [{\"type\": \"Feature\", "
           "\"geometry\": null, \"properties\": {\"a\": 1}}]}");
    const struct bf_cell bad = {"abc", 3};
    options = with(0);
    write_all(&bf_format_geojson, columns + 2, 1, &bad, 1, &options);
    expect("{\"type\": \"FeatureCollection\", \"features\": [{\"type\": \"Feature\", "
           "\"geometry\": null, \"properties\": {}}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(shapes_leave_the_properties),
                                       TEST(points_stay_in_the_properties),
                                       TEST(another_reference_system), TEST(no_geometry)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
