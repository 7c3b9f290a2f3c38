/* Shapefiles as lines of JSON: every kind of shape and of field, and what is refused. */
#include "files.h"

#include "core/buf.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define DEGREES BF_STR("EPSG:4326")

static struct bf_arena *arena;
static struct bf_buf lines;
static struct bf_err err;
static struct bf_shapefile_said said;
static struct files f;

static int set_up(void **state)
{
    (void)state;
    arena = bf_arena_new(256 << 20);
    bf_buf_init(&lines, 1 << 20);
    return arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    bf_buf_fini(&lines);
    bf_arena_free(arena);
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
static const char *read_with(const struct bf_shapefile_parts *parts,
                             struct bf_shapefile_options options)
{
    bf_buf_clear(&lines);
    bf_err_clear(&err);
    if (!bf_shapefile_read(arena, parts, &options, take, NULL, &said, &err)) {
        assert_true(err.code == BF_E_BODY);
        return err.message;
    }
    bf_buf_char(&lines, '\0');
    return lines.p;
}

static const char *read_all(void)
{
    struct bf_shapefile_parts parts = parts_of(&f);
    return read_with(&parts,
                     (struct bf_shapefile_options){.crs = DEGREES, .geometry = BF_STR("g")});
}

/* One field that has the number of the row. */
static void number_rows(uint32_t n)
{
    static const struct field field = {"N", 'N', 2};
    char rows[64];
    for (uint32_t i = 0; i < n; i++)
        memcpy(rows + 3 * i, (const char[]){' ', ' ', (char)('1' + i)}, 3);
    write_dbf(&f, &field, 1, rows, n);
}

#define LINE(geometry) "{\"N\":1,\"g\":" geometry "}\n"

static const char *read_shape(void)
{
    number_rows(f.records);
    const char *all = read_all();
    f.shx.n = 0; /* the same without the index */
    char with[4096];
    snprintf(with, sizeof with, "%s", all);
    assert_string_equal(read_all(), with);
    return lines.p;
}

/* ---- shapes -------------------------------------------------------------------------------- */

static void test_points(void **state)
{
    static const int32_t types[] = {1, 11, 21};
    (void)state;
    for (int i = 0; i < 3; i++) {
        begin(&f, types[i]);
        add_point(&f, 3.06, 50.63);
        add_null(&f);
        assert_string_equal(read_shape(),
                            LINE("{\"type\":\"Point\",\"coordinates\":[3.06,50.63]}") "{\"N\":2,"
                                                                                      "\"g\":null}"
                                                                                      "\n");
        assert_int_equal(said.without_shape, 1);
        assert_int_equal(said.records, 2);
        assert_int_equal(said.z, types[i] == 11);
        assert_int_equal(said.m, types[i] == 21);
    }
}

static void test_multi_point(void **state)
{
    static const int32_t types[] = {8, 18, 28};
    (void)state;
    for (int i = 0; i < 3; i++) {
        begin(&f, types[i]);
        begin_record(&f, f.type);
        put_box(&f);
        put_little(&f.shp, 2);
        for (int k = 0; k < 4; k++)
            put_real(&f.shp, k);
        end_record(&f);
        assert_string_equal(
            read_shape(), LINE("{\"type\":\"MultiPoint\",\"coordinates\":[[0.0,1.0],[2.0,3.0]]}"));
    }
}

static void test_lines(void **state)
{
    static const int32_t types[] = {3, 13, 23};
    static const double xy[] = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4};
    static const uint32_t starts[] = {0, 2};
    (void)state;
    for (int i = 0; i < 3; i++) {
        begin(&f, types[i]);
        add_parts(&f, starts, 1, xy, 2);
        assert_string_equal(
            read_shape(), LINE("{\"type\":\"LineString\",\"coordinates\":[[0.0,0.0],[1.0,1.0]]}"));
        begin(&f, types[i]);
        add_parts(&f, starts, 2, xy, 5);
        assert_string_equal(read_shape(),
                            LINE("{\"type\":\"MultiLineString\",\"coordinates\":[[[0.0,0.0],[1.0,"
                                 "1.0]],[[2.0,2.0],[3.0,3.0],[4.0,4.0]]]}"));
        begin(&f, types[i]);
        add_parts(&f, starts, 0, xy, 0);
        assert_string_equal(read_shape(), LINE("null"));
    }
}

/* Squares: clockwise from (x,y), with sides of n, or the other way round. */
#define CLOCKWISE(x, y, n) x, y, x, y + n, x + n, y + n, x + n, y, x, y
#define ANTICLOCKWISE(x, y, n) x, y, x + n, y, x + n, y + n, x, y + n, x, y

static const char *read_rings(const double *xy, uint32_t rings)
{
    static const uint32_t starts[] = {0, 5, 10, 15, 20};
    begin(&f, 5);
    add_parts(&f, starts, rings, xy, 5 * rings);
    return read_shape();
}

static void test_polygons(void **state)
{
    static const double one[] = {CLOCKWISE(0, 0, 9)};
    static const double holed[] = {ANTICLOCKWISE(1, 1, 2), CLOCKWISE(0, 0, 9),
                                   ANTICLOCKWISE(4, 4, 2)};
    (void)state;
    assert_string_equal(read_rings(one, 1),
                        LINE("{\"type\":\"Polygon\",\"coordinates\":[[[0.0,0.0],[9.0,0.0],[9.0,9.0]"
                             ",[0.0,9.0],[0.0,0.0]]]}"));
    assert_string_equal(read_rings(holed, 3),
                        LINE("{\"type\":\"Polygon\",\"coordinates\":[[[0.0,0.0],[9.0,0.0],[9.0,9.0]"
                             ",[0.0,9.0],[0.0,0.0]],[[1.0,1.0],[1.0,3.0],[3.0,3.0],[3.0,1.0],[1.0,"
                             "1.0]],[[4.0,4.0],[4.0,6.0],[6.0,6.0],[6.0,4.0],[4.0,4.0]]]}"));
}

/* An island in a lake of an island, in any order, and all of them turned. */
static void test_islands(void **state)
{
    static const double right[] = {CLOCKWISE(3, 3, 1), ANTICLOCKWISE(2, 2, 3), CLOCKWISE(0, 0, 9),
                                   CLOCKWISE(20, 0, 1)};
    static const double turned[] = {ANTICLOCKWISE(3, 3, 1), CLOCKWISE(2, 2, 3),
                                    ANTICLOCKWISE(0, 0, 9), ANTICLOCKWISE(20, 0, 1)};
    static const char expected[] = LINE(
        "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[3.0,3.0],[4.0,3.0],[4.0,4.0],[3.0,4.0]"
        ",[3.0,3.0]]],[[[0.0,0.0],[9.0,0.0],[9.0,9.0],[0.0,9.0],[0.0,0.0]],[[2.0,2.0],[2.0,5.0]"
        ",[5.0,5.0],[5.0,2.0],[2.0,2.0]]],[[[20.0,0.0],[21.0,0.0],[21.0,1.0],[20.0,1.0],[20.0,"
        "0.0]]]]}");
    (void)state;
    assert_string_equal(read_rings(right, 4), expected);
    assert_string_equal(read_rings(turned, 4), expected);
}

/* A hole that touches its border in a corner, one that is the border, one that lies in none. */
static void test_odd_holes(void **state)
{
    static const double touching[] = {CLOCKWISE(0, 0, 9), ANTICLOCKWISE(0, 0, 2)};
    static const double same[] = {CLOCKWISE(0, 0, 9), ANTICLOCKWISE(0, 0, 9)};
    static const double lost[] = {CLOCKWISE(0, 0, 9), ANTICLOCKWISE(20, 0, 1)};
    static const double flat[] = {1, 1, 2, 2, 1, 1, 2, 2, 1, 1};
    (void)state;
    assert_non_null(strstr(read_rings(touching, 2), "\"Polygon\""));
    assert_non_null(strstr(read_rings(same, 2), "\"Polygon\""));
    assert_non_null(strstr(read_rings(lost, 2), "\"MultiPolygon\""));
    assert_non_null(strstr(read_rings(flat, 1), "\"Polygon\""));
}

static void test_projected(void **state)
{
    static const double square[] = {CLOCKWISE(700000, 6600000, 1000)};
    static const uint32_t start = 0;
    static const char lambert[] =
        "PROJCS[\"RGF93_Lambert_93\",GEOGCS[\"GCS_RGF_1993\",DATUM[\"D_RGF_1993\",SPHEROID[\"GRS_"
        "1980\",6378137.0,298.257222101]],PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0."
        "0174532925199433]],PROJECTION[\"Lambert_Conformal_Conic\"],PARAMETER[\"False_Easting\","
        "700000.0],PARAMETER[\"False_Northing\",6600000.0],PARAMETER[\"Central_Meridian\",3.0],"
        "PARAMETER[\"Standard_Parallel_1\",44.0],PARAMETER[\"Standard_Parallel_2\",49.0],PARAMETER["
        "\"Latitude_Of_Origin\",46.5],UNIT[\"Meter\",1.0]]";
    struct bf_shapefile_options o = {.geometry = BF_STR("g"), .number = BF_STR("id")};
    (void)state;
    begin(&f, 5);
    add_parts(&f, &start, 1, square, 5);
    number_rows(1);
    struct bf_shapefile_parts parts = parts_of(&f);
    assert_string_equal(read_with(&parts, o),
                        "There is no .prj to tell the reference system: name it in \"crs\", such "
                        "as EPSG:2154.");
    parts.prj = BF_STR("GEOGCS[\"Terra incognita\"]");
    assert_string_equal(read_with(&parts, o),
                        "The .prj tells no reference system that EPSG has: name it in \"crs\", "
                        "such as EPSG:2154.");
    parts.prj = bf_str_of(lambert);
    const char *got = read_with(&parts, o);
    assert_non_null(strstr(got, "[[[3.0,46.5],[3.013"));
    assert_non_null(strstr(got, ",\"id\":1}\n"));
    assert_string_equal(said.crs, "EPSG:2154");
    assert_string_equal(said.crs_by, ".prj");
    o.crs = BF_STR("EPSG:3857"); /* what is named counts */
    assert_null(strstr(read_with(&parts, o), "46.5"));
    assert_string_equal(said.crs_by, "name given");
    o.crs = DEGREES;
    assert_string_equal(read_with(&parts, o),
                        "The .shp: record 1: a position lies far outside of where the reference "
                        "system is used: name the right one in \"crs\".");
}

/* ---- what of shapes is refused ------------------------------------------------------------- */

static void begin_polygon(void)
{
    static const double square[] = {CLOCKWISE(0, 0, 9)};
    static const uint32_t start = 0;
    begin(&f, 5);
    add_parts(&f, &start, 1, square, 5);
    number_rows(1);
}

static void test_damaged_shapes(void **state)
{
    static const struct {
        size_t at;
        unsigned char bytes[4];
        const char *why;
    } all[] = {
        {0, {0, 0, 0x27, 0x0B}, "The .shp is none: it does not begin like one."},
        {24,
         {0x7F, 0xFF, 0xFF, 0xFF},
         "The .shp is cut off or damaged: it says that it has 4294967294 bytes, and has 236."},
        {24,
         {0, 0, 0, 1},
         "The .shp is cut off or damaged: it says that it has 2 bytes, and has 236."},
        {32,
         {31, 0, 0, 0},
         "The shapes of the .shp are MultiPatch (31): points, lines and polygons are read."},
        {32,
         {2, 0, 0, 0},
         "The shapes of the .shp are of a kind that nobody described (2): points, lines and "
         "polygons are read."},
        {32, {3, 0, 0, 0}, "The .shp: record 1 is of another kind than the file."},
        {104, {0x7F, 0xFF, 0xFF, 0xFF}, "The .shp: record 1 is cut off or damaged."},
        {104, {0, 0, 0, 1}, "The .shp: record 1 is cut off or damaged."},
        {144, {0xFF, 0xFF, 0xFF, 0xFF}, "The .shp: record 1 is cut off or damaged."},
        {148, {0xFF, 0xFF, 0xFF, 0xFF}, "The .shp: record 1 is cut off or damaged."},
        {148, {6, 0, 0, 0}, "The .shp: record 1 is cut off or damaged."},
        {148, {3, 0, 0, 0}, "The .shp: record 1: a ring has fewer than 4 positions."},
        {148, {4, 0, 0, 0}, "The .shp: record 1: a ring is not closed."},
        {144, {0, 0, 0, 0}, "The .shp: record 1 has positions and no part."},
        {152, {1, 0, 0, 0}, "The .shp: the parts of record 1 are out of order."},
        {152, {9, 0, 0, 0}, "The .shp: the parts of record 1 are out of order."},
        {160, {0, 0, 0xF0, 0x7F}, "The .shp: a coordinate of record 1 is not a finite number."},
        {160, {0, 0, 0xF8, 0x7F}, "The .shp: a coordinate of record 1 is not a finite number."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        begin_polygon();
        memcpy(f.shp.p + all[i].at, all[i].bytes, 4);
        assert_string_equal(read_all(), all[i].why);
    }
}

static void test_lost_shapes(void **state)
{
    (void)state;
    begin_polygon();
    set_big(&f.shx, 100, 0x7FFFFFFF);
    assert_string_equal(read_all(), "The .shp: record 1 is cut off or damaged.");
    begin_polygon();
    set_big(&f.shp, 100, 2);
    assert_non_null(strstr(read_all(), "Polygon")); /* the index knows better */
    f.shx.n = 0;
    assert_string_equal(read_all(), "The .shp: record 1 does not follow the one before, and there "
                                    "is no .shx to find it.");
    begin_polygon();
    number_rows(2);
    assert_string_equal(read_all(), "The .shp has 1 records and the .dbf 2: they do not belong "
                                    "together, or one is damaged.");
    begin(&f, 3);
    static const double one[] = {1, 1};
    static const uint32_t start = 0;
    add_parts(&f, &start, 1, one, 1);
    number_rows(1);
    assert_string_equal(read_all(), "The .shp: record 1: a line has fewer than 2 positions.");
}

/* Records where an editor left them: the second lies before the first. */
static void test_index(void **state)
{
    (void)state;
    begin(&f, 1);
    add_point(&f, 2, 2);
    add_point(&f, 1, 1);
    number_rows(2);
    set_big(&f.shx, 100, (100 + 28) / 2);
    set_big(&f.shx, 108, 100 / 2);
    const char *got = read_all();
    assert_non_null(strstr(got, "{\"N\":1,\"g\":{\"type\":\"Point\",\"coordinates\":[1.0,1.0]}}"));
    assert_non_null(strstr(got, "{\"N\":2,\"g\":{\"type\":\"Point\",\"coordinates\":[2.0,2.0]}}"));
}

/* Every prefix of every file, and every byte another one: a sentence or lines, never more. */
static void test_spoilt(void **state)
{
    struct bf_shapefile_options o = {.crs = DEGREES, .geometry = BF_STR("g")};
    static char copy[8192];
    (void)state;
    begin_polygon();
    const struct file *const all[] = {&f.shp, &f.shx, &f.dbf};
    for (size_t k = 0; k < 3; k++)
        for (size_t n = 1; n < all[k]->n; n++) {
            struct bf_shapefile_parts parts = parts_of(&f);
            struct bf_str *part = k == 0 ? &parts.shp : k == 1 ? &parts.shx : &parts.dbf;
            part->n = n;
            assert_non_null(strchr(read_with(&parts, o), ' ') ? "" : strstr(lines.p, "\n"));
            memcpy(copy, all[k]->p, all[k]->n);
            copy[n] = (char)~copy[n];
            *part = (struct bf_str){copy, all[k]->n};
            read_with(&parts, o);
            bf_arena_reset(arena);
        }
}

/* ---- fields -------------------------------------------------------------------------------- */

static const char *read_row(char type, unsigned char n, const char *value)
{
    const struct field field = {"x", type, n};
    char row[300] = " ";
    struct bf_shapefile_options o = {.crs = DEGREES};
    memcpy(row + 1, value, n);
    begin(&f, 1);
    add_point(&f, 0, 0);
    write_dbf(&f, &field, 1, row, 1);
    struct bf_shapefile_parts parts = parts_of(&f);
    return read_with(&parts, o);
}

static void test_values(void **state)
{
    static const struct {
        char type;
        unsigned char n;
        const char *value, *json;
    } all[] = {
        {'C', 6, "Gare  ", "\"Gare\""},
        {'C', 6, " a \"b ", "\" a \\\"b\""},
        {'C', 6, "ab\0xyz", "\"ab\""},
        {'C', 3, "   ", "null"},
        {'N', 6, "    12", "12"},
        {'N', 6, "12    ", "12"},
        {'N', 6, "-0012 ", "-12"},
        {'N', 6, "   +.5", "0.5"},
        {'N', 6, "  -5. ", "-5"},
        {'N', 6, "000000", "0"},
        {'N', 6, "0012.5", "12.5"},
        {'N', 20, " 9223372036854775807", "9223372036854775807"},
        {'F', 20, " 1.2300000000000e+02", "1.2300000000000e+02"},
        {'F', 8, "5.e+2   ", "5e+2"},
        {'N', 6, "      ", "null"},
        {'N', 6, "******", "null"},
        {'N', 6, "\0\0\0\0\0\0", "null"},
        {'D', 8, "20261126", "\"2026-11-26\""},
        {'D', 8, "        ", "null"},
        {'D', 8, "00000000", "null"},
        {'D', 8, "0       ", "null"},
        {'L', 1, "T", "true"},
        {'L', 1, "y", "true"},
        {'L', 1, "F", "false"},
        {'L', 1, "n", "false"},
        {'L', 1, "?", "null"},
        {'L', 1, " ", "null"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char expected[100];
        snprintf(expected, sizeof expected, "{\"x\":%s}\n", all[i].json);
        assert_string_equal(read_row(all[i].type, all[i].n, all[i].value), expected);
    }
}

static void test_values_refused(void **state)
{
    static const struct {
        char type;
        unsigned char n;
        const char *value, *why;
    } all[] = {
        {'N', 6, "  1,5 ", "this is no number"},
        {'N', 6, "   abc", "this is no number"},
        {'N', 6, "   nan", "this is no number"},
        {'N', 6, "  1e99", NULL},
        {'N', 6, "1e9999", "this is no number"},
        {'N', 6, "     .", "this is no number"},
        {'N', 6, "     -", "this is no number"},
        {'N', 6, "   -+5", "this is no number"},
        {'N', 6, "   .e5", "this is no number"},
        {'N', 6, "1 2   ", "this is no number"},
        {'N', 6, "*****1", "this is no number"},
        {'N', 6, "   0x1", "this is no number"},
        {'D', 8, "26/11/20", "this is no date"},
        {'D', 8, "2026112 ", "this is no date"},
        {'L', 1, "1", "this is neither true nor false"},
        {'C', 4, "ab\x81\x20", "the text is not in the encoding that is taken"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char expected[100];
        snprintf(expected, sizeof expected, "The .dbf: record 1, field x: %s.", all[i].why);
        const char *got = read_row(all[i].type, all[i].n, all[i].value);
        if (all[i].why)
            assert_string_equal(got, expected);
    }
    assert_string_equal(read_row('M', 10, "         1"),
                        "The .dbf: field 1 is of type M, which lies in another file; such fields "
                        "are not read.");
    assert_string_equal(read_row('I', 4, "1234"),
                        "The .dbf: field 1 is of type I; C, N, F, D and L are read.");
    assert_string_equal(read_row('D', 7, "2026112"), "The .dbf: field 1 is of type D and has 7 "
                                                     "bytes.");
}

static void test_deleted_rows(void **state)
{
    (void)state;
    begin(&f, 1);
    for (int i = 1; i <= 3; i++)
        add_point(&f, i, i);
    number_rows(3);
    f.dbf.p[65 + 3] = '*';
    assert_string_equal(
        read_all(),
        LINE("{\"type\":\"Point\",\"coordinates\":[1.0,1.0]}") "\n"
                                                               "{\"N\":3,\"g\":{\"type\":\"Point\","
                                                               "\"coordinates\":[3.0,3.0]}}\n");
    assert_int_equal(said.deleted, 1);
}

static const char *read_fields(const struct field *fields, size_t n)
{
    begin(&f, 1);
    add_point(&f, 0, 0);
    write_dbf(&f, fields, n, "                                 ", 1);
    return read_all();
}

static void test_fields_refused(void **state)
{
    static const struct field twice[] = {{"a", 'C', 1}, {"b", 'C', 1}, {"a", 'C', 1}};
    static const struct field shape[] = {{"g", 'C', 1}};
    static const struct field nameless[] = {{"a", 'C', 1}, {"  ", 'C', 1}};
    static const struct field longest[] = {{"elevenchars", 'C', 1}};
    (void)state;
    assert_string_equal(read_fields(twice, 3), "The .dbf: two fields are called \"a\".");
    assert_string_equal(read_fields(shape, 1),
                        "The .dbf has a field \"g\", and the shape is to be called so.");
    assert_string_equal(read_fields(nameless, 2),
                        "The .dbf: field 2 has no name, or none in the encoding that is taken.");
    assert_non_null(strstr(read_fields(longest, 1), "\"elevenchars\":null"));
    assert_non_null(strstr(read_fields(longest, 0), "{\"g\":{"));
    f.dbf.p[10] = 2;
    assert_string_equal(read_all(), "The .dbf is damaged: its rows have 2 bytes, its fields need "
                                    "1.");
    f.dbf.p[10] = 0;
    assert_string_equal(read_all(), "The .dbf is none, or its head is damaged.");
    f.dbf.p[10] = 1;
    f.dbf.p[7] = 0x7F;
    assert_string_equal(read_all(), "The .dbf is cut off: it says that it has 2130706433 rows, and "
                                    "there are 2.");
}

/* ---- encodings ----------------------------------------------------------------------------- */

static const char *read_text(const char *text, unsigned char language, const char *cpg,
                             const char *named)
{
    char value[11] = "          ";
    memcpy(value, text, strlen(text));
    read_row('C', 10, value);
    f.dbf.p[29] = (char)language;
    f.cpg = cpg;
    struct bf_shapefile_parts parts = parts_of(&f);
    return read_with(&parts,
                     (struct bf_shapefile_options){.crs = DEGREES, .encoding = bf_str_of(named)});
}

static void test_encodings(void **state)
{
    static const struct {
        const char *text;
        unsigned char language;
        const char *cpg, *named, *encoding, *by;
    } all[] = {
        {"fl\xC3\xA9", 0, NULL, NULL, "UTF-8", "look of its texts"},
        {"fl\xC3\xA9", 0x57, NULL, NULL, "UTF-8", "look of its texts"},
        {"fl\xE9", 0, NULL, NULL, "CP1252", "look of its texts"},
        {"fl\xE9", 0x57, NULL, NULL, "CP1252", "look of its texts"},
        {"fl\xE9", 0x03, NULL, NULL, "CP1252", "language byte"},
        {"fl\x82", 0x02, NULL, NULL, "CP850", "language byte"},
        {"fl\xC3\xA9", 0x02, "UTF-8", NULL, "UTF-8", ".cpg"},
        {"fl\xE9", 0, "88591\r\n", NULL, "ISO-8859-1", ".cpg"},
        {"fl\xE9", 0, "ANSI 1252", NULL, "CP1252", ".cpg"},
        {"fl\x82", 0x03, "UTF-8", "OEM 850", "CP850", "name given"},
        {"fl\xE9", 0, NULL, "ISO-8859-15", "ISO-8859-15", "name given"},
        {"fl\xE9", 0, NULL, "windows-1252", "CP1252", "name given"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_string_equal(read_text(all[i].text, all[i].language, all[i].cpg, all[i].named),
                            "{\"x\":\"fl\u00e9\"}\n");
        assert_string_equal(said.encoding, all[i].encoding);
        assert_string_equal(said.encoding_by, all[i].by);
    }
    /* What filled its field and was cut off in a character. */
    assert_string_equal(read_text("123456789\xC3", 0, "UTF-8", NULL), "{\"x\":\"123456789\"}\n");
    assert_string_equal(read_text("123456789\xC3", 0, NULL, NULL), "{\"x\":\"123456789\"}\n");
    assert_string_equal(said.encoding, "UTF-8");
    assert_string_equal(read_text("12345678\xC3", 0, "UTF-8", NULL),
                        "The .dbf: record 1, field x: the text is not in the encoding that is "
                        "taken.");
}

static void test_encodings_refused(void **state)
{
    static const char *const all[] = {"UTF-16",
                                      "UTF-7",
                                      "UTF-8//IGNORE//x",
                                      "ISO-2022-CN-EXT",
                                      "../x",
                                      "ISO 8859-11",
                                      "klingon",
                                      "99999999999999999999"
                                      "9999999"};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_non_null(strstr(read_text("x", 0, all[i], NULL), "The .cpg tells no encoding"));
        assert_non_null(strstr(read_text("x", 0, NULL, all[i]), "\"encoding\" names no encoding"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_multi_point),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_polygons),
        cmocka_unit_test(test_islands),
        cmocka_unit_test(test_odd_holes),
        cmocka_unit_test(test_projected),
        cmocka_unit_test(test_damaged_shapes),
        cmocka_unit_test(test_lost_shapes),
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_spoilt),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_values_refused),
        cmocka_unit_test(test_deleted_rows),
        cmocka_unit_test(test_fields_refused),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_encodings_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
