/* text, time, geo, json and log: what scripts repair values with. */
#include "fixture.h"

#include "lua/areas.h"
#include "value/geometry.h"

#include <unistd.h>

static void texts(void **state)
{
    struct fixture *f = *state;
    expect_result(f,
                  "'|' .. text.trim('\\u{a0} a  b\\u{202f}\\n') .. '|' .. text.trim('  ') .. '|'",
                  "|a  b||");
    expect_result(f, "text.squeeze('  ROGER \\u{a0} SALENGRO ')", "ROGER SALENGRO");
    expect_result(f, "text.lower('ÉTÉ ŒUVRE ŸŽ ΑΣ БЁ ẞ')", "été œuvre ÿž ασ бё ß");
    expect_result(f, "text.upper('été œuvre ÿž ας бё ß')", "ÉTÉ ŒUVRE ŸŽ ΑΣ БЁ ß");
    expect_result(f, "text.title('MAIRIE DE MONS-EN-BARŒUL (l\\'église)')",
                  "Mairie De Mons-En-Barœul (L'Église)");
    expect_result(f, "text.fold('Mons-en-Barœul, Hôtel È\\u{301} Łódź ß')",
                  "mons-en-baroeul, hotel e lodz ss");
    expect_result(f, "text.slug('  Mons en  Barœul / N° 5 ')", "mons-en-baroeul-n-5");
    expect_result(f, "text.slug('№') .. '|'", "|");
    expect_result(f, "table.concat(text.split('a;;b;', ';'), '|') .. #text.split('', ';')",
                  "a||b|1");
    expect_result(f, "text.replace('a.b.c', '.', '%1')", "a%1b%1c");
    expect_result(f,
                  "tostring(text.starts('abc', 'ab')) .. tostring(text.ends('abc', 'bc')) .. "
                  "tostring(text.contains('abc', 'x')) .. tostring(text.contains('a', ''))",
                  "truetruefalsetrue");
    expect_result(f,
                  "text.len('été') .. text.sub('été', 2, 2) .. text.sub('été', -1) .. "
                  "text.sub('été', 0) .. text.sub('été', 3, 2) .. text.sub('été', -9, -9)",
                  "3téété");
    expect_result(f, "tostring(text.valid('é')) .. tostring(text.valid('\\xff'))", "truefalse");
    expect_result(f, "text.digest('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a3");
    expect_failure(f, "text.lower('\\xff')", "the text is no UTF-8");
    expect_failure(f, "text.lower(nil)", "bad argument #1 to 'lower'");
    expect_failure(f, "text.split('a', '')", "is not to be empty");
    expect_failure(f, "text.replace('a', '', 'b')", "is not to be empty");
}

/* Every letter keeps its form through its other case and back, but those that have none. */
static void letters_come_back(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(
        run(f, "function on_record(row)\n"
               "  local bad = {}\n"
               "  for c = 65, 0x1EFF do\n"
               "    if c < 0xD800 or c > 0xDFFF then\n"
               "      local s = utf8.char(c)\n"
               "      local up = text.upper(s)\n"
               "      if up ~= s and text.lower(up) ~= s then bad[#bad + 1] = s end\n"
               "      if up ~= s and text.upper(up) ~= up then bad[#bad + 1] = s end\n"
               "      local low = text.lower(s)\n"
               "      if low ~= s and text.lower(low) ~= low then bad[#bad + 1] = s end\n"
               "      text.fold(s)\n"
               "    end\n"
               "  end\n"
               "  row.out = table.concat(bad, ' ')\n"
               "end"),
        "ς");
}

static void numbers_in_texts(void **state)
{
    struct fixture *f = *state;
    expect_result(f, "text.number(' 1\\u{202f}234,5 ')", "1234.5");
    expect_result(f, "text.number('1.234.567,25') .. ' ' .. text.number('1,234,567.25')",
                  "1234567.25 1234567.25");
    expect_result(
        f, "text.number('1 234') .. ' ' .. text.number(\"1'234\") .. ' ' .. text.number('-5')",
        "1234 1234 -5");
    expect_result(f, "text.number('+5') .. text.number('1.234.567') .. text.number('0,5')",
                  "512345670.5");
    expect_result(f, "text.number(5) .. tostring(text.number(nil)) .. math.type(text.number('5'))",
                  "5nilinteger");
    const char *none[] = {"",
                          " ",
                          "abc",
                          "5 km",
                          "1e5",
                          "0x10",
                          "--5",
                          "5-",
                          ",",
                          ".",
                          "-",
                          "12 %",
                          "NaN",
                          "1234567890123456789012345678901234567890"
                          "1234567890123456789012345678901234567890"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        char expression[128];
        snprintf(expression, sizeof expression, "text.number('%s')", none[i]);
        expect_result(f, expression, "nil");
    }
}

static void instants(void **state)
{
    struct fixture *f = *state;
    expect_result(f, "time.parse('2025-10-24T11:49:09.362Z')", "1761306549362000");
    expect_result(f, "time.parse('2025-10-24T13:49:09.362+02:00')", "1761306549362000");
    expect_result(f, "time.parse(' 2025-10-24 13:49:09.362 ', 'Europe/Paris')", "1761306549362000");
    expect_result(f, "time.parse('24/10/2025')", "nil");
    expect_result(f, "time.parse('')", "nil");
    expect_result(f, "time.format(1761306549362000)", "2025-10-24T11:49:09.362000+00:00");
    expect_result(f, "time.format(1761306549000000, 'Europe/Paris')", "2025-10-24T13:49:09+02:00");
    expect_result(f, "time.date('2025-10-24') .. ' ' .. time.format_date(20385)",
                  "20385 2025-10-24");
    expect_result(f, "time.date(-1) .. ' ' .. time.date(0) .. ' ' .. time.date(-86400000000)",
                  "-1 0 -1");
    expect_result(
        f, "time.date(1761343200000000) .. ' ' .. time.date(1761343200000000, 'Europe/Paris')",
        "20385 20386");
    expect_result(f, "tostring(time.date('no')) .. time.seconds(1.5) .. time.seconds(-1)",
                  "nil1500000-1000000");
    expect_result(
        f,
        "(function() local p = time.parts(time.parse('2025-10-26T02:30', 'Europe/Paris'), "
        "'Europe/Paris') return table.concat({p.year, p.month, p.day, p.hour, p.minute, "
        "p.second, p.microsecond, p.weekday, p.yearday, p.offset}, ' ') end)()",
        "2025 10 26 2 30 0 0 7 299 7200");
    expect_result(f,
                  "time.parts(time.parse('1969-12-31T23:59:59.999999Z')).second .. "
                  "time.date_parts(0).weekday .. time.date_parts(-1).weekday",
                  "5943");
    expect_failure(f, "time.parse('2025', 'Mars/Phobos')", "there is no time zone 'Mars/Phobos'");
    expect_failure(f, "time.format(math.maxinteger)", "an instant is within the years 1 to 9999");
    expect_failure(f, "time.seconds(1e300)", "seconds since 1970");
    expect_failure(f, "time.seconds(0/0)", "seconds since 1970");
    expect_failure(f, "time.format_date(1e9)", "a date is within the years 1 to 9999");
    expect_failure(f, "return now()", "there is no 'now'");
}

#define WALL(text, more)                                                   \
    "(function() local t, doubt = time.wall(" text ", 'Europe/Paris'" more \
    ") return time.format(t) "                                             \
    ".. ' ' .. tostring(doubt) end)()"

/* A source that stamps the clock of Paris with Z, through both changes. */
static void wall_clocks(void **state)
{
    struct fixture *f = *state;
    expect_result(f, WALL("'2025-10-24T11:49:09.362Z'", ""),
                  "2025-10-24T09:49:09.362000+00:00 nil");
    expect_result(f, WALL("'2025-12-24T11:49:09Z'", ""), "2025-12-24T10:49:09+00:00 nil");
    expect_result(f, WALL("'2025-10-26T01:59:59Z'", ""), "2025-10-25T23:59:59+00:00 nil");
    expect_result(f, WALL("'2025-10-26T02:30:00Z'", ""), "2025-10-26T00:30:00+00:00 twice");
    expect_result(f, WALL("'2025-10-26T02:30:00Z'", ", 'second'"),
                  "2025-10-26T01:30:00+00:00 twice");
    expect_result(f, WALL("'2025-10-26T02:30:00Z'", ", time.parse('2025-10-26T01:31Z')"),
                  "2025-10-26T01:30:00+00:00 twice");
    expect_result(f, WALL("'2025-10-26T02:30:00Z'", ", time.parse('2025-10-26T00:31Z')"),
                  "2025-10-26T00:30:00+00:00 twice");
    expect_result(f, WALL("'2025-10-26T03:00:00Z'", ""), "2025-10-26T02:00:00+00:00 nil");
    expect_result(f, WALL("'2025-03-30T02:30:00Z'", ""), "2025-03-30T01:30:00+00:00 never");
    expect_result(f, WALL("'2025-03-30T03:00:00Z'", ""), "2025-03-30T01:00:00+00:00 nil");
    expect_result(f, WALL("time.parse('2025-10-24T11:49:09Z')", ""),
                  "2025-10-24T09:49:09+00:00 nil");
    expect_result(f, "time.wall('no', 'Europe/Paris')", "nil");
    expect_failure(f, "time.wall('2025')", "time.wall needs a zone");
    expect_failure(f, "time.wall('2025', 'Europe/Paris', 'third')",
                   "\"first\", \"second\" or an instant");
}

/* ---- geo ----------------------------------------------------------------------------------- */

static struct bf_str ewkb(struct fixture *f, const char *wkt)
{
    struct bf_geometry g;
    const char *reason;
    if (!bf_geometry_read(f->arena, bf_str_of(wkt), 1000, &g, &reason))
        fail_msg("%s: %s", wkt, reason);
    return g.ewkb;
}

static void distances_and_polygons(void **state)
{
    struct fixture *f = *state;
    expect_result(f, "string.format('%.1f', geo.distance(3.06, 50.63, 3.07, 50.63))", "705.3");
    expect_result(f, "geo.distance({lon = 3, lat = 50}, {lon = 3, lat = 50})", "0.0");
    expect_result(f, "string.format('%.0f', geo.distance(0, 90, {lon = 0, lat = -90}))",
                  "20015114");
    expect_result(f, "geo.inside(0.5, 0.5, {{0, 0}, {1, 0}, {1, 1}, {0, 1}})", "true");
    expect_result(f, "geo.inside({lon = 1.5, lat = 0.5}, {{lon = 0, lat = 0}, {1, 0}, {1, 1}})",
                  "false");
    expect_failure(f, "geo.distance(200, 0, 0, 0)", "200.0 is no longitude: -180 to 180 degrees");
    expect_failure(f, "geo.distance(0, 0/0, 0, 0)", "is no latitude");
    expect_failure(f, "geo.distance({}, 0, 0)", "a point is a longitude and a latitude");
    expect_failure(f, "geo.inside(0, 0, {{0, 0}})", "a polygon has three points at least");
    expect_failure(f, "geo.inside(0, 0, {1, 2, 3})", "");
}

static void areas_are_found(void **state)
{
    struct fixture *f = *state;
    struct bf_err err;
    bf_err_clear(&err);
    const struct bf_raw_member lille[] = {{BF_STR("nom"), BF_RAW_TEXT, BF_STR("Lille")},
                                          {BF_STR("insee"), BF_RAW_TEXT, BF_STR("59350")},
                                          {BF_STR("pop"), BF_RAW_NUMBER, BF_STR("238542")},
                                          {BF_STR("ville"), BF_RAW_TRUE, BF_STR("true")},
                                          {BF_STR("maire"), BF_RAW_NULL, BF_STR("null")}};
    const struct bf_raw_member lomme[] = {{BF_STR("nom"), BF_RAW_TEXT, BF_STR("Lomme")}};
    const struct bf_area all[] = {
        {ewkb(f,
              "POLYGON((3 50,4 50,4 51,3 51,3 50),(3.4 50.4,3.6 50.4,3.6 50.6,3.4 50.6,3.4 50.4))"),
         {lille, 5}},
        {ewkb(f, "MULTIPOLYGON(((3.4 50.4,3.6 50.4,3.6 50.6,3.4 50.6,3.4 50.4)),((5 50,6 50,6 51,5 "
                 "50)))"),
         {lomme, 1}}};
    const struct bf_layer layers[] = {{BF_STR("communes"), all, 2}, {BF_STR("nothing"), NULL, 0}};
    f->source.areas = bf_areas_new(f->arena, layers, 2, &err);
    assert_non_null(f->source.areas);
    expect_result(f, "geo.area('communes', 3.1, 50.1).nom", "Lille");
    expect_result(f, "geo.area('communes', {lon = 3.5, lat = 50.5}).nom", "Lomme");
    expect_result(f, "geo.area('communes', 5.9, 50.5).nom", "Lomme");
    expect_result(f, "geo.area('communes', 7, 50.5)", "nil");
    expect_result(f, "geo.area('nothing', 7, 50.5)", "nil");
    expect_result(f,
                  "(function() local a = geo.area('communes', 3.1, 50.1) return a.pop + 1 .. "
                  "tostring(a.ville) .. tostring(a.maire) .. a.insee end)()",
                  "238543truenil59350");
    expect_failure(f, "geo.area('communes', 3.1, 50.1).nom = 'x'", "this table is read-only");
    expect_failure(f, "geo.area('quartiers', 3.1, 50.1)", "there are no areas 'quartiers' here");
    f->source.areas = NULL;
    expect_failure(f, "geo.area('communes', 3.1, 50.1)",
                   "there are no areas 'communes' here: on_ingest has those that the manifest "
                   "names, on_record and on_request have none");
}

static void wrong_areas_are_refused(void **state)
{
    struct fixture *f = *state;
    struct bf_err err;
    bf_err_clear(&err);
    struct bf_area one = {ewkb(f, "POINT(3 50)"), {NULL, 0}};
    struct bf_layer layers[] = {{BF_STR("a"), &one, 1}, {BF_STR("a"), NULL, 0}};
    assert_null(bf_areas_new(f->arena, layers, 1, &err));
    assert_non_null(strstr(err.message, "area 1 of the layer \"a\" is no polygon"));
    one.shape = ewkb(f, "POLYGON((3 50,4 50,4 51,3 50))");
    for (size_t n = one.shape.n; one.shape.n-- > 0; assert_true(n > 0)) {
        bf_err_clear(&err);
        assert_null(bf_areas_new(f->arena, layers, 1, &err)); /* cut anywhere */
    }
    layers[0] = (struct bf_layer){BF_STR("a"), NULL, 0};
    bf_err_clear(&err);
    assert_null(bf_areas_new(f->arena, layers, 2, &err));
    assert_non_null(strstr(err.message, "The layer \"a\" has no name, or that of another."));
}

/* ---- json, log ----------------------------------------------------------------------------- */

static void json(void **state)
{
    struct fixture *f = *state;
    expect_result(f,
                  "json.read('{\"a\": [1, 2]}').a[2] .. tostring(json.read('[1')) .. "
                  "tostring(json.read('null'))",
                  "2nilnil");
    expect_result(f, "json.write({b = 1, a = {true, 'é'}}) .. json.write('x') .. json.write(nil)",
                  "{\"a\": [true, \"é\"], \"b\": 1}\"x\"null");
    expect_failure(f, "json.write(tostring)", "the value of json.write is a function");
}

struct lines {
    char all[1000];
};

static void keep_line(void *self, enum bf_level level, struct bf_str text)
{
    struct lines *l = self;
    size_t n = strlen(l->all);
    snprintf(l->all + n, sizeof l->all - n, "%d %.*s|", (int)level, BF_STR_ARG(text));
}

static void lines_are_logged(void **state)
{
    struct fixture *f = *state;
    static struct lines lines;
    f->source.log = (struct bf_lua_log){keep_line, &lines};
    run(f, "function on_record() log.debug('a') log.info('b') log.warning('c') log.error(5) end");
    assert_string_equal(lines.all, "0 a|1 b|2 c|3 5|");
    expect_failure(f, "log.info(('x'):rep(1001))",
                   "a line of the log is a text of at most 1000 bytes");
    expect_failure(f, "log.info('\\xff')", "a line of the log");
    expect_failure(f, "log.info()", "bad argument #1 to 'info'");
    f->source.log = (struct bf_lua_log){NULL, NULL};
}

/* Without a host that takes them, the server's own log does, and is not filled. */
static void a_script_does_not_fill_the_log(void **state)
{
    struct fixture *f = *state;
    static char said[1 << 17];
    FILE *file = tmpfile();
    assert_non_null(file);
    int saved = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    bool opened =
        fixture_open(f, "function on_record() for i = 1, 500 do log.error('row') end end");
    enum bf_rc rc = opened ? run_row(f) : BF_FAIL;
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    fclose(file);
    assert_int_equal(rc, BF_OK);
    int n = 0;
    for (const char *p = said; (p = strstr(p, "lua.log")) != NULL; p++)
        n++;
    assert_int_equal(n, BF_LUA_LINES + 1);
    assert_non_null(strstr(said, "[more lines of this minute are left out]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(letters_come_back, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(numbers_in_texts, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(instants, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(wall_clocks, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(distances_and_polygons, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(areas_are_found, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(wrong_areas_are_refused, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(json, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(lines_are_logged, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_script_does_not_fill_the_log, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
