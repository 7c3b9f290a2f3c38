#include "value/geometry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bf_arena *arena;
static struct bf_buf buf;

static int setup(void **state)
{
    (void)state;
    arena = bf_arena_new(64u << 20);
    bf_buf_init(&buf, 64u << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bf_arena_free(arena);
    bf_buf_fini(&buf);
    return 0;
}

static const char *json_of(struct bf_str ewkb, bool spaced)
{
    bf_buf_clear(&buf);
    assert_true(bf_geometry_print_json(&buf, ewkb, spaced));
    bf_buf_char(&buf, '\0');
    return buf.p;
}

static struct bf_geometry read_ok(const char *text)
{
    struct bf_geometry g;
    const char *why = NULL;
    if (!bf_geometry_read(arena, bf_str_of(text), 1000, &g, &why))
        fail_msg("%s: %s", text, why);
    assert_null(why);
    return g;
}

static const struct {
    int kind;
    size_t vertices;
    const char *json;     /* as we print it */
    const char *texts[4]; /* other forms */
} same_geometries[] = {
    {1,
     1,
     "{\"coordinates\": [3.06, 50.63], \"type\": \"Point\"}",
     {"POINT(3.06 50.63)", " srid=4326; point ( +3.06  50.63 ) ",
      "{\"type\": \"Feature\", \"properties\": null, \"geometry\": {\"type\": \"Point\", "
      "\"coordinates\": [3.06, 50.63]}}",
      "{\"lon\": 3.06, \"lat\": 50.63}"}},
    {1,
     1,
     "{\"coordinates\": [1.0, 2.0], \"type\": \"Point\"}",
     {"0101000000000000000000F03F0000000000000040",
      "0101000020E6100000000000000000F03F0000000000000040",
      "00000000013ff00000000000004000000000000000",
      "0020000001000010E63FF00000000000004000000000000000"}},
    {2,
     3,
     "{\"coordinates\": [[1.0, 2.0], [-3.5, 4.0], [0.0, -90.0]], \"type\": \"LineString\"}",
     {"LineString(1 2,-3.5 4.,.0 -9e1)", "LINESTRING\t(1 2 ,\n-3.5 4 , 0 -90)"}},
    {3,
     9,
     "{\"coordinates\": [[[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]], "
     "[[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 1.0]]], \"type\": \"Polygon\"}",
     {"POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 1))"}},
    {4,
     2,
     "{\"coordinates\": [[1.0, 2.0], [3.0, 4.0]], \"type\": \"MultiPoint\"}",
     {"MULTIPOINT(1 2,3 4)", "MULTIPOINT((1 2),(3 4))", "multipoint ( ( 1 2 ) , 3 4 )"}},
    {5,
     4,
     "{\"coordinates\": [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]], \"type\": "
     "\"MultiLineString\"}",
     {"MULTILINESTRING((1 2,3 4),(5 6,7 8))"}},
    {6,
     4,
     "{\"coordinates\": [[[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]]], \"type\": "
     "\"MultiPolygon\"}",
     {"MULTIPOLYGON(((0 0,1 0,1 1,0 0)))"}},
    {7,
     3,
     "{\"geometries\": [{\"coordinates\": [1.0, 2.0], \"type\": \"Point\"}, {\"geometries\": "
     "[{\"coordinates\": [[3.0, 4.0], [5.0, 6.0]], \"type\": \"LineString\"}], \"type\": "
     "\"GeometryCollection\"}], \"type\": \"GeometryCollection\"}",
     {"GEOMETRYCOLLECTION(POINT(1 2),GEOMETRYCOLLECTION(LINESTRING(3 4,5 6)))"}},
};

/* Texts of the same geometry give the same bytes, and these the GeoJSON. */
static void forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof same_geometries / sizeof same_geometries[0]; i++) {
        struct bf_geometry g = read_ok(same_geometries[i].json);
        assert_int_equal(g.kind, same_geometries[i].kind);
        assert_int_equal(g.vertices, same_geometries[i].vertices);
        assert_string_equal(json_of(g.ewkb, true), same_geometries[i].json);
        for (size_t t = 0; t < 4 && same_geometries[i].texts[t]; t++)
            assert_true(bf_str_eq(read_ok(same_geometries[i].texts[t]).ewkb, g.ewkb));
        /* Its own EWKB in hexadecimal is one more form. */
        bf_buf_clear(&buf);
        bf_buf_hex(&buf, g.ewkb.p, g.ewkb.n);
        bf_buf_char(&buf, '\0');
        assert_true(bf_str_eq(read_ok(buf.p).ewkb, g.ewkb));
    }
    assert_string_equal(json_of(read_ok("LINESTRING(1 2,3 4)").ewkb, false),
                        "{\"coordinates\":[[1.0,2.0],[3.0,4.0]],\"type\":\"LineString\"}");
}

/* The bytes that PostGIS 3.3 gives for ST_AsEWKB(ST_GeomFromText(…, 4326)). */
static void bytes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"POINT(1 2)", "0101000020e6100000000000000000f03f0000000000000040"},
        {"POLYGON((0 0,1 0,1 1,0 0))",
         "0103000020e6100000010000000400000000000000000000000000000000000000000000000000f03f0000"
         "000000000000000000000000f03f000000000000f03f00000000000000000000000000000000"},
        {"MULTIPOINT(1 2)", "0104000020e6100000010000000101000000000000000000f03f0000000000000040"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bf_geometry g = read_ok(cases[i].text);
        bf_buf_clear(&buf);
        bf_buf_hex(&buf, g.ewkb.p, g.ewkb.n);
        assert_true(bf_str_eq(bf_buf_view(&buf), bf_str_of(cases[i].hex)));
    }
}

static const struct {
    const char *text, *why;
} refused[] = {
    {"", "the text is empty"},
    {"   ", "the text is empty"},
    {"hello", "the geometry type is not known"},
    {"CIRCULARSTRING(0 0,1 1,2 0)", "the geometry type is not known"},
    {"POINT", "a ( is missing"},
    {"POINT(", "a coordinate is not a number"},
    {"POINT()", "a coordinate is not a number"},
    {"POINT(1)", "a coordinate is not a number"},
    {"POINT(1 2", "a ) or a comma is missing"},
    {"POINT(1 2))", "there is text after the geometry"},
    {"POINT(1 2) POINT(1 2)", "there is text after the geometry"},
    {"POINT(1,2)", "a coordinate is not a number"},
    {"POINT(1 2,3 4)", "a point has more than one position"},
    {"POINT(1 2 3)", "Z and M coordinates are not supported"},
    {"POINT Z(1 2 3)", "Z and M coordinates are not supported"},
    {"POINT ZM (1 2 3 4)", "Z and M coordinates are not supported"},
    {"POINTZ(1 2 3)", "Z and M coordinates are not supported"},
    {"PointM(1 2 3)", "Z and M coordinates are not supported"},
    {"POINT EMPTY", "the geometry or a part of it is empty"},
    {"GEOMETRYCOLLECTION(POINT EMPTY)", "the geometry or a part of it is empty"},
    {"POINT(nan 2)", "a coordinate is not a number"},
    {"POINT(inf 2)", "a coordinate is not a number"},
    {"POINT(0x10 2)", "a coordinate is not a number"},
    {"POINT(1e999 2)", "a coordinate is not a finite number"},
    {"POINT(1-2 2)", "a coordinate is not a number"},
    {"POINT(180.0001 2)", "a longitude is not between -180 and 180"},
    {"POINT(3 90.0001)", "a latitude is not between -90 and 90"},
    {"POINT(659000 1621000)", "a longitude is not between -180 and 180"},
    {"LINESTRING(1 2)", "a line has fewer than 2 positions"},
    {"POLYGON((0 0,1 0,1 1,0 1))", "a ring is not closed"},
    {"POLYGON((0 0,1 0,0 0))", "a ring has fewer than 4 positions"},
    {"POLYGON(0 0,1 0,1 1,0 0)", "a ( is missing"},
    {"POLYGON((0 0,1 0,1 1,0 0),)", "a ( is missing"},
    {"SRID=2154;POINT(1 2)", "the SRID is not 4326 (WGS 84 longitude and latitude)"},
    {"SRID=4326 POINT(1 2)", "the SRID is not 4326 (WGS 84 longitude and latitude)"},
    {"SRID=;POINT(1 2)", "the SRID is not 4326 (WGS 84 longitude and latitude)"},
    {"0", "the hexadecimal WKB has an odd length"},
    {"00", "the WKB ends too early"},
    {"0x010100", "the WKB is not hexadecimal"},
    {"0101000000000000000000F03F00000000000000", "the WKB ends too early"},
    {"0101000000000000000000F03F000000000000004000", "there are bytes after the geometry"},
    {"0102000000FFFFFFFF000000000000F03F0000000000000040", "the WKB ends too early"},
    {"0201000000000000000000F03F0000000000000040", "the WKB is not of a known geometry"},
    {"0108000000000000000000F03F0000000000000040", "the WKB is not of a known geometry"},
    {"01010000206A080000000000000000F03F0000000000000040",
     "the SRID is not 4326 (WGS 84 longitude and latitude)"},
    {"0101000080000000000000F03F00000000000000400000000000000840",
     "Z and M coordinates are not supported"},
    {"01E9030000000000000000F03F00000000000000400000000000000840",
     "Z and M coordinates are not supported"},
    {"0101000000000000000000F87F000000000000F87F", "a coordinate is not a finite number"},
    {"010200000000000000", "the geometry or a part of it is empty"},
    {"0104000000010000000102000000", "a part is of the wrong geometry type"},
    {"{", "it is not well-formed JSON"},
    {"{} x", "it is not well-formed JSON"},
    {"{}", "the type is none of GeoJSON's geometry types"},
    {"{\"type\": \"point\", \"coordinates\": [1, 2]}",
     "the type is none of GeoJSON's geometry types"},
    {"{\"type\": \"FeatureCollection\", \"features\": []}",
     "the type is none of GeoJSON's geometry types"},
    {"{\"type\": \"Point\", \"type\": \"Point\", \"coordinates\": [1, 2]}",
     "a member of the JSON comes twice"},
    {"{\"type\": \"Point\"}", "coordinates are not nested as the type needs"},
    {"{\"type\": \"Point\", \"coordinates\": []}", "the geometry or a part of it is empty"},
    {"{\"type\": \"Point\", \"coordinates\": [1]}", "a position is not an array of two numbers"},
    {"{\"type\": \"Point\", \"coordinates\": [1, 2, 3]}",
     "a position has more than longitude and latitude"},
    {"{\"type\": \"Point\", \"coordinates\": [[1, 2]]}",
     "a position is not an array of two numbers"},
    {"{\"type\": \"Point\", \"coordinates\": [\"1\", \"2\"]}",
     "a position is not an array of two numbers"},
    {"{\"type\": \"Point\", \"coordinates\": [1, 1e999]}", "it is not well-formed JSON"},
    {"{\"type\": \"Point\", \"coordinates\": [1, 99999999999999999999]}",
     "a latitude is not between -90 and 90"},
    {"{\"type\": \"LineString\", \"coordinates\": [1, 2]}",
     "a position is not an array of two numbers"},
    {"{\"type\": \"Polygon\", \"coordinates\": [[1, 2], [3, 4]]}",
     "a position is not an array of two numbers"},
    {"{\"type\": \"Polygon\", \"coordinates\": []}", "the geometry or a part of it is empty"},
    {"{\"type\": \"MultiPolygon\", \"coordinates\": [[[1, 2]]]}",
     "a position is not an array of two numbers"},
    {"{\"type\": \"GeometryCollection\", \"geometries\": []}",
     "the geometry or a part of it is empty"},
    {"{\"type\": \"GeometryCollection\"}", "a GeometryCollection has no geometries"},
    {"{\"type\": \"Feature\", \"geometry\": null}", "the Feature has no geometry"},
    {"{\"type\": \"Feature\"}", "the Feature has no geometry"},
    {"{\"type\": \"Feature\", \"geometry\": {\"type\": \"Feature\"}}",
     "the type is none of GeoJSON's geometry types"},
    {"{\"type\": \"Point\", \"coordinates\": [1, 2], \"crs\": {\"type\": \"name\", "
     "\"properties\": {\"name\": \"urn:ogc:def:crs:EPSG::2154\"}}}",
     "the crs is not WGS 84 longitude and latitude"},
    {"{\"lon\": \"3\", \"lat\": 50}", "lon and lat are not two numbers"},
    {"{\"lon\": 50.63, \"lat\": 103}", "a latitude is not between -90 and 90"},
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct bf_geometry g;
        const char *why = "nothing";
        bool ok = bf_geometry_read(arena, bf_str_of(refused[i].text), 1000, &g, &why);
        if (ok || strcmp(why, refused[i].why) != 0)
            fail_msg("%s: %s", refused[i].text, ok ? "read" : why);
    }
}

/* `n` times `part`, joined by commas, between head and tail. */
static struct bf_str repeat(const char *head, const char *part, size_t n, const char *tail)
{
    bf_buf_clear(&buf);
    bf_buf_text(&buf, head);
    for (size_t i = 0; i < n; i++) {
        if (i)
            bf_buf_char(&buf, ',');
        bf_buf_text(&buf, part);
    }
    bf_buf_text(&buf, tail);
    return bf_buf_view(&buf);
}

static void limits(void **state)
{
    (void)state;
    struct bf_geometry g;
    const char *why;
    assert_true(bf_geometry_read(arena, repeat("LINESTRING(", "1 2", 1000, ")"), 1000, &g, &why));
    assert_int_equal(g.vertices, 1000);
    assert_false(bf_geometry_read(arena, repeat("LINESTRING(", "1 2", 1001, ")"), 1000, &g, &why));
    assert_string_equal(why, "there are too many positions");
    const char *head = "{\"type\": \"MultiPoint\", \"coordinates\": [";
    assert_true(bf_geometry_read(arena, repeat(head, "[1,2]", 1000, "]}"), 1000, &g, &why));
    assert_false(bf_geometry_read(arena, repeat(head, "[1,2]", 1001, "]}"), 1000, &g, &why));
    assert_string_equal(why, "there are too many positions");
    assert_false(bf_geometry_read(arena, repeat(head, "[1,2]", 99999, "]}"), 1000, &g, &why));
    assert_string_equal(why, "there are too many positions");
    struct bf_str many = repeat("MULTIPOINT(", "1 2", BF_GEOMETRY_ROW_VERTICES, ")");
    assert_true(bf_geometry_read(arena, many, BF_GEOMETRY_ROW_VERTICES, &g, &why));
    assert_int_equal(g.vertices, BF_GEOMETRY_ROW_VERTICES);
}

static struct bf_str nested(const char *open, int levels, const char *core, const char *close)
{
    bf_buf_clear(&buf);
    for (int i = 0; i < levels; i++)
        bf_buf_text(&buf, open);
    bf_buf_text(&buf, core);
    for (int i = 0; i < levels; i++)
        bf_buf_text(&buf, close);
    return bf_buf_view(&buf);
}

static bool read_it(struct bf_str text, const char **why)
{
    struct bf_geometry g;
    return bf_geometry_read(arena, text, 1000, &g, why);
}

static void nesting(void **state)
{
    (void)state;
    const char *why;
    const char *multi = "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))";
    assert_true(read_it(nested("GEOMETRYCOLLECTION(", 8, multi, ")"), &why));
    assert_false(read_it(nested("GEOMETRYCOLLECTION(", 9, multi, ")"), &why));
    assert_string_equal(why, "collections are nested too deep");
    assert_false(read_it(nested("GEOMETRYCOLLECTION(", 200000, multi, ")"), &why));
    const char *open = "{\"type\":\"GeometryCollection\",\"geometries\":[";
    const char *json = "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[1,0],[1,1],[0,0]]]]}";
    assert_true(read_it(nested(open, 8, json, "]}"), &why));
    assert_false(read_it(nested(open, 9, json, "]}"), &why));
    assert_string_equal(why, "collections are nested too deep");
    assert_false(read_it(nested(open, 100000, json, "]}"), &why));
    assert_string_equal(why, "the JSON is nested too deep");
    assert_false(read_it(nested("{\"a\":", 1000000, "1", "}"), &why));
    const char *point = "0101000000000000000000F03F0000000000000040";
    assert_true(read_it(nested("010700000001000000", 8, point, ""), &why));
    assert_false(read_it(nested("010700000001000000", 9, point, ""), &why));
    assert_false(read_it(nested("010700000001000000", 200000, point, ""), &why));
}

/* Each vertex under as much of its own as can be: the buffer of the shape must hold it. */
static void heaviest(void **state)
{
    (void)state;
    static char deep[256], *at = deep;
    for (int i = 1; i < 8; i++)
        at += snprintf(at, 40, "GEOMETRYCOLLECTION(");
    at += snprintf(at, 40, "POINT(1 2)");
    memset(at, ')', 7);
    struct bf_geometry g;
    const char *why;
    struct bf_str text = repeat("GEOMETRYCOLLECTION(", deep, 1000, ")");
    assert_true(bf_geometry_read(arena, text, 1000, &g, &why));
    assert_int_equal(g.ewkb.n, 4 + 9 + 1000 * (7 * 9 + 21));
}

static void points(void **state)
{
    (void)state;
    static const char *const good[] = {"50.63, 3.06",
                                       "50.63,3.06",
                                       " 50.63 , 3.06 ",
                                       "POINT(3.06 50.63)",
                                       "SRID=4326;POINT(3.06 50.63)",
                                       "{\"lon\": 3.06, \"lat\": 50.63}",
                                       "{\"lat\": 50.63, \"lon\": 3.06}",
                                       "{\"type\":\"Point\",\"coordinates\":[3.06,50.63]}"};
    static const char *const bad[] = {"",
                                      "50.63",
                                      ",",
                                      "50.63,",
                                      ",3.06",
                                      "50.63, 3.06, 1",
                                      "50.63; 3.06",
                                      "[50.63, 3.06]",
                                      "103.06, 50.63",
                                      "50.63, 180.5",
                                      "nan, nan",
                                      "LINESTRING(1 2,3 4)",
                                      "MULTIPOINT(1 2)",
                                      "{\"lon\": 3.06}",
                                      "-"};
    struct bf_point p;
    const char *why;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(bf_point_read(arena, bf_str_of(good[i]), &p, &why));
        assert_true(p.lon >= 3.06 && p.lon <= 3.06 && p.lat >= 50.63 && p.lat <= 50.63);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        why = NULL;
        assert_false(bf_point_read(arena, bf_str_of(bad[i]), &p, &why));
        assert_non_null(why);
    }
    assert_true(bf_point_read(arena, BF_STR("-50.63, -3.06"), &p, &why));
    assert_true(p.lat < -50 && p.lon < -3);
    char ewkb[BF_POINT_EWKB];
    bf_point_ewkb((struct bf_point){1, 2}, ewkb);
    assert_true(bf_str_eq((struct bf_str){ewkb, sizeof ewkb}, read_ok("POINT(1 2)").ewkb));
    assert_true(bf_geometry_point((struct bf_str){ewkb, sizeof ewkb}, &p) && p.lat > 1.5);
}

/* What PostgreSQL may send that no reader of ours would have let in. */
static void prints_empties(void **state)
{
    (void)state;
    static const char empty_polygon[] = {1, 3, 0, 0, 0, 0, 0, 0, 0};
    assert_string_equal(json_of((struct bf_str){empty_polygon, 9}, true),
                        "{\"coordinates\": [], \"type\": \"Polygon\"}");
    struct bf_geometry g = read_ok("POINT(1 2)");
    char nan[BF_POINT_EWKB];
    memcpy(nan, g.ewkb.p, sizeof nan);
    memcpy(nan + 9, "\0\0\0\0\0\0\xF8\x7F\0\0\0\0\0\0\xF8\x7F", 16);
    assert_string_equal(json_of((struct bf_str){nan, sizeof nan}, true),
                        "{\"coordinates\": [], \"type\": \"Point\"}");
    struct bf_point p;
    assert_false(bf_geometry_point((struct bf_str){nan, sizeof nan}, &p));
}

/* Damaged bytes print nothing at all. */
static void damaged_bytes(void **state)
{
    (void)state;
    struct bf_geometry g =
        read_ok("GEOMETRYCOLLECTION(POINT(1 2),MULTIPOLYGON(((0 0,1 0,1 1,0 0))))");
    struct bf_point p;
    for (size_t n = 0; n < g.ewkb.n; n++) {
        char *copy = malloc(n + 1);
        memcpy(copy, g.ewkb.p, n);
        bf_buf_clear(&buf);
        bf_buf_text(&buf, "before");
        assert_false(bf_geometry_print_json(&buf, (struct bf_str){copy, n}, true));
        assert_int_equal(buf.n, 6);
        assert_false(bf_geometry_point((struct bf_str){copy, n}, &p));
        free(copy);
    }
    char *copy = malloc(g.ewkb.n);
    memcpy(copy, g.ewkb.p, g.ewkb.n);
    for (size_t at = 0; at < g.ewkb.n; at++)
        for (int flip = 1; flip < 256; flip *= 2) {
            copy[at] = (char)(copy[at] ^ flip);
            bf_buf_clear(&buf);
            bf_geometry_print_json(&buf, (struct bf_str){copy, g.ewkb.n}, true);
            copy[at] = (char)(copy[at] ^ flip);
        }
    free(copy);
}

static void full_arena(void **state)
{
    (void)state;
    struct bf_arena *small = bf_arena_new(16);
    struct bf_geometry g;
    const char *why;
    assert_false(bf_geometry_read(small, BF_STR("LINESTRING(1 2,3 4)"), 10, &g, &why));
    assert_string_equal(why, "no memory for the geometry");
    bf_arena_free(small);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(forms),  TEST(bytes),          TEST(refuses),       TEST(limits),     TEST(nesting),
        TEST(points), TEST(prints_empties), TEST(damaged_bytes), TEST(full_arena), TEST(heaviest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
