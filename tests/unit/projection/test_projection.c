/* From the coordinates of a reference system to longitude and latitude. */
#include "projection/projection.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct bf_arena *arena;
static struct bf_err err;

static int open_arena(void **state)
{
    (void)state;
    arena = bf_arena_new(8 << 20);
    bf_err_clear(&err);
    return arena == NULL;
}

static int close_arena(void **state)
{
    (void)state;
    bf_arena_free(arena);
    return 0;
}

/* A thousandth of a millimetre on the ground. */
static void assert_near(double a, double b)
{
    if (fabs(a - b) > 1e-11)
        fail_msg("%.15f is not %.15f", a, b);
}

static void check(const char *name, struct bf_xy from, struct bf_xy to)
{
    size_t at;
    struct bf_projection *p = bf_projection_of(arena, bf_str_of(name), &err);
    assert_non_null(p);
    assert_string_equal(bf_projection_name(p), name);
    assert_true(bf_projection_to_degrees(p, &from, 1, &at));
    assert_near(from.x, to.x);
    assert_near(from.y, to.y);
}

/* The origins of the projections are where their definitions put them; the others are what
 * ST_Transform of PostGIS 3.3 (PROJ 9.1) gives. */
static void test_places(void **state)
{
    (void)state;
    check("EPSG:2154", (struct bf_xy){700000, 6600000}, (struct bf_xy){3, 46.5});
    check("EPSG:3857", (struct bf_xy){0, 0}, (struct bf_xy){0, 0});
    check("EPSG:32631", (struct bf_xy){500000, 0}, (struct bf_xy){3, 0});
    check("EPSG:4171", (struct bf_xy){3.06, 50.63}, (struct bf_xy){3.06, 50.63});
    check("EPSG:5698", (struct bf_xy){700000, 6600000}, (struct bf_xy){3, 46.5});
}

static void test_wgs84_is_left_to_the_bit(void **state)
{
    (void)state;
    struct bf_xy p[] = {{-0.0, 90}, {179.99999999999997, -90}, {0.1, 0.2}}, same[3];
    size_t at;
    memcpy(same, p, sizeof p);
    struct bf_projection *degrees = bf_projection_of(arena, BF_STR("EPSG:4326"), &err);
    assert_non_null(degrees);
    assert_true(bf_projection_to_degrees(degrees, p, 3, &at));
    assert_memory_equal(p, same, sizeof p);
    p[1].x = 180.1;
    assert_false(bf_projection_to_degrees(degrees, p, 3, &at));
    assert_int_equal(at, 1);
}

static void test_no_place(void **state)
{
    (void)state;
    size_t at;
    struct bf_xy p[] = {{700000, 6600000}, {NAN, 0}};
    struct bf_projection *lambert = bf_projection_of(arena, BF_STR("EPSG:2154"), &err);
    assert_non_null(lambert);
    assert_false(bf_projection_to_degrees(lambert, p, 2, &at));
    assert_int_equal(at, 1);
    assert_true(bf_projection_to_degrees(lambert, p, 0, &at));
    /* Far away; and degrees that somebody calls Lambert-93: off Africa. */
    struct bf_xy far[] = {{1e300, -1e300}, {3.06, 50.63}};
    assert_false(bf_projection_to_degrees(lambert, &far[0], 1, &at));
    assert_false(bf_projection_to_degrees(lambert, &far[1], 1, &at));
}

static void test_names(void **state)
{
    static const char *const no_names[] = {"",
                                           "EPSG",
                                           "EPSG:",
                                           "2154",
                                           "epsg:2154",
                                           "EPSG:2154 ",
                                           "EPSG:21 54",
                                           "EPSG:1234567",
                                           "EPSG:-1",
                                           "EPSG:0x10",
                                           "+proj=longlat",
                                           "IGNF:LAMB93",
                                           "EPSG:2154+5720"};
    (void)state;
    for (size_t i = 0; i < sizeof no_names / sizeof no_names[0]; i++) {
        assert_false(bf_projection_is_name(bf_str_of(no_names[i])));
        bf_err_clear(&err);
        assert_null(bf_projection_of(arena, bf_str_of(no_names[i]), &err));
        assert_int_equal(err.code, BF_E_PARAMETER);
    }
    /* No system, one that is none of places on the ground, one of heights alone. */
    static const char *const no_systems[] = {"EPSG:0", "EPSG:999999", "EPSG:9001", "EPSG:5720"};
    for (size_t i = 0; i < sizeof no_systems / sizeof no_systems[0]; i++) {
        assert_true(bf_projection_is_name(bf_str_of(no_systems[i])));
        bf_err_clear(&err);
        assert_null(bf_projection_of(arena, bf_str_of(no_systems[i]), &err));
        assert_ptr_not_equal(strstr(err.message, no_systems[i]), NULL);
    }
}

#define GRS80 "DATUM[\"D_RGF_1993\",SPHEROID[\"GRS_1980\",6378137.0,298.257222101]]"
#define DEGREES "PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]"
#define CONIC(name, north, lat1, lat2, lat0)                                               \
    "PROJCS[\"" name "\",GEOGCS[\"GCS_RGF_1993\"," GRS80 "," DEGREES                       \
    "],PROJECTION[\"Lambert_Conformal_Conic\"],PARAMETER[\"False_Easting\"," north         \
    "],PARAMETER[\"Central_Meridian\",3.0],PARAMETER[\"Standard_Parallel_1\"," lat1        \
    "],PARAMETER[\"Standard_Parallel_2\"," lat2 "],PARAMETER[\"Latitude_Of_Origin\"," lat0 \
    "],UNIT[\"Meter\",1.0]]"

/* As ESRI and GDAL write them. */
static void test_wkt(void **state)
{
    static const struct {
        const char *wkt, *name;
    } all[] = {
        {CONIC("RGF93_Lambert_93", "700000.0],PARAMETER[\"False_Northing\",6600000.0", "44.0",
               "49.0", "46.5"),
         "EPSG:2154"},
        {CONIC("RGF_1993_CC50", "1700000.0],PARAMETER[\"False_Northing\",9200000.0", "49.25",
               "50.75", "50.0"),
         "EPSG:3950"},
        {"GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,"
         "298.257223563]]," DEGREES "]",
         "EPSG:4326"},
        {" GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,"
         "AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0],"
         "UNIT[\"degree\",0.0174532925199433],AUTHORITY[\"EPSG\",\"4326\"]]\r\n",
         "EPSG:4326"},
        {"PROJCS[\"WGS_1984_Web_Mercator_Auxiliary_Sphere\",GEOGCS[\"GCS_WGS_1984\",DATUM["
         "\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]]," DEGREES
         "],PROJECTION[\"Mercator_Auxiliary_Sphere\"],PARAMETER[\"False_Easting\",0.0],PARAMETER["
         "\"False_Northing\",0.0],PARAMETER[\"Central_Meridian\",0.0],PARAMETER["
         "\"Standard_Parallel_1\",0.0],PARAMETER[\"Auxiliary_Sphere_Type\",0.0],UNIT[\"Meter\","
         "1.0]]",
         "EPSG:3857"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct bf_projection *p = bf_projection_of_wkt(arena, bf_str_of(all[i].wkt), &err);
        assert_non_null(p);
        assert_string_equal(bf_projection_name(p), all[i].name);
    }
}

/* Something to compute with that came with the file. */
static void test_wkt_only_names(void **state)
{
    static const char wkt[] =
        "GEOGCS[\"x\"," GRS80 "," DEGREES
        ",EXTENSION[\"PROJ4\",\"+proj=longlat +lon_0=7 +nadgrids=/etc/passwd +no_defs\"]]";
    struct bf_xy p = {3.06, 50.63};
    size_t at;
    (void)state;
    struct bf_projection *rgf = bf_projection_of_wkt(arena, bf_str_of(wkt), &err);
    assert_non_null(rgf);
    assert_string_equal(bf_projection_name(rgf), "EPSG:4171");
    assert_true(bf_projection_to_degrees(rgf, &p, 1, &at));
    assert_near(p.x, 3.06);
    assert_near(p.y, 50.63);
}

static void test_wkt_refused(void **state)
{
    static const char *const all[] = {
        "",
        "EPSG:2154",
        "+proj=longlat +datum=WGS84 +no_defs",
        "+init=epsg:2154",
        "PROJCS[",
        "PROJCS[\"x\"]",
        "LOCAL_CS[\"x\",UNIT[\"metre\",1]]",
        "VERT_CS[\"NGF-IGN69 height\",VERT_DATUM[\"x\",2005],UNIT[\"metre\",1]]",
        "\xFF\xFE",
        /* Nobody's projection; the name of one, with other numbers. */
        CONIC("x", "123.0],PARAMETER[\"False_Northing\",456.0", "44.5", "48.5", "46.5"),
        CONIC("RGF93_Lambert_93", "123.0],PARAMETER[\"False_Northing\",456.0", "44.5", "48.5",
              "46.5"),
    };
    static char deep[BF_PROJECTION_WKT + 2];
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        bf_err_clear(&err);
        if (bf_projection_of_wkt(arena, bf_str_of(all[i]), &err))
            fail_msg("it was read: %s", all[i]);
        assert_int_equal(err.code, BF_E_BODY);
    }
    memset(deep, '[', sizeof deep - 1);
    for (size_t n = sizeof deep - 1; n > 0; n /= 2) {
        bf_err_clear(&err);
        assert_null(bf_projection_of_wkt(arena, (struct bf_str){deep, n}, &err));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_places, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_wgs84_is_left_to_the_bit, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_no_place, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_names, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_wkt, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_wkt_only_names, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_wkt_refused, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
