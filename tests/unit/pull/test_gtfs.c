/* Tables of a timetable, and what publishers make of them. */
#include "pull/gtfs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../archive/pack.h"
#include "core/buf.h"

static struct bf_arena *arena;
static struct bf_err err;

static const char manifest_json[] =
    "{\"id\":\"x\",\"title\":{\"fr\":\"X\"},\"publisher\":\"MEL\",\"licence\":{\"name\":\"LO\"},"
    "\"key\":[\"shape_id\"],\"geometry\":\"trace\",\"fields\":[{\"name\":\"shape_id\",\"type\":"
    "\"text\"},{\"name\":\"trace\",\"type\":\"geo_shape\"},{\"name\":\"stop_id\",\"type\":\"text\"}"
    ","
    "{\"name\":\"mission\",\"type\":\"text\"}],\"push\":{\"names\":{\"zenbus_mission\":\"mission\"}"
    ","
    "\"ignore\":[\"dropped\"]},\"source\":{\"url\":\"https://x.org/\",\"format\":\"gtfs\","
    "\"table\":\"stops.txt\",\"every\":\"P1D\",\"optional\":[\"maybe\"]}}";

static int open_arena(void **state)
{
    (void)state;
    arena = bf_arena_new(256 << 20);
    return arena == NULL;
}

static int close_arena(void **state)
{
    (void)state;
    bf_arena_free(arena);
    return 0;
}

static bool take(void *self, const char *p, size_t n, struct bf_err *e)
{
    (void)e;
    bf_buf_bytes(self, p, n);
    return true;
}

/* What a table becomes, or why it becomes nothing. */
static const char *convert(struct bf_gtfs g, const char *name, const char *text)
{
    const struct file files[] = {{.name = "agency.txt", .text = "agency_id\n1\n"},
                                 {.name = name, .text = text, .method = ZIP_CM_DEFLATE}};
    struct bf_buf b;
    bf_buf_init(&b, 64 << 20);
    bf_err_clear(&err);
    if (!g.bytes_most)
        g.bytes_most = 1 << 20;
    g.take = take;
    g.self = &b;
    bool ok = bf_pull_gtfs(&g, pack(arena, files, 2), &err);
    const char *out = ok ? bf_arena_dup(arena, bf_buf_view(&b)).p : err.message;
    bf_buf_fini(&b);
    return out;
}

static const char *table(const char *name, const char *text)
{
    return convert((struct bf_gtfs){.table = bf_str_of(name)}, name, text);
}

static const char *ways(const char *text)
{
    struct bf_report report;
    bf_report_init(&report, arena);
    const struct bf_manifest *m = bf_manifest_read(arena, bf_str_of(manifest_json), "x", &report);
    assert_non_null(m);
    return convert((struct bf_gtfs){.table = BF_STR("shapes.txt"), .manifest = m, .lines = true},
                   "shapes.txt", text);
}

static void test_as_it_is(void **state)
{
    (void)state;
    assert_string_equal(table("stops.txt", "\xEF\xBB\xBFstop_id, stop_name ,own\r\n"
                                           "1,\"Gare, \"\"A\"\"\",x\r\n2, b ,\r\n"),
                        "stop_id,stop_name,own\n1,\"Gare, \"\"A\"\"\",x\n2, b ,\n");
    assert_string_equal(table("stop_times.txt", "trip_id,arrival_time\nt,25:35:00\nu,9:05:00"),
                        "trip_id,arrival_time\nt,25:35:00\nu,9:05:00\n");
    assert_string_equal(table("routes.txt", "route_id,route_color\n1,007000\n"),
                        "route_id,route_color\n1,007000\n");
    assert_string_equal(table("stops.txt", "stop_id\n"), "stop_id\n");
    assert_string_equal(table("levels.txt", "level_id\n\"\"\n1\n"), "level_id\n\"\"\n1\n");
}

/* What is wrong with a record is told with the line of the publisher's file. */
static void test_lines_stay_where_they_are(void **state)
{
    (void)state;
    assert_string_equal(table("stops.txt", "\n\nstop_id,own,stop_name\n\n1,\"a\nb\",x\n\n\n2,,y\n"),
                        "\n\nstop_id,own,stop_name\n\n1,\"a\nb\",x\n\n\n2,,y\n");
}

static void test_dates(void **state)
{
    (void)state;
    assert_string_equal(
        table("calendar.txt",
              "service_id,start_date,end_date,own\n20240426,20240426, 20240628 ,20240628\n"
              "a,2024-04-26,,\nb,2024042,202404266,x\n"),
        "service_id,start_date,end_date,own\n20240426,2024-04-26,2024-06-28,20240628\n"
        "a,2024-04-26,,\nb,2024042,202404266,x\n");
    assert_string_equal(table("sub/calendar_dates.txt", "date\n20240508\n"), "date\n2024-05-08\n");
    assert_string_equal(table("other.txt", "date\n20240508\n"), "date\n20240508\n");
}

/* Columns of somebody's own: those that the manifest names in some way come, the others do not. */
static void test_own_columns(void **state)
{
    struct bf_report report;
    (void)state;
    bf_report_init(&report, arena);
    const struct bf_manifest *m = bf_manifest_read(arena, bf_str_of(manifest_json), "x", &report);
    struct bf_gtfs g = {.table = BF_STR("stops.txt"), .manifest = m};
    assert_string_equal(
        convert(g, "stops.txt",
                "own,stop_id,zenbus_mission,,dropped,\"ow\nn\",maybe,stop_code\n1,2,3,4,5,6,7,8\n"),
        "stop_id,zenbus_mission,dropped,maybe,stop_code\n\n2,3,5,7,8\n");
    g.table = BF_STR("missions.txt"); /* of a table of its own all columns are */
    assert_string_equal(convert(g, "missions.txt", "own,stop_id\n1,2\n"), "own,stop_id\n1,2\n");
}

static void test_no_table(void **state)
{
    (void)state;
    struct bf_gtfs g = {.table = BF_STR("stops.txt")};
    assert_string_equal(convert(g, "trips.txt", "x"),
                        "The archive has no stops.txt; it has agency.txt, trips.txt.");
    assert_string_equal(convert(g, "gtfs/stops.txt", "x"),
                        "stops.txt lies in a folder of the archive; as \"table\" write "
                        "\"gtfs/stops.txt\".");
    assert_string_equal(convert(g, "bus-stops.txt", "x"),
                        "The archive has no stops.txt; it has agency.txt, bus-stops.txt.");
    bf_err_clear(&err);
    assert_false(bf_pull_gtfs(&g, BF_STR("stop_id\n1\n"), &err));
    assert_string_equal(err.message, "The body is no ZIP archive, or it did not come whole.");
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } all[] = {
        {"", "stops.txt has no line of names."},
        {"\n\r\n", "stops.txt has no line of names."},
        {"a,b\n1\n", "stops.txt, line 2: the row has 1 cells, the first line has 2."},
        {"a,b\n1,2\n\n1,2,3\n", "stops.txt, line 4: the row has 3 cells, the first line has 2."},
        {"a, a\n", "stops.txt: two columns are called \"a\"."},
        {"a,\xff\n", "stops.txt: the names of its columns are not UTF-8."},
        {"a\nb\"c\n",
         "stops.txt, line 2: a quote stands inside a cell that does not start with one."},
        {"a\n\"b\"c\n",
         "stops.txt, line 2: something stands between a closing quote and the next delimiter."},
        {"a\n\"b\n",
         "stops.txt: The body cannot be read: the quote in the record that starts in line 2 is "
         "never closed."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_string_equal(table("stops.txt", all[i].text), all[i].why);
        assert_int_equal(err.code, BF_E_BODY);
    }
    assert_string_equal(convert((struct bf_gtfs){.table = BF_STR("stops.txt"), .bytes_most = 12},
                                "stops.txt", "stop_id\n12345\n"),
                        "\"stops.txt\" has more than 12 bytes.");
}

#define HEAD "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"

static void test_ways(void **state)
{
    (void)state;
    assert_string_equal(
        ways(HEAD
             "b,50.5,3.25,10\na,1,2,0\nb, 50.0 ,-3.10,9\r\nc,0,0,0\nb,51,3,100\na,-90,180,7\n"),
        "{\"shape_id\":\"b\",\"trace\":{\"type\":\"LineString\",\"coordinates\":"
        "[[-3.1,50.0],[3.25,50.5],[3.0,51.0]]}}\n"
        "{\"shape_id\":\"a\",\"trace\":{\"type\":\"LineString\",\"coordinates\":"
        "[[2.0,1.0],[180.0,-90.0]]}}\n"
        "{\"shape_id\":\"c\",\"trace\":null}\n");
    assert_string_equal(ways(HEAD), "");
    assert_string_equal(ways("shape_dist_traveled,shape_pt_sequence,shape_id,shape_pt_lon,shape_pt_"
                             "lat\n,1,\"a\"\"\n\",1,2\n"),
                        "{\"shape_id\":\"a\\\"\\n\",\"trace\":null}\n");
}

static void test_ways_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } all[] = {
        {"shape_id,shape_pt_lat,shape_pt_sequence\n", "shapes.txt has no column shape_pt_lon."},
        {HEAD ",1,1,0\n", "shapes.txt, line 2, shape_id: the id of a shape is expected."},
        {HEAD "\xff,1,1,0\n", "shapes.txt, line 2, shape_id: the id of a shape is expected."},
        {HEAD "a,91,1,0\n",
         "shapes.txt, line 2, shape_pt_lat: a latitude such as 50.6365 is expected."},
        {HEAD "a,\"50,1\",1,0\n",
         "shapes.txt, line 2, shape_pt_lat: a latitude such as 50.6365 is expected."},
        {HEAD "a,nan,1,0\n",
         "shapes.txt, line 2, shape_pt_lat: a latitude such as 50.6365 is expected."},
        {HEAD "\na,1,-180.5,0\n",
         "shapes.txt, line 3, shape_pt_lon: a longitude such as 3.0704 is expected."},
        {HEAD "a,1,,0\n",
         "shapes.txt, line 2, shape_pt_lon: a longitude such as 3.0704 is expected."},
        {HEAD "a,1,1,-1\n",
         "shapes.txt, line 2, shape_pt_sequence: a whole number from 0 on is expected."},
        {HEAD "a,1,1,1.5\n",
         "shapes.txt, line 2, shape_pt_sequence: a whole number from 0 on is expected."},
        {HEAD "a,1,1,5\nb,1,1,5\na,2,2,5\n",
         "shapes.txt, line 4, shape_pt_sequence: its shape has the number 5 in line 2 already."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_string_equal(ways(all[i].text), all[i].why);
}

/* More than fits into one piece, and into the first room for points. */
static void test_large(void **state)
{
    enum { N = 20000 };
    struct bf_buf b;
    (void)state;
    bf_buf_init(&b, 16 << 20);
    bf_buf_text(&b, HEAD);
    for (int i = 0; i < N; i++)
        bf_buf_printf(&b, "s%d,50.%d,3,%d\n", i % 7, i, N - i);
    bf_buf_char(&b, '\0');
    const char *out = table("shapes.txt", b.p);
    assert_string_equal(out, b.p);
    out = ways(b.p);
    assert_ptr_equal(strstr(out, "{\"shape_id\":\"s0\""), out);
    size_t lines = 0;
    for (const char *p = out; *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 7);
    bf_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_as_it_is, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_lines_stay_where_they_are, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_dates, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_own_columns, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_no_table, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_ways, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_ways_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_large, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
