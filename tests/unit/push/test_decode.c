#include "api/push/decode.h"

#include "value/instant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

static const char manifest_json[] =
    "{\"id\":\"x\",\"title\":{\"fr\":\"X\"},\"publisher\":\"MEL\",\"licence\":{\"name\":\"LO\"},"
    "\"key\":[\"id\",\"day\"],\"fields\":["
    "{\"name\":\"id\",\"type\":\"text\",\"facet\":true},{\"name\":\"day\",\"type\":\"date\"},"
    "{\"name\":\"dispo\",\"type\":\"int\"},{\"name\":\"rate\",\"type\":\"double\"},"
    "{\"name\":\"open\",\"type\":\"boolean\"},{\"name\":\"at\",\"type\":\"datetime\"},"
    "{\"name\":\"wall\",\"type\":\"datetime\",\"z_is_local\":\"Europe/Paris\"},"
    "{\"name\":\"place\",\"type\":\"geo_point_2d\"},{\"name\":\"shape\",\"type\":\"geo_shape\"},"
    "{\"name\":\"more\",\"type\":\"json_blob\"},{\"name\":\"note\",\"type\":\"text\"},"
    "{\"name\":\"twice\",\"type\":\"int\",\"sql\":\"dispo * 2\"}],"
    "\"aliases\":{\"fields\":{\"libre\":\"dispo\"}},\"push\":{"
    "\"names\":{\"Places libres\":\"dispo\",\"\u00c9tat\":\"note\"},\"ignore\":[\"x\",\"twice\"]}}";

enum { ID, DAY, DISPO, RATE, OPEN, AT, WALL, PLACE, SHAPE, MORE, NOTE, FIELDS = 12, ROWS = 64 };

static struct bf_err err;

/* Rows as they came out, texts copied. */
static struct bf_value rows[ROWS][FIELDS];
static size_t nrows;
static size_t fail_at; /* the row that the taker refuses; 0: none */
static struct bf_decode *decode;

static bool take(void *self, const unsigned char id[BF_RECORD_ID], const struct bf_value *values,
                 struct bf_err *e)
{
    (void)self;
    (void)id;
    if (fail_at && nrows + 1 == fail_at)
        return BF_FAIL_WITH(e, BF_E_UNAVAILABLE, "away");
    for (size_t i = 0; nrows < ROWS && i < FIELDS; i++) {
        rows[nrows][i] = values[i];
        if (values[i].type == BF_TEXT || values[i].type == BF_JSON ||
            values[i].type == BF_GEO_SHAPE)
            rows[nrows][i].text = bf_arena_dup(arena, values[i].text);
    }
    nrows++;
    return true;
}

static int setup(void **state)
{
    (void)state;
    open_dataset(manifest_json);
    return 0;
}

static struct bf_decode_setup preset(enum bf_push_format format)
{
    return (struct bf_decode_setup){
        .manifest = manifest, .format = format, .record_max = 1u << 20, .row = take};
}

/* piece 0: all at once. */
static bool run(const struct bf_decode_setup *s, struct bf_str body, size_t piece)
{
    bf_arena_reset(arena);
    bf_err_clear(&err);
    nrows = 0;
    decode = bf_decode_open(arena, s, &err);
    assert_non_null(decode);
    for (size_t at = 0; at < body.n;) {
        size_t n = piece && piece < body.n - at ? piece : body.n - at;
        char *copy = malloc(n); /* so that a read beyond the piece is seen */
        memcpy(copy, body.p + at, n);
        bool ok = bf_decode_feed(decode, copy, n, &err);
        free(copy);
        if (!ok)
            return false;
        at += n;
    }
    return bf_decode_end(decode, &err);
}

/* The same result however the bytes are cut. */
static bool decodes(enum bf_push_format format, struct bf_str body)
{
    struct bf_decode_setup s = preset(format);
    bool whole = run(&s, body, 0);
    size_t n = nrows;
    enum bf_code code = err.code;
    static const size_t pieces[] = {1, 2, 3, 7, 64};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        assert_int_equal(run(&s, body, pieces[i]), whole);
        assert_int_equal(nrows, n);
        assert_int_equal(err.code, code);
    }
    return whole;
}

static bool json(const char *body)
{
    return decodes(BF_PUSH_JSON, bf_str_of(body));
}

static bool csv(const char *body)
{
    return decodes(BF_PUSH_CSV, bf_str_of(body));
}

static bool lines(const char *body)
{
    return decodes(BF_PUSH_LINES, bf_str_of(body));
}

static const struct bf_fault *fault(size_t i)
{
    assert_true(i < bf_decode_faults(decode)->n);
    return &bf_decode_faults(decode)->list[i];
}

#define assert_text(value, expected) assert_true(bf_str_eq(value, bf_str_of(expected)))

/* A JSON record with the key and one more member. */
static bool member(const char *text)
{
    char body[4096];
    snprintf(body, sizeof body, "{\"id\":\"a\",\"day\":\"2026-09-30\",%s}", text);
    return json(body);
}

static bool cell(const char *name, const char *text)
{
    char body[4096];
    snprintf(body, sizeof body, "id,day,%s\na,2026-09-30,%s\n", name, text);
    return csv(body);
}

static void refuses(bool accepted, const char *field, const char *reason)
{
    assert_false(accepted);
    assert_int_equal(err.code, BF_E_ROWS);
    assert_int_equal(err.http, 422);
    assert_int_equal(nrows, 0);
    assert_int_equal(bf_decode_faults(decode)->total, 1);
    assert_text(fault(0)->field, field);
    if (!strstr(fault(0)->reason.p, reason))
        fail_msg("reason: %s, expected: %s", fault(0)->reason.p, reason);
}

/* ---- tests ---- */

static void json_arrays_and_objects(void **state)
{
    (void)state;
    assert_true(json("[]"));
    assert_int_equal(nrows, 0);
    assert_true(json(" [ \n ] \n"));
    assert_true(json("{\"id\":\"a\",\"day\":\"2026-09-30\"}"));
    assert_int_equal(nrows, 1);
    assert_true(json("\xEF\xBB\xBF [{\"id\":\"a\",\"day\":\"2026-09-30\"},\r\n"
                     "{\"id\":\"b]},{\\\"\\\\\",\"day\":\"2026/09/30\"} ] "));
    assert_int_equal(nrows, 2);
    assert_text(rows[1][ID].text, "b]},{\"\\");
    assert_int_equal(rows[1][DAY].date, 20726);
    assert_int_equal(rows[1][DISPO].type, BF_NULL); /* absent is null */
}

static void json_that_cannot_be_cut(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "\xEF\xBB",
        "\xEF\xBB{}",
        "x",
        "12",
        "\"a\"",
        "null",
        "[",
        "[{}",
        "[{},",
        "[{},]",
        "[,{}]",
        "[{},,{}]",
        "[{}]x",
        "[{}][{}]",
        "{}{}",
        "{} {}",
        "{\"a\":1",
        "[}",
        "[{}}]",
        "[{\"a\":\"b]",
        "]",
        "}",
        "{\"a\":\"",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        "[{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
        "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
        "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (json(bad[i]) || err.code != BF_E_BODY)
            fail_msg("%s: code %d %s", bad[i], err.code, err.message);
    }
    assert_false(json("[{\"id\":\"a\",\"day\":\"2026-09-30\"},\n\n {}}]"));
    assert_non_null(strstr(err.message, "record 2, line 3"));
}

/* A broken element does not hide the ones after it. */
static void every_bad_record_is_told(void **state)
{
    (void)state;
    assert_false(json("[{\"id\":\"a\",\"day\":\"2026-09-30\"},\n"
                      "{\"id\":\"b\",\"day\":\"2026-09-30\",\"dispo\":\"abc\"},\n"
                      "{\"id\":\"c\",},\n"
                      "12,\n"
                      "{\"id\":\"a\",\"day\":\"2026-09-30\"},\n"
                      "{\"id\":\"d\",\"day\":\"2026-09-30\",\"id\":\"d\"},\n"
                      "{\"id\":\"e\",\"day\":null},\n"
                      "{\"id\":\"f\",\"day\":\"2026-09-30\",\"dispos\":1}]"));
    assert_int_equal(err.code, BF_E_ROWS);
    assert_string_equal(err.message, "7 of 8 records are not valid, nothing was written.");
    assert_int_equal(bf_decode_records(decode), 8);
    assert_int_equal(fault(0)->record, 2);
    assert_int_equal(fault(0)->line, 2);
    assert_text(fault(0)->field, "dispo");
    assert_text(fault(0)->value, "abc");
    assert_text(fault(0)->reason, "a whole number is expected");
    assert_non_null(strstr(fault(1)->reason.p, "not JSON"));
    assert_text(fault(2)->reason, "an object is expected");
    assert_text(fault(2)->value, "12");
    assert_text(fault(3)->reason, "the same key as in record 1");
    assert_text(fault(3)->value, "[\"a\",\"2026-09-30\"]");
    assert_non_null(strstr(fault(4)->reason.p, "given twice"));
    assert_text(fault(5)->field, "day");
    assert_non_null(strstr(fault(5)->reason.p, "part of the key"));
    assert_text(fault(6)->field, "dispos");
    assert_non_null(strstr(fault(6)->reason.p, "did you mean \"dispo\"?"));
    struct bf_buf out;
    bf_buf_init(&out, 1u << 16);
    bf_faults_print(bf_decode_faults(decode), &out);
    assert_true(bf_str_starts(bf_buf_view(&out),
                              BF_STR("[{\"record\":2,\"line\":2,\"field\":\"dispo\",\"value\":"
                                     "\"abc\",\"reason\":\"a whole number is expected\"},")));
    bf_buf_fini(&out);
}

static void only_the_first_faults_are_kept(void **state)
{
    (void)state;
    struct bf_buf b;
    bf_buf_init(&b, 1u << 20);
    for (int i = 0; i < 1000; i++)
        bf_buf_printf(&b, "{\"id\":\"%d\",\"day\":\"2026-09-30\",\"rate\":\"%0300d\"}\n", i, i);
    assert_false(decodes(BF_PUSH_LINES, bf_buf_view(&b)));
    assert_int_equal(bf_decode_faults(decode)->total, 1000);
    assert_int_equal(bf_decode_faults(decode)->n, BF_FAULTS);
    assert_int_equal(fault(19)->record, 20);
    assert_int_equal(fault(0)->value.n, BF_FAULT_VALUE + 3);
    bf_buf_fini(&b);
}

static void lines_of_json(void **state)
{
    (void)state;
    assert_true(lines(""));
    assert_true(lines("\n\n"));
    assert_true(lines("{\"id\":\"a\",\"day\":\"2026-09-30\"}\n\n\r\n"
                      "{\"id\":\"b\",\"day\":\"2026-09-30\",\"note\":\"x,]}\"}\r\n"
                      "{\"id\":\"c\",\"day\":\"2026-09-30\"}"));
    assert_int_equal(nrows, 3);
    assert_false(lines("{\"id\":\"a\",\"day\":\"2026-09-30\"}\n{\"id\":\n\"b\"}\n[]\n"));
    assert_int_equal(bf_decode_faults(decode)->total, 3);
    assert_int_equal(fault(0)->line, 2);
    assert_int_equal(fault(2)->line, 4);
}

static void whole_numbers(void **state)
{
    (void)state;
    assert_true(member("\"dispo\":9223372036854775807"));
    assert_true(rows[0][DISPO].integer == INT64_MAX);
    assert_true(member("\"dispo\":-9223372036854775808"));
    assert_true(member("\"dispo\":12.0"));
    assert_int_equal(rows[0][DISPO].integer, 12);
    assert_true(member("\"dispo\":1e3"));
    assert_true(member("\"libre\":null"));
    assert_int_equal(rows[0][DISPO].type, BF_NULL);
    refuses(member("\"dispo\":12.5"), "dispo", "a whole number");
    refuses(member("\"dispo\":1e300"), "dispo", "a whole number");
    refuses(member("\"dispo\":\"12\""), "dispo", "a whole number");
    refuses(member("\"dispo\":true"), "dispo", "a whole number");
    refuses(member("\"dispo\":[1]"), "dispo", "a whole number");
    refuses(member("\"dispo\":9223372036854775808"), "dispo", "a whole number");
    refuses(member("\"dispo\":1,\"libre\":2"), "libre", "given twice, also as \"dispo\"");
    assert_true(cell("dispo", " 12 "));
    assert_int_equal(rows[0][DISPO].integer, 12);
    assert_true(cell("libre", "12.0"));
    assert_true(cell("dispo", ""));
    assert_int_equal(rows[0][DISPO].type, BF_NULL);
    refuses(cell("dispo", "12.5"), "dispo", "a whole number");
    refuses(cell("dispo", "1 000"), "dispo", "a whole number");
    refuses(cell("dispo", "99999999999999999999"), "dispo", "a whole number");
    refuses(cell("dispo", "0x10"), "dispo", "a whole number");
}

static void numbers_and_booleans(void **state)
{
    (void)state;
    assert_true(member("\"rate\":3"));
    assert_true(rows[0][RATE].type == BF_DOUBLE && rows[0][RATE].real == 3);
    assert_true(member("\"rate\":1e-400"));
    refuses(member("\"rate\":1e400"), "rate", "a number");
    refuses(member("\"rate\":01"), "", "not JSON");
    refuses(member("\"rate\":+1"), "", "not JSON");
    refuses(member("\"rate\":.5"), "", "not JSON");
    refuses(member("\"rate\":NaN"), "", "not JSON");
    refuses(member("\"rate\":\"3\""), "rate", "a number");
    assert_true(cell("rate", "50.62"));
    refuses(cell("rate", "\"50,62\""), "rate", "a number");
    refuses(cell("rate", "nan"), "rate", "a number");
    refuses(cell("rate", "inf"), "rate", "a number");
    assert_true(member("\"open\":true"));
    assert_true(rows[0][OPEN].boolean);
    refuses(member("\"open\":1"), "open", "true or false");
    assert_true(cell("open", "FALSE"));
    assert_true(rows[0][OPEN].type == BF_BOOL && !rows[0][OPEN].boolean);
    assert_true(cell("open", "1"));
    refuses(cell("open", "oui"), "open", "true or false");
}

static void dates_and_instants(void **state)
{
    (void)state;
    assert_true(member("\"at\":\"2026-09-30T08:15:00+02:00\""));
    int64_t expected = rows[0][AT].instant;
    assert_true(member("\"at\":\"2026-09-30T06:15:00Z\""));
    assert_true(rows[0][AT].instant == expected);
    assert_true(member("\"wall\":\"2026-09-30T08:15:00Z\"")); /* Paris, summer */
    assert_true(rows[0][WALL].instant == expected);
    assert_true(member("\"wall\":\"2026-09-30T08:15:00\""));
    assert_true(rows[0][WALL].instant == expected);
    assert_true(member("\"wall\":\"2026-09-30T08:15:00+02:00\""));
    assert_true(rows[0][WALL].instant == expected);
    assert_true(cell("wall", "2026-09-30T08:15:00Z"));
    assert_true(rows[0][WALL].instant == expected);
    refuses(member("\"at\":\"2026-09-30T08:15:00\""), "at", "the offset from UTC is missing");
    refuses(member("\"at\":\"2026-09-30\""), "at", "the offset from UTC is missing");
    refuses(member("\"at\":\"2026-02-30T08:15:00Z\""), "at", "a date and time");
    refuses(member("\"at\":1759220100"), "at", "a date and time");
    refuses(member("\"at\":\"2026\""), "at", "a date and time");
    refuses(member("\"at\":\"\""), "at", "a date and time");
    refuses(member("\"at\":\"0001-01-01T00:00:00+02:00\""), "at", "");
    assert_false(json("{\"id\":\"a\",\"day\":\"30/09/2026\"}"));
    assert_false(json("{\"id\":\"a\",\"day\":\"2026-09-30T00:00:00Z\"}"));
}

static void points_in_every_shape(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{\"lon\":3.06,\"lat\":50.63}",
        "{\"lat\":50.63,\"lon\":3.06}",
        "[50.63,3.06]",
        "\"50.63, 3.06\"",
        "\"50.63,3.06\"",
        "\"POINT (3.06 50.63)\"",
        "{\"type\":\"Point\",\"coordinates\":[3.06,50.63]}",
        "\"{\\\"type\\\":\\\"Point\\\",\\\"coordinates\\\":[3.06,50.63]}\"",
    };
    char text[200];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        snprintf(text, sizeof text, "\"place\":%s", good[i]);
        if (!member(text))
            fail_msg("%s", good[i]);
        assert_true(rows[0][PLACE].point.lon == 3.06 && rows[0][PLACE].point.lat == 50.63);
    }
    static const char *const bad[] = {"3.06",
                                      "[3.06]",
                                      "[1,2,3]",
                                      "[\"50\",\"3\"]",
                                      "{\"lon\":3.06}",
                                      "{\"lon\":3,\"lat\":91}",
                                      "{\"lon\":181,\"lat\":1}",
                                      "[91,1]",
                                      "\"\"",
                                      "\"x\"",
                                      "{}",
                                      "true",
                                      "{\"lon\":1,\"lat\":2,\"z\":3}",
                                      "{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4]]}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, "\"place\":%s", bad[i]);
        refuses(member(text), "place", "");
    }
    assert_true(cell("place", "\"50.63, 3.06\""));
    assert_true(cell("place", "POINT (3.06 50.63)"));
}

static void shapes_and_blobs(void **state)
{
    (void)state;
    assert_true(member("\"shape\":{\"type\":\"LineString\",\"coordinates\":[[3,50],[4,51]]}"));
    assert_int_equal(rows[0][SHAPE].type, BF_GEO_SHAPE);
    assert_true(member("\"shape\":\"LINESTRING (3 50, 4 51)\""));
    refuses(member("\"shape\":{\"type\":\"Polygon\",\"coordinates\":[[[3,50],[4,51]]]}"), "shape",
            "");
    refuses(member("\"shape\":[1,2]"), "shape", "a GeoJSON geometry");
    assert_true(
        member("\"more\": {\"b\" : [1, 0.10,\"\\u00e9 \\\" \",null, true,{} ],\n\"a\":{}}"));
    assert_text(rows[0][MORE].text, "{\"b\":[1,0.10,\"\\u00e9 \\\" \",null,true,{}],\"a\":{}}");
    assert_true(member("\"more\":\"{\\\"a\\\": 1}\""));
    assert_text(rows[0][MORE].text, "{\"a\": 1}");
    refuses(member("\"more\":{\"a\":1,\"a\":2}"), "more", "twice");
    refuses(member("\"more\":[1,]"), "more", "not JSON");
    refuses(member("\"x\":[1,]"), "x", "not JSON");
    assert_true(member("\"more\":12"));
    assert_text(rows[0][MORE].text, "12");
    assert_true(member("\"more\":[]"));
    assert_text(rows[0][MORE].text, "[]");
}

static void texts(void **state)
{
    (void)state;
    assert_true(member("\"note\":\"\""));
    assert_int_equal(rows[0][NOTE].type, BF_TEXT);
    refuses(member("\"note\":12"), "note", "a text is expected");
    refuses(member("\"note\":\"a\\u0000b\""), "", "\\u0000");
    refuses(member("\"note\":\"\xff\""), "", "not JSON");
    refuses(member("\"note\":\"\\ud800\""), "", "not JSON");
    assert_true(cell("note", "\"  a \""));
    assert_text(rows[0][NOTE].text, "  a ");
    refuses(cell("note", "caf\xe9"), "note", "UTF-8");
    assert_text(fault(0)->value, "caf?");
    assert_true(cell("note", ""));
    assert_int_equal(rows[0][NOTE].type, BF_NULL);
    char body[4000];
    memset(body, 'x', sizeof body);
    memcpy(body, "{\"day\":\"2026-09-30\",\"id\":\"", 26);
    memcpy(body + 2700, "\"}", 3);
    refuses(json(body), "id", "at most 2,600 bytes");
}

static void names(void **state)
{
    (void)state;
    assert_true(member("\"x\":{\"any\":1},\"twice\":5")); /* ignored by the manifest */
    assert_true(member("\"Places libres\":7"));
    assert_int_equal(rows[0][DISPO].integer, 7);
    refuses(member("\"dispo\":1,\"Places libres\":7"), "Places libres", "given twice");
    refuses(member("\"places libres\":7"), "places libres", "did you mean \"Places libres\"?");
    assert_true(csv("id;day;Places libres;\u00c9tat\na;2026-09-30;4;b\n"));
    assert_int_equal(rows[0][DISPO].integer, 4);
    assert_text(rows[0][NOTE].text, "b");
    refuses(member("\"dispoo\":1"), "dispoo", "did you mean \"dispo\"?");
    refuses(member("\"zzzzzzzzzz\":1"), "zzzzzzzzzz", "no such field");
    refuses(member("\"_id\":1"), "_id", "no such field");
    refuses(member("\"\":1"), "", "no such field");
}

static void envelopes_are_unwrapped(void **state)
{
    (void)state;
    assert_true(json("[{\"datasetid\":\"x\",\"recordid\":\"r\",\"fields\":{\"id\":\"a\",\"day\":"
                     "\"2026-09-30\",\"dispo\":3},\"geometry\":{\"type\":\"Point\",\"coordinates\":"
                     "[1,2]},\"record_timestamp\":\"2023-09-13T16:18:01.013+02:00\"}]"));
    assert_int_equal(rows[0][DISPO].integer, 3);
    refuses(json("{\"fields\":{\"id\":\"a\",\"day\":\"2026-09-30\"},\"dispo\":3}"), "dispo",
            "beside");
    refuses(json("{\"fields\":3,\"id\":\"a\",\"day\":\"2026-09-30\"}"), "fields", "no such field");
}

static void tables(void **state)
{
    (void)state;
    assert_true(csv("id,day,note\r\na,2026-09-30,\"x, \"\"y\"\"\nz\"\r\n\r\nb,2026-09-30,\r\n"));
    assert_int_equal(nrows, 2);
    assert_text(rows[0][NOTE].text, "x, \"y\"\nz");
    assert_true(csv("\xEF\xBB\xBFid;day;note\na;2026-09-30;1,2,3,4\n"));
    assert_text(rows[0][NOTE].text, "1,2,3,4");
    assert_true(csv("\"id\"\t\"day\"\na\t2026-09-30"));
    assert_int_equal(nrows, 1);
    assert_true(csv("id,day\n"));
    assert_true(csv("id,day"));
    assert_int_equal(nrows, 0);
    assert_true(csv(" day ,id, x ,twice\n2026-09-30,a,1,2"));
    assert_true(csv("id,day,note\na,2026-09-30,\"\"\n"));
    assert_int_equal(rows[0][NOTE].type, BF_NULL);
    struct bf_decode_setup s = preset(BF_PUSH_CSV);
    s.delimiter = '|';
    assert_true(run(&s, BF_STR("id|day|note\na|2026-09-30|;,\n"), 0));
    assert_text(rows[0][NOTE].text, ";,");
}

static void tables_with_mistakes(void **state)
{
    (void)state;
    assert_false(csv(""));
    assert_int_equal(err.code, BF_E_BODY);
    assert_false(csv("id,day,note\na,2026-09-30,\"x\n"));
    assert_int_equal(err.code, BF_E_BODY);
    assert_non_null(strstr(err.message, "line 2"));
    assert_false(csv("id,day,nota,_x\na,2026-09-30,1,2\n"));
    assert_int_equal(err.code, BF_E_ROWS);
    assert_int_equal(bf_decode_faults(decode)->total, 2);
    assert_int_equal(fault(0)->record, 0);
    assert_int_equal(fault(0)->line, 1);
    assert_non_null(strstr(fault(0)->reason.p, "\"note\""));
    assert_false(csv("id,note\na,b\n"));
    assert_text(fault(0)->field, "day");
    assert_false(csv("id,day,dispo,libre\n"));
    assert_text(fault(0)->field, "libre");
    assert_false(csv("id,day,note\na,2026-09-30\nb,2026-09-30,\"x\"y,\nc,2026-09-30,x\"y\n"
                     "d,2026-09-30,1,2\ne,2026-09-30,ok\n"));
    assert_int_equal(bf_decode_faults(decode)->total, 4);
    assert_int_equal(bf_decode_records(decode), 5);
    assert_text(fault(0)->reason, "3 cells are expected, as in the header, not 2");
    assert_int_equal(fault(1)->line, 3);
    assert_non_null(strstr(fault(1)->reason.p, "closing quote"));
    assert_non_null(strstr(fault(2)->reason.p, "does not start with one"));
    assert_false(csv("id,day,note\na,2026-09-30,a\nb,2026-09-30,\"\n\n\"\na,2026-09-30,c\n"));
    assert_int_equal(fault(0)->line, 6);
    assert_text(fault(0)->reason, "the same key as in record 1");
}

static void deletes_need_keys_only(void **state)
{
    (void)state;
    struct bf_decode_setup s = preset(BF_PUSH_JSON);
    s.keys_only = true;
    assert_true(
        run(&s, BF_STR("[{\"id\":\"a\",\"day\":\"2026-09-30\",\"dispo\":\"?\",\"u\":1}]"), 0));
    assert_int_equal(nrows, 1);
    assert_false(run(&s, BF_STR("[{\"id\":\"a\"}]"), 0));
    s.format = BF_PUSH_CSV;
    assert_true(run(&s, BF_STR("id,day,dispo,u\na,2026-09-30,?,\n"), 0));
}

static void limits_hold(void **state)
{
    (void)state;
    struct bf_decode_setup s = preset(BF_PUSH_JSON);
    s.record_max = 48;
    static const char long_record[] =
        "[{\"id\":\"a\",\"day\":\"2026-09-30\"},{\"id\":\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\","
        "\"day\":\"2026-09-30\"}]";
    for (size_t piece = 0; piece < 80; piece++) {
        assert_false(run(&s, bf_str_of(long_record), piece));
        assert_int_equal(err.code, BF_E_TOO_LARGE);
        assert_int_equal(nrows, 1);
    }
    s.format = BF_PUSH_LINES;
    assert_false(run(&s, (struct bf_str){long_record + 1, 90}, 0));
    assert_int_equal(err.code, BF_E_TOO_LARGE);
    s.format = BF_PUSH_CSV;
    assert_false(
        run(&s,
            BF_STR("id,day\nbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
                   "bbbbbbbbbbbbb,2026-09-30\n"),
            0));
    assert_int_equal(err.code, BF_E_TOO_LARGE);
    struct bf_buf b;
    bf_buf_init(&b, 8u << 20);
    bf_buf_text(&b, "[{\"id\":\"a\",\"day\":\"2026-09-30\",\"more\":[");
    for (int i = 0; i < 200000; i++)
        bf_buf_text(&b, "{},");
    s = preset(BF_PUSH_JSON);
    assert_false(run(&s, bf_buf_view(&b), 4096));
    assert_int_equal(err.code, BF_E_TOO_LARGE);
    bf_buf_clear(&b);
    for (int i = 0; i < 1200; i++)
        bf_buf_text(&b, "id,");
    s.format = BF_PUSH_CSV;
    assert_false(run(&s, bf_buf_view(&b), 100));
    assert_int_equal(err.code, BF_E_TOO_LARGE);
    bf_buf_fini(&b);
}

static void the_taker_may_stop(void **state)
{
    (void)state;
    struct bf_decode_setup s = preset(BF_PUSH_JSON);
    fail_at = 2;
    assert_false(run(&s,
                     BF_STR("[{\"id\":\"a\",\"day\":\"2026-09-30\"},"
                            "{\"id\":\"b\",\"day\":\"2026-09-30\"}]"),
                     0));
    fail_at = 0;
    assert_int_equal(err.code, BF_E_UNAVAILABLE);
}

static void many_keys_are_told_apart(void **state)
{
    (void)state;
    struct bf_buf b;
    bf_buf_init(&b, 8u << 20);
    bf_buf_text(&b, "id,day\n");
    for (int i = 0; i < 50000; i++)
        bf_buf_printf(&b, "%d,2026-09-30\n", i);
    bf_buf_text(&b, "49999,2026-09-30\n");
    struct bf_decode_setup s = preset(BF_PUSH_CSV);
    assert_false(run(&s, bf_buf_view(&b), 65536));
    assert_int_equal(nrows, 50000);
    assert_int_equal(bf_decode_faults(decode)->total, 1);
    assert_text(fault(0)->reason, "the same key as in record 50000");
    bf_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_arrays_and_objects),
        cmocka_unit_test(json_that_cannot_be_cut),
        cmocka_unit_test(every_bad_record_is_told),
        cmocka_unit_test(only_the_first_faults_are_kept),
        cmocka_unit_test(lines_of_json),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(numbers_and_booleans),
        cmocka_unit_test(dates_and_instants),
        cmocka_unit_test(points_in_every_shape),
        cmocka_unit_test(shapes_and_blobs),
        cmocka_unit_test(texts),
        cmocka_unit_test(names),
        cmocka_unit_test(envelopes_are_unwrapped),
        cmocka_unit_test(tables),
        cmocka_unit_test(tables_with_mistakes),
        cmocka_unit_test(deletes_need_keys_only),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(the_taker_may_stop),
        cmocka_unit_test(many_keys_are_told_apart),
    };
    return cmocka_run_group_tests(tests, setup, close_dataset);
}
