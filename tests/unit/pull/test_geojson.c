/* FeatureCollections as lines, in whatever reference system they come. */
#include "pull/geojson.h"

#include "core/buf.h"
#include "pull/crs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct bf_buf lines;
static struct bf_err err;

static int set_up(void **state)
{
    (void)state;
    bf_buf_init(&lines, 1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bf_buf_fini(&lines);
    return 0;
}

static bool take(void *self, const char *p, size_t n, struct bf_err *e)
{
    (void)self;
    (void)e;
    bf_buf_bytes(&lines, p, n);
    return true;
}

/* The lines, or why there are none. */
static const char *read_in(const char *crs, const char *text)
{
    const struct bf_pull_geojson g = {
        .geometry = BF_STR("g"), .id = BF_STR("id"), .crs = bf_str_of(crs), .take = take};
    bf_buf_clear(&lines);
    bf_err_clear(&err);
    if (!bf_pull_geojson(&g, bf_str_of(text), &err))
        return err.message;
    bf_buf_char(&lines, '\0');
    return lines.p;
}

static const char *read_geometry(const char *crs, const char *geometry)
{
    static char text[4096];
    snprintf(text, sizeof text,
             "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"id\":7,"
             "\"geometry\":%s,\"properties\":null}]}",
             geometry);
    return read_in(crs, text);
}

#define FEATURE(geometry) "{\"g\":" geometry ",\"id\":7}\n"
#define ORIGIN "[700000, 6600000]"
#define DEGREES "[3.0,46.5]"

static void test_as_it_is(void **state)
{
    (void)state;
    assert_string_equal(read_geometry(NULL, "{\"type\": \"Point\",\n\"coordinates\": [3,4]}"),
                        FEATURE("{\"type\": \"Point\", \"coordinates\": [3,4]}"));
    assert_string_equal(read_geometry(NULL, "null"), FEATURE("null"));
    /* Of what is no geometry the intake speaks. */
    assert_string_equal(read_geometry(NULL, "[[]]"), FEATURE("[[]]"));
    assert_string_equal(read_geometry(NULL, "{\"coordinates\":[\"x\",1]}"),
                        FEATURE("{\"coordinates\":[\"x\",1]}"));
}

static void test_projected(void **state)
{
    (void)state;
    assert_string_equal(
        read_geometry("EPSG:2154", "{\"type\":\"Point\",\"coordinates\":" ORIGIN "}"),
        FEATURE("{\"type\":\"Point\",\"coordinates\":" DEGREES "}"));
    assert_string_equal(
        read_geometry("EPSG:2154",
                      "{\"bbox\":[1,2,3,4],\"coordinates\": [ [ [" ORIGIN ",\n" ORIGIN
                      "] ] ],\"crs\":{\"x\":[]},\"type\":\"MultiPolygon\",\"x\":\"]\"}"),
        FEATURE("{\"coordinates\":[[[" DEGREES "," DEGREES "]]],\"type\":\"MultiPolygon\"}"));
    assert_string_equal(
        read_geometry("EPSG:2154", "{\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":"
                                   "\"Point\",\"coordinates\":" ORIGIN "},{\"type\":\"LineString\","
                                   "\"coordinates\":[" ORIGIN "," ORIGIN "]}]}"),
        FEATURE("{\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":\"Point\","
                "\"coordinates\":" DEGREES "},{\"type\":\"LineString\",\"coordinates\":[" DEGREES
                "," DEGREES "]}]}"));
    assert_string_equal(read_geometry("EPSG:2154", "null"), FEATURE("null"));
    assert_string_equal(read_geometry("EPSG:2154", "{\"type\":\"Point\",\"coordinates\":[]}"),
                        FEATURE("{\"type\":\"Point\",\"coordinates\":[]}"));
    assert_string_equal(read_geometry("EPSG:4326", "{\"type\":\"Point\",\"coordinates\":[3,4]}"),
                        FEATURE("{\"type\":\"Point\",\"coordinates\":[3.0,4.0]}"));
}

static void test_refused(void **state)
{
    static const struct {
        const char *geometry, *why;
    } all[] = {
        {"{\"coordinates\":[700000,6600000,5]}", "a position has more than two numbers"},
        {"{\"coordinates\":[700000]}", "a position is not an array of two numbers"},
        {"{\"coordinates\":[700000,[1,2]]}", "a position is not an array of two numbers"},
        {"{\"coordinates\":[\"700000\",1]}", "a coordinate is not a number"},
        {"{\"coordinates\":[7e999,1]}", "a coordinate is not a number"},
        {"{\"coordinates\":[--7,1]}", "a coordinate is not a number"},
        {"{\"coordinates\":[{},1]}", "a coordinate is not a number"},
        {"{\"coordinates\":[3.06,50.63]}",
         "a position lies far outside of where the reference system is used: name the right one in "
         "\"crs\""},
        {"{\"geometries\":[1]}", "a geometry is not an object"},
        {"[1,2]", "an object is expected"},
        {"\"x\"", "an object is expected"},
    };
    static const char nest[] = "{\"geometries\":[";
    char deep[4000] = "", expected[400];
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        snprintf(expected, sizeof expected, "The geometry of the feature 1: %s.", all[i].why);
        assert_string_equal(read_geometry("EPSG:2154", all[i].geometry), expected);
    }
    for (size_t i = 0; i < 100; i++)
        memcpy(deep + i * (sizeof nest - 1), nest, sizeof nest);
    for (size_t i = 0, n = strlen(deep); i < 100; i++)
        memcpy(deep + n + 2 * i, "]}", 3);
    assert_non_null(strstr(read_geometry("EPSG:2154", deep), "collections are nested too deep"));
    assert_non_null(strstr(read_geometry("EPSG:999999", "null"), "EPSG:999999 is no reference"));
    assert_int_equal(err.code, BF_E_PARAMETER);
}

/* Degrees that are none, by the first geometry. */
static void test_no_degrees(void **state)
{
    static const char *const all[] = {
        "{\"type\":\"Point\",\"coordinates\":[770224.19873926719,6281531.9]}",
        "{\"type\":\"MultiPolygon\",\"coordinates\":\n[ [ [ [ 181.0 , 5 ], [1,1]]]]}",
        "{\"coordinates\":[5,-90.5]}", "{\"coordinates\":[7e5,6e6]}"};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_string_equal(read_geometry(NULL, all[i]),
                            "The coordinates of the feature 1 are no longitude and latitude: name "
                            "their reference system in \"crs\", such as EPSG:2154.");
}

static const char *read_crs(const char *told, const char *crs)
{
    static char text[1024];
    snprintf(text, sizeof text,
             "{\"features\":[{\"type\":\"Feature\",\"id\":7,\"geometry\":{\"type\":\"Point\","
             "\"coordinates\":" ORIGIN "}}],\"type\":\"FeatureCollection\",\"crs\":%s}",
             crs);
    return read_in(told, text);
}

static void test_named_by_the_body(void **state)
{
    static const char *const lambert[] = {
        "{\"type\":\"name\",\"properties\":{\"name\":\"urn:ogc:def:crs:EPSG::2154\"}}",
        "{\"type\":\"name\",\"properties\":{\"name\":\"urn:ogc:def:crs:EPSG:9.1:2154\"}}",
        "{\"type\":\"name\",\"properties\":{\"name\":\"EPSG:2154\"}}",
        "{\"properties\":{\"name\":\"http:\\/\\/www.opengis.net\\/def\\/crs\\/EPSG\\/0\\/2154\"}}"};
    static const char *const degrees[] = {
        "null", "{\"type\":\"name\",\"properties\":{\"name\":\"urn:ogc:def:crs:OGC:1.3:CRS84\"}}",
        "{\"properties\":{\"name\":\"EPSG:4326\"}}"};
    static const char *const unknown[] = {"{}",
                                          "\"EPSG:2154\"",
                                          "2154",
                                          "{\"type\":\"link\",\"properties\":{\"href\":\"x\"}}",
                                          "{\"properties\":{\"name\":\"IGNF:LAMB93\"}}",
                                          "{\"properties\":{\"name\":\"EPSG:\"}}",
                                          "{\"properties\":{\"name\":\"EPSG:1234567\"}}",
                                          "{\"properties\":{\"name\":\"EPSG2154\"}}"};
    (void)state;
    for (size_t i = 0; i < sizeof lambert / sizeof lambert[0]; i++)
        assert_string_equal(read_crs(NULL, lambert[i]),
                            FEATURE("{\"type\":\"Point\",\"coordinates\":" DEGREES "}"));
    for (size_t i = 0; i < sizeof degrees / sizeof degrees[0]; i++)
        assert_non_null(strstr(read_crs(NULL, degrees[i]), "are no longitude and latitude"));
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_string_equal(read_crs(NULL, unknown[i]),
                            "The member crs of the body names no reference system of EPSG: name it "
                            "in \"crs\", such as EPSG:2154.");
        assert_non_null(
            strstr(read_crs("EPSG:2154", unknown[i]), DEGREES)); /* what is told counts */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_it_is),          cmocka_unit_test(test_projected),
        cmocka_unit_test(test_refused),           cmocka_unit_test(test_no_degrees),
        cmocka_unit_test(test_named_by_the_body),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
