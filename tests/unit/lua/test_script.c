/* A script is opened, called, and stopped; what it may not do has a clear message. */
#include "fixture.h"

static void expect_refused(struct fixture *f, const char *text, int line, const char *part)
{
    if (fixture_open(f, text))
        fail_msg("%s: was opened", text);
    if (!strstr(f->fault.message, part) || f->fault.line != line)
        fail_msg("%s: line %d: \"%s\"", text, f->fault.line, f->fault.message);
}

static void a_script_is_called(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(run(f, "function on_record(row) row.out = 'hello' end"), "hello");
    assert_true(bf_lua_script_has(f->script, BF_LUA_ON_RECORD));
    assert_false(bf_lua_script_has(f->script, BF_LUA_ON_REQUEST));
    assert_false(bf_lua_script_has(f->script, BF_LUA_ON_INGEST));
    assert_null(bf_lua_handler_abi(f->handler)->rewrite);
    assert_null(bf_lua_script_fields(f->script)[0].name);
}

static void it_says_what_is_wrong_with_a_text(void **state)
{
    struct fixture *f = *state;
    expect_refused(f, "", 0, "defines none of on_request");
    expect_refused(f, "x = 1", 0, "defines none of on_request");
    expect_refused(f, "function on_record(row)\n  row.x = = 1\nend", 2,
                   "essai/hook.lua:2: unexpected symbol near '='");
    expect_refused(f, "function on_record(row)", 1, "'end' expected");
    expect_refused(f, "\x1bLua", 0, "compiled Lua");
    expect_refused(f, "-- \xff\nfunction on_record() end", 0, "no UTF-8");
    expect_refused(f, "function on_recrod(row) end", 0, "there is no hook 'on_recrod'");
    expect_refused(f, "on_record = 5", 0, "on_record is a whole number; write function on_record");
    expect_refused(f, "on_record = tostring", 0, "on_record is a function");
    expect_refused(f, "local x\nx.y = 1", 2, "attempt to index a nil value (local 'x')");
    expect_refused(f, "error('no')", 1, "essai/hook.lua:1: no (the top level of essai)");
    expect_refused(f, "error({})", 1, "error was called with a table");
    expect_refused(f, "string = nil", 1, "'string' belongs to the library");
    expect_refused(f, "print('x')", 1, "there is no 'print'");
    f->source.text = (struct bf_str){"function on_record() end\0", 25};
    assert_null(bf_lua_script_open(&f->source, &f->fault));
    assert_non_null(strstr(f->fault.message, "holds a NUL"));
}

static void it_reads_the_fields_of_a_script(void **state)
{
    struct fixture *f = *state;
    assert_true(fixture_open(f, "fields = {{name = 'extra', type = 'double', label = 'Extra', "
                                "unit = '%'}, {name = 'b2', type = 'boolean'}}\n"
                                "function on_record(row) row.extra = 1 end"));
    const struct bf_field *fields = bf_lua_script_fields(f->script);
    assert_string_equal(fields[0].name, "extra");
    assert_int_equal(fields[0].type, BF_DOUBLE);
    assert_string_equal(fields[0].label, "Extra");
    assert_string_equal(fields[0].unit, "%");
    assert_string_equal(fields[1].name, "b2");
    assert_int_equal(fields[1].type, BF_BOOL);
    assert_null(fields[1].label);
    assert_null(fields[2].name);
    assert_ptr_equal(bf_lua_handler_abi(f->handler)->adds, fields);
}

static void it_says_what_is_wrong_with_fields(void **state)
{
    struct fixture *f = *state;
#define FIELDS(list) "fields = " list " function on_record() end"
    expect_refused(f, FIELDS("5"), 0, "fields is a whole number; write fields = {{name");
    expect_refused(f, FIELDS("{}"), 0, "fields lists nothing");
    expect_refused(f, FIELDS("{5}"), 0, "fields[1] is a whole number; write {name");
    expect_refused(f, FIELDS("{{name = 'A', type = 'int'}}"), 0,
                   "fields[1].name is 'A'; lower case");
    expect_refused(f, FIELDS("{{type = 'int'}}"), 0, "fields[1].name is ''");
    expect_refused(f, FIELDS("{{name = 'a', type = 'float'}}"), 0,
                   "fields[1].type is 'float'; one of");
    expect_refused(f, FIELDS("{{name = 'a', type = 'geo_shape'}}"), 0, "type is 'geo_shape'");
    expect_refused(f, FIELDS("{{name = 'a'}}"), 0, "fields[1].type is ''");
    expect_refused(f, FIELDS("{{name = 'a', type = 5}}"), 0, "fields[1].type is a whole number");
    expect_refused(f, FIELDS("{{name = 'a', typ = 'int'}}"), 0, "fields[1] has 'typ'; a field has");
    expect_refused(f, FIELDS("{{name = 'a', type = 'int'}, {name = 'a', type = 'int'}}"), 0,
                   "fields has 'a' twice");
    expect_refused(f, "fields = {{name = 'a', type = 'int'}} function on_request() end", 0,
                   "no on_record that fills them");
}

static void errors_have_their_line(void **state)
{
    struct fixture *f = *state;
    expect_failure(f, "local x = row.n\nlocal y = x + {}", "essai/hook.lua:3: attempt to perform");
    expect_failure(f, "error('my word')", "essai/hook.lua:2: my word (on_record of essai)");
    expect_failure(f, "error()", "essai/hook.lua:2: error was called with nothing (nil); give it");
    expect_failure(f, "error({code = 5})", "error was called with a table");
    expect_failure(f, "assert(false)", "essai/hook.lua:2: an assertion does not hold");
    expect_failure(f, "assert(nil, 'it is not so')", "it is not so");
    expect_failure(f, "string.rep()", "essai/hook.lua:2: bad argument #1 to 'rep'");
    expect_failure(f, "return 5", "returned a whole number; it returns nothing, or false");
    expect_failure(f, "error('line\\nand \\xff\\1')", "line and ??");
    assert_int_equal(bf_lua_handler_why(f->handler)->line, 2);
}

static void nothing_is_kept_between_rows(void **state)
{
    struct fixture *f = *state;
    expect_failure(f, "total = 1", "'total' is assigned as a global; write local total");
    expect_failure(f, "row.out = totla", "there is no 'totla'");
    expect_failure(f, "math.pi = 3", "this table is read-only");
    expect_failure(f, "string.upper = 3", "this table is read-only");
    expect_failure(f, "('').upper = 3", "attempt to index a string value");
    expect_failure(f, "_ENV.x = 3", "'x' is assigned as a global");
    expect_failure(f, "table.insert(string, 1)", "this table is read-only");
    expect_failure(f, "table.sort(math)", "this table is read-only");

    const char *texts[] = {
        "local n = 0 function on_record(row) n = n + 1 row.out = tostring(n) end",
        "local a, n = 1, 0 local function f() n = n + 1 return n end\n"
        "function on_record(row) row.out = tostring(f()) end",
        "local function f() return 1 end function on_record(row)\n"
        "row.out = tostring(f()) function f() return 2 end end",
        "local t = {} function on_record(row) row.out = 'x' t = {} end",
        "local x\nn = 2\nfunction on_record(row) x = row end"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_true(fixture_open(f, texts[i]));
        assert_int_equal(run_row(f), BF_FAIL);
        if (!strstr(why(f), "of the top level; nothing is kept"))
            fail_msg("%s: %s", texts[i], why(f));
        assert_string_equal(out(f), "(null)");
        assert_int_equal(run_row(f), BF_FAIL); /* and has its value again */
    }
    const char *frozen[] = {"local t = {} function on_record(row) t.x = 1 end",
                            "local t = {{}} function on_record(row) t[1].x = 1 end",
                            "local t = {1} function on_record(row) t[1] = 2 end",
                            "local t = {1} function on_record(row) table.insert(t, 2) end",
                            "local t = {1} function on_record(row) table.remove(t) end",
                            "t = {1} function on_record(row) t[1] = 2 end",
                            "t = {a = {b = {}}} function on_record(row)\n"
                            "for k, v in pairs(t) do v.b.x = 1 end end",
                            "local t = {} local f = function() return t end\n"
                            "local u = {f = f} function on_record(row) u.f().x = 1 end",
                            "t = {1} function on_record(row) local f, s = pairs(t) s[1] = 2 end",
                            "t = {1} function on_record(row) local f, s = ipairs(t) s[1] = 2 end"};
    for (size_t i = 0; i < sizeof frozen / sizeof *frozen; i++) {
        assert_true(fixture_open(f, frozen[i]));
        assert_int_equal(run_row(f), BF_FAIL);
        if (!strstr(why(f), "this table is read-only"))
            fail_msg("%s: %s", frozen[i], why(f));
    }
    expect_refused(f, "local it = ('a'):gmatch('.') function on_record() it() end", 0,
                   "string.gmatch gives cannot be kept");
    expect_refused(f, "local t = {[{}] = 1} function on_record() t.x = 1 end", 0, "as a key");
    /* A row that was kept is gone. */
    assert_true(fixture_open(f, "function on_record(row) local r = row row.out = r.id end"));
}

static void frozen_tables_read_like_tables(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(run(f, "local t = {3, 1, 2, sub = {x = 'y'}}\n"
                               "function on_record(row)\n"
                               "  local n = 0\n"
                               "  for i, v in ipairs(t) do n = n + i * v end\n"
                               "  for k, v in pairs(t) do n = n + 100 end\n"
                               "  row.out = n .. ' ' .. #t .. t.sub.x .. table.concat(t, ',')\n"
                               "    .. ' ' .. table.unpack(t) .. ' ' .. tostring(next({}))\n"
                               "end"),
                        "411 3y3,1,2 3 nil");
    assert_string_equal(run(f, "local nan = 0/0 nan = nan\nlocal n = 5\n"
                               "function on_record(row) row.out = tostring(nan ~= nan) .. n end"),
                        "true5");
}

static void time_is_over(void **state)
{
    struct fixture *f = *state;
    expect_failure(f, "while true do end",
                   "essai/hook.lua:2: on_record of essai takes longer than");
    assert_int_equal(bf_lua_handler_why(f->handler)->rc, BF_LUA_TIME);
    expect_refused(f, "while true do end", 1, "the top level of essai takes longer");
    assert_int_equal(f->fault.rc, BF_LUA_TIME);
    assert_string_equal(run(f, "function on_record(row) row.out = 'works' end"), "works");
}

static void a_request_has_a_time_of_its_own(void **state)
{
    struct fixture *f = *state;
    int rows = 0;
    f->source.time_us = 1000000;
    assert_true(fixture_open(f, "function on_record(row) for i = 1, 3000000 do end end"));
    while (run_row(f) == BF_OK)
        assert_true(++rows < 100000);
    assert_non_null(strstr(why(f), "takes more than 300 ms of one request and 100 us of each row"));
    assert_int_equal(bf_lua_handler_abi(f->handler)->finish(NULL, bf_lua_handler_self(f->handler)),
                     BF_OK);
    assert_null(bf_lua_handler_why(f->handler));
    assert_int_equal(run_row(f), BF_OK);
    f->source.time_us = 0;
}

static void memory_is_over(void **state)
{
    struct fixture *f = *state;
    expect_failure(f, "local t = {} for i = 1, 1e9 do t[i] = {} end",
                   "hook.lua:2: on_record of essai needs more memory than it may: 8192 KiB in all");
    assert_int_equal(bf_lua_handler_why(f->handler)->rc, BF_LUA_SPACE);
    assert_true(bf_lua_script_use(f->script).peak <= BF_LUA_MEMORY);
    assert_int_equal(run_row(f), BF_FAIL);
    expect_failure(f, "local s = 'x' while true do s = s .. s end", "1024 KiB for one text");
    expect_failure(f, "local function f() return 1 + f() end f()", "or recursion");
    f->source.memory = 1000;
    assert_false(fixture_open(f, "function on_record() end"));
    assert_int_equal(f->fault.rc, BF_LUA_SPACE);
    f->source.memory = 0;
}

/* Whichever allocation is refused, the script is refused or works. */
static void no_memory_anywhere(void **state)
{
    struct fixture *f = *state;
    bool works = false;
    for (size_t limit = 5000; !works; limit += 100) {
        assert_true(limit < 200000);
        f->source.memory = limit;
        works = fixture_open(f, "local t = {{1}} function on_record(row)\n"
                                "row.out = 'a' .. t[1][1] .. string.rep('x', 1000) end");
        works = works && run_row(f) == BF_OK;
    }
    f->source.memory = 0;
}

static void lines_are_counted(void **state)
{
    struct fixture *f = *state;
    f->source.cover = true;
    assert_true(fixture_open(f, "local function never()\n  return 1\nend\n"
                                "function on_record(row)\n  row.out = 'x'\n\n  if row.n then\n"
                                "    never()\n  end\nend"));
    run_row(f);
    run_row(f);
    assert_int_equal(bf_lua_script_line_runs(f->script, 5), 2);
    assert_int_equal(bf_lua_script_line_runs(f->script, 6), -1);
    assert_int_equal(bf_lua_script_line_runs(f->script, 7), 2);
    assert_int_equal(bf_lua_script_line_runs(f->script, 8), 0);
    assert_int_equal(bf_lua_script_line_runs(f->script, 2), 0);
    assert_int_equal(bf_lua_script_line_runs(f->script, 4711), -1);
    assert_int_equal(bf_lua_script_line_runs(f->script, -1), -1);
    f->source.cover = false;
}

static void words_are_found(void **state)
{
    struct fixture *f = *state;
    assert_true(fixture_open(f, "-- commented\n--[[ commented too ]] --[==[ ]] ]==]\n"
                                "function on_record(row)\n  local x = row.n + row['d']\n"
                                "  local s = [[b]] .. 'two words' .. \"q\\\"uoted\" .. 0x1F\nend"));
    char all[4096] = " ";
    const char *word;
    for (size_t i = 0; (word = bf_lua_script_word(f->script, i)) != NULL; i++) {
        strncat(all, word, sizeof all - strlen(all) - 1);
        strncat(all, " ", sizeof all - strlen(all) - 1);
    }
    assert_string_equal(all, " function on_record row local x n d s b end ");
    assert_true(f->dataset.asked[column(f, "n")]);
    assert_true(f->dataset.asked[column(f, "d")]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_script_is_called, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(it_says_what_is_wrong_with_a_text, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(it_reads_the_fields_of_a_script, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(it_says_what_is_wrong_with_fields, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(errors_have_their_line, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(nothing_is_kept_between_rows, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(frozen_tables_read_like_tables, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(time_is_over, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_request_has_a_time_of_its_own, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(memory_is_over, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(no_memory_anywhere, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(lines_are_counted, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(words_are_found, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
