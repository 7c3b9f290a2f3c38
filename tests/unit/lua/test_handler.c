/* A script as a handler: rows and queries through the server's own table. */
#include "fixture.h"

#include "query/query.h"
#include "value/instant.h"

#include <math.h>

static int setup(void **state)
{
    fixture_setup(state);
    struct fixture *f = *state;
    put(f, "id", bf_value_text(BF_STR("Éa")));
    put(f, "n", bf_value_int(41));
    put(f, "d", (struct bf_value){.type = BF_DOUBLE, .real = 2.5});
    put(f, "b", (struct bf_value){.type = BF_BOOL, .boolean = true});
    put(f, "day", (struct bf_value){.type = BF_DATE, .date = 20000});
    put(f, "at", (struct bf_value){.type = BF_DATETIME, .instant = 1700000000000001});
    put(f, "place", (struct bf_value){.type = BF_GEO_POINT, .point = {3.0625, 50.625}});
    return 0;
}

static void every_type_is_read(void **state)
{
    struct fixture *f = *state;
    expect_result(f, "row.id .. math.type(row.n) .. row.n .. row.d", "Éainteger412.5");
    expect_result(f, "row.compte", "41"); /* an alias */
    expect_result(f, "row.b", "true");
    expect_result(f, "row.day", "20000");
    expect_result(f, "row.at", "1700000000000001");
    expect_result(f, "row.place.lon .. ' ' .. row.place.lat", "3.0625 50.625");
    expect_result(f, "row.j", "nil");
}

static void a_null_is_nil(void **state)
{
    struct fixture *f = *state;
    const char *names[] = {"id", "n", "d", "b", "day", "at", "place", "j", "out", "extra"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char expression[32];
        put(f, names[i], (struct bf_value){.type = BF_NULL});
        snprintf(expression, sizeof expression, "row.%s", names[i]);
        expect_result(f, expression, "nil");
    }
}

static struct bf_value value_at(struct fixture *f, const char *name, enum bf_type type)
{
    struct bf_cell c = f->cells[column(f, name)];
    return c.n < 0 ? (struct bf_value){.type = BF_NULL} : bf_cell_value(c, type);
}

static void every_type_is_written(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(run(f, "function on_record(row)\n"
                               "  row.n = row.n + 1.0 row.d = 3 row.b = not row.b\n"
                               "  row.day = row.day + 1 row.at = row.at - 1\n"
                               "  row.place = {lon = row.place.lat, lat = row.place.lon}\n"
                               "  row.id = nil row.extra = 0/0\n"
                               "  row.out = row.n .. ' ' .. row.d .. tostring(row.b) .. row.day\n"
                               "    .. ' ' .. row.at .. ' ' .. row.place.lon .. tostring(row.id)\n"
                               "    .. tostring(row.extra)\n"
                               "  row.out = row.out .. '!'\n"
                               "end"),
                        "42 3.0false20001 1700000000000000 50.625nilnil!");
    assert_int_equal(value_at(f, "n", BF_INT).integer, 42);
    assert_true(value_at(f, "d", BF_DOUBLE).real == 3.0);
    assert_false(value_at(f, "b", BF_BOOL).boolean);
    assert_int_equal(value_at(f, "day", BF_DATE).date, 20001);
    assert_int_equal(value_at(f, "at", BF_DATETIME).instant, 1700000000000000);
    assert_int_equal(value_at(f, "id", BF_TEXT).type, BF_NULL);
    assert_int_equal(value_at(f, "extra", BF_DOUBLE).type, BF_NULL);
    double lon, lat;
    assert_true(bf_row_get_point(&f->row, column(f, "place"), &lon, &lat));
    assert_true(lon == 50.625 && lat == 3.0625);
}

static void a_wrong_value_is_an_error(void **state)
{
    struct fixture *f = *state;
    expect_failure(f, "row.n = 'x'",
                   "hook.lua:2: 'n' is of the type int and takes a whole number, "
                   "not a text");
    expect_failure(f, "row.n = 1.5",
                   "'n' takes whole numbers, and 1.5 is none; math.floor cuts it");
    expect_failure(f, "row.n = 2^63", "takes whole numbers");
    expect_failure(f, "row.n = 0/0", "takes whole numbers");
    expect_failure(f, "row.d = '1'", "'d' is of the type double and takes a number, not a text");
    expect_failure(f, "row.b = 1", "takes true or false, not a whole number");
    expect_failure(f, "row.out = 5", "takes a text (tostring makes one), not a whole number");
    expect_failure(f, "row.out = {}", "not a table");
    expect_failure(f, "row.out = ('é'):sub(1, 1)", "the new text of 'out' is no UTF-8");
    expect_failure(f, "row.out = 'a\\0b'", "the new text of 'out' is no UTF-8");
    expect_failure(f, "row.day = 1e9", "1000000000 is not within the years 1 to 9999");
    expect_failure(f, "row.day = '2025-01-01'", "days since 1970-01-01, as time.date gives them");
    expect_failure(f, "row.at = math.maxinteger", "not within the years 1 to 9999");
    expect_failure(f, "row.at = true", "as time.parse gives them, not true or false");
    expect_failure(f, "row.place = 5", "'place' is of the type geo_point_2d and takes {lon");
    expect_failure(f, "row.place = {lat = 1}", "takes {lon");
    expect_failure(f, "row.place = {lon = 181, lat = 0}", "'place' takes degrees");
    expect_failure(f, "row.place = {lon = 0/0, lat = 0}", "'place' takes degrees");
    expect_failure(f, "row.shape = 'x'", "of the type geo_shape, which a script cannot write");
    expect_failure(f, "row.j = '{}'", "of the type json_blob, which a script cannot write");
    expect_failure(f, "row.shap = 'x'", "essai has no field 'shap'");
    expect_failure(f, "return row.nope", "essai has no field 'nope'");
    expect_failure(f, "return row[1]", "a field is named by a text, not by a whole number");
    expect_failure(f, "return row['sh' .. 'ape']", "named by a text that was put together");
    expect_failure(f, "return row.shape", "is a geo_shape; a script cannot read one");
}

static void a_row_is_written_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    expect_failure(f, "row.n = 1 row.out = 'changed' error('late')", "late");
    assert_int_equal(value_at(f, "n", BF_INT).integer, 41);
    assert_string_equal(out(f), "(null)");
    assert_string_equal(run(f, "function on_record(row) row.out = tostring(row.n) end"), "41");
}

static void a_row_can_be_left_out(void **state)
{
    struct fixture *f = *state;
    assert_true(fixture_open(f, "function on_record(row) row.n = 1 return row.d > 100 end"));
    assert_int_equal(run_row(f), BF_SKIP);
    assert_null(bf_lua_handler_why(f->handler));
    assert_int_equal(value_at(f, "n", BF_INT).integer, 41);
    assert_true(fixture_open(f, "function on_record(row) return row.d < 100 end"));
    assert_int_equal(run_row(f), BF_OK);
}

static void a_large_text_can_be_passed_over_not_read(void **state)
{
    struct fixture *f = *state;
    static char large[(1 << 20) + 1];
    memset(large, 'x', sizeof large - 1);
    put(f, "id", bf_value_text(bf_str_of(large)));
    expect_result(f, "row.n", "41");
    expect_failure(f, "row.out = row.id", "the text of 'id' has 1024 KiB; a script can read 1023");
}

/* ---- on_request ---------------------------------------------------------------------------- */

/* What becomes of a query; *printed is its normal form, or the reason. */
static enum bf_rc ask(struct fixture *f, const char *statements, const char **printed)
{
    static char text[4096];
    static struct bf_err err;
    bf_err_clear(&err);
    snprintf(text, sizeof text, "function on_request(query)\n%s\nend", statements);
    if (!fixture_open(f, text))
        fail_msg("%s: %s", text, f->fault.message);
    struct bf_query_text q = {.select = BF_STR("id"),
                              .where = {BF_STR("n > 3")},
                              .wheres = 1,
                              .limit = 10,
                              .zone = bf_zone_utc()};
    struct bf_hook_request hook = {.arena = f->arena, .err = &err, .id = BF_STR("r1")};
    struct bf_req req = {.hook = &hook};
    const struct bf_schema *schema = &f->entry.manifest->schema;
    hook.query = bf_query_parse(f->arena, &q, &err);
    assert_true(hook.query && bf_query_check(hook.query, schema, &err));
    bf_host_enter(BF_HOOK_REWRITE, &f->dataset, &req);
    enum bf_rc rc =
        bf_lua_handler_abi(f->handler)->rewrite(&req, hook.query, bf_lua_handler_self(f->handler));
    bf_host_leave();
    struct bf_buf b;
    bf_buf_init(&b, 1 << 16);
    if (bf_err_is_set(&err))
        bf_buf_printf(&b, "%d %s %s", err.http, err.message, err.detail);
    else if (rc == BF_OK && bf_query_check(hook.query, schema, &err))
        bf_query_print(hook.query, &b);
    *printed = bf_arena_dup(f->arena, bf_buf_view(&b)).p;
    bf_buf_fini(&b);
    return rc;
}

static void expect_asked(struct fixture *f, const char *statements, const char *part)
{
    const char *printed;
    if (ask(f, statements, &printed) != BF_OK || !strstr(printed, part))
        fail_msg("%s: %s; %s", statements, printed, why(f));
}

static void expect_not_asked(struct fixture *f, const char *statements, const char *part)
{
    const char *printed;
    assert_int_equal(ask(f, statements, &printed), BF_FAIL);
    if (!strstr(why(f), part) && !strstr(printed, part))
        fail_msg("%s: %s; %s", statements, printed, why(f));
}

static void a_query_is_narrowed(void **state)
{
    struct fixture *f = *state;
    expect_asked(f, "query:where('id != ?', 'Éa \"?\" b')", "Éa");
    expect_asked(f, "query:where('n > ? and d < ? and b = ?', -5, 2.5, true)", "-5");
    expect_asked(f, "query:where('id = \"?\"')", "?");
    expect_asked(f, "if query:uses('n') and not query:uses('d') then query:where('d = 1') end",
                 "d");
    assert_false(f->dataset.asked[column(f, "d")]);
}

static void a_wrong_condition_fails_the_request(void **state)
{
    struct fixture *f = *state;
    expect_not_asked(f, "query:where('id != != 1')",
                     "the server refuses the condition 'id != != 1'");
    expect_not_asked(f, "query:where('id = ?')", "more ? than values");
    expect_not_asked(f, "query:where('id = 1', 5)", "fewer ? than values");
    expect_not_asked(f, "query:where('id = ?', {})", "value 1 of query:where is a table");
    expect_not_asked(f, "query:where('id = ?', 0/0)", "takes finite numbers");
    expect_not_asked(f, "query:where('id = ?', 'a\\0b')", "UTF-8 texts without NUL");
    expect_not_asked(f, "query.where('id = 1')", "with a colon");
    expect_not_asked(f, "query:uses('nope')", "essai has no field 'nope'");
    expect_not_asked(f, "query:refuse(200, 'x')", "the status is 400, 403, 404, 429, 500 or 503");
    expect_not_asked(f, "query:refuse(418, 'x')", "the status is 400");
    expect_not_asked(f, "query:refuse(403 + (1 << 32), 'x')", "the status is 400");
    expect_not_asked(f, "return false",
                     "on_request of essai returned true or false; it returns nothing");
    expect_not_asked(f, "query.x = 1", "attempt to index");
}

static void a_request_is_refused(void **state)
{
    struct fixture *f = *state;
    const char *printed;
    assert_int_equal(ask(f, "query:refuse(403, 'not %s today')", &printed), BF_FAIL);
    assert_non_null(strstr(printed, "403 not %s today"));
    assert_null(bf_lua_handler_why(f->handler)); /* it is no failure of the script */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_type_is_read, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_null_is_nil, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(every_type_is_written, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_wrong_value_is_an_error, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_row_is_written_whole_or_not_at_all, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_row_can_be_left_out, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_large_text_can_be_passed_over_not_read, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_query_is_narrowed, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_wrong_condition_fails_the_request, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_request_is_refused, setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
