/* Raw records through on_ingest. */
#include "fixture.h"

#include "lua/guard.h"
#include "lua/ingest.h"

static int teardown(void **state)
{
    bf_guard_rest();
    return fixture_teardown(state);
}

static const char *const kinds[] = {"null", "true", "false", "number", "text", "object", "array"};

#define RAW(name, kind, text)                       \
    {                                               \
        {"" name, sizeof(name) - 1}, BF_RAW_##kind, \
        {                                           \
            "" text, sizeof(text) - 1               \
        }                                           \
    }

static const struct bf_raw_member members[] = {
    RAW("nom", TEXT, " ROGER  SALENGRO "),
    RAW("n", NUMBER, "12"),
    RAW("x", NUMBER, "3.1000"),
    RAW("yes", TRUE, "true"),
    RAW("no", FALSE, "false"),
    RAW("nil", NULL, "null"),
    RAW("geo", OBJECT, "{\"lon\": 3.10,  \"lat\": [50.6]}"),
    RAW("list", ARRAY, "[1, \"deux\", null, true]"),
    RAW("huge", NUMBER, "123456789012345678901234567890"),
};

/* What comes out of on_ingest with that body: "name=kind:text; …". */
static const char *pass(struct fixture *f, const char *body)
{
    static char text[1 << 17], result[1 << 17];
    struct bf_raw_record in = {members, sizeof members / sizeof *members}, out;
    snprintf(text, sizeof text, "function on_ingest(record)\n%s\nend", body);
    if (!fixture_open(f, text))
        fail_msg("%s: %s", text, f->fault.message);
    enum bf_lua_rc rc = bf_lua_ingest(f->script, &in, &out, &f->fault);
    size_t n = 0;
    result[0] = '\0';
    for (size_t i = 0; i < out.n && n < sizeof result - 4096; i++)
        n += (size_t)snprintf(result + n, 4096, "%.*s=%s:%.*s; ", BF_STR_ARG(out.members[i].name),
                              kinds[out.members[i].kind], BF_STR_ARG(out.members[i].text));
    if (rc == BF_LUA_OK)
        return result;
    assert_int_equal(out.n, 0);
    snprintf(result, sizeof result, "%s: %s", rc == BF_LUA_DROP ? "dropped" : "failed",
             f->fault.message);
    return result;
}

#define UNTOUCHED                                                                               \
    "nom=text: ROGER  SALENGRO ; n=number:12; x=number:3.1000; yes=true:true; no=false:false; " \
    "nil=null:null; geo=object:{\"lon\": 3.10,  \"lat\": [50.6]}; "                             \
    "list=array:[1, \"deux\", null, true]; huge=number:123456789012345678901234567890; "

static void expect_pass(struct fixture *f, const char *body, const char *part)
{
    const char *result = pass(f, body);
    if (!strstr(result, part))
        fail_msg("%s: \"%s\" is no part of \"%s\"", body, part, result);
}

static void what_is_not_touched_stays(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(pass(f, ""), UNTOUCHED);
    assert_string_equal(pass(f, "local g = record.geo.lat[1] + #record.list"), UNTOUCHED);
    assert_string_equal(pass(f, "record.nothing = nil"), UNTOUCHED);
    assert_string_equal(pass(f, "for k, v in pairs(record) do local x = k end"), UNTOUCHED);
}

static void members_are_read(void **state)
{
    struct fixture *f = *state;
    expect_pass(f, "record.out = math.type(record.n) .. math.type(record.x) .. record.x",
                "out=text:integerfloat3.1; ");
    expect_pass(
        f, "record.out = tostring(record.yes) .. tostring(record.no) .. tostring(record['nil'])",
        "out=text:truefalsenil; ");
    expect_pass(f, "record.out = record.geo.lon .. record.list[2] .. tostring(record.list[3])",
                "out=text:3.1deuxnil; ");
    expect_pass(f, "record.out = tostring(record.absent)", "out=text:nil; ");
    expect_pass(f, "record.out = record.huge", "out=number:1.2345678901234568e+29; ");
    expect_pass(f, "local s = '' for k, v in pairs(record) do s = s .. k .. ' ' end record.out = s",
                "out=text:nom n x yes no geo list huge ; ");
}

static void members_are_written(void **state)
{
    struct fixture *f = *state;
    expect_pass(f, "record.nom = text.squeeze(record.nom)", "nom=text:ROGER SALENGRO; n=");
    expect_pass(f, "record.name, record.nom = record.nom, nil", UNTOUCHED + 28);
    expect_pass(f, "record.name, record.nom = record.nom, nil", "; name=text: ROGER  SALENGRO ; ");
    expect_pass(f, "record.a = 5 record.b = 2.5 record.c = 4 / 2 record.d = true record.e = false",
                "a=number:5; b=number:2.5; c=number:2; d=true:true; e=false:false; ");
    expect_pass(f, "record.geo.lat = 50.6", "geo=object:{\"lat\": 50.6, \"lon\": 3.1}; ");
    expect_pass(f, "record.geo = {3.1, 50.6}", "geo=array:[3.1, 50.6]; ");
    expect_pass(f, "record.list[3] = 'trois'", "list=array:[1, \"deux\", \"trois\", true]; ");
    expect_pass(f, "record.geo = {z = 1, a = {b = {}, q = 'a\"\\n'}}",
                "geo=object:{\"a\": {\"b\": [], \"q\": \"a\\\"\\u000a\"}, \"z\": 1}; ");
    expect_pass(f, "record.x = nil record.x = 'again'", "n=number:12; x=text:again; yes=");
    expect_pass(f, "record.new = 1 record.new = nil record.new = 2", "new=number:2; ");
    expect_pass(f, "for i = 1, 100 do record['m' .. i] = i end",
                "m99=number:99; m100=number:100; ");
    expect_pass(f, "local t = {1} record.a = t t[2] = 5", "a=array:[1, 5]; ");
}

static void records_are_dropped_or_failed(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(pass(f, "record.x = 1 return false"), "dropped: ");
    assert_string_equal(pass(f, "return false, 'no name'"), "dropped: no name");
    assert_string_equal(pass(f, "return true"), UNTOUCHED);
    expect_pass(f, "error('bad record')",
                "failed: essai/hook.lua:2: bad record (on_ingest of essai)");
    expect_pass(f, "return 'x'", "failed: essai/hook.lua: on_ingest of essai returned a text");
    expect_pass(f, "while true do end",
                "failed: essai/hook.lua:2: on_ingest of essai takes longer");
    assert_int_equal(f->fault.rc, BF_LUA_TIME);
}

static void wrong_values_are_errors(void **state)
{
    struct fixture *f = *state;
    expect_pass(f, "record.a = print_ or tostring", "there is no 'print_'");
    expect_pass(f, "record.a = tostring", "hook.lua:2: record.a is a function; a text, a number");
    expect_pass(f, "record.a = record", "record.a is an object of the server");
    expect_pass(f, "record.a = ('é'):sub(1, 1)", "the new text of record.a is no UTF-8");
    expect_pass(f, "record.a = 0/0", "record.a is a number that is none");
    expect_pass(f, "record.a = {1/0}", "record.a is a number that is none");
    expect_pass(f, "record.a = {[1.5] = 1}", "record.a has a number as a key");
    expect_pass(f, "record.a = {[true] = 1}", "record.a has true or false as a key");
    expect_pass(f, "record.a = {1, x = 2}", "record.a has texts and numbers as keys");
    expect_pass(f, "record.a = {[1000] = 2}", "record.a is a list with more holes than elements");
    expect_pass(f, "record.a = {{tostring}}", "record.a is a function");
    expect_pass(f, "local t = {} t[1] = t record.a = t",
                "record.a has more than 32 levels, or holds");
    expect_pass(f, "record[5] = 1", "a member is named by a text, not by a whole number");
    expect_pass(f, "record[''] = 1", "a member's name has 1 to 200 bytes");
    expect_pass(f, "record[('x'):rep(201)] = 1", "a member's name has 1 to 200 bytes");
    expect_pass(f, "record['\\xff'] = 1", "a member's name has 1 to 200 bytes of UTF-8");
    expect_pass(f, "for i = 1, 3000 do record['m' .. i] = i end",
                "a record has at most 2000 members");
}

static void expect_one(struct fixture *f, struct bf_raw_member m, enum bf_lua_rc rc,
                       const char *part)
{
    struct bf_raw_record in = {&m, 1}, out;
    assert_int_equal(bf_lua_ingest(f->script, &in, &out, &f->fault), rc);
    const char *said =
        rc == BF_LUA_OK ? bf_arena_dup(f->arena, out.members[0].text).p : f->fault.message;
    if (!strstr(said, part))
        fail_msg("%.*s: \"%s\" is no part of \"%s\"", BF_STR_ARG(m.text), part, said);
}

static void nested_values_are_read_strictly(void **state)
{
    struct fixture *f = *state;
    assert_true(fixture_open(f, "function on_ingest(record) record.v = json.write(record.v) end"));
    static const struct {
        const char *text, *said;
    } good[] = {{"[]", "[]"},
                {"{\"a\":{\"b\":[1,2.50,-0,1e2]}}", "{\"a\": {\"b\": [1, 2.5, 0, 100]}}"},
                {"[\"\\u00e9\\uD83D\\uDE00\\/\\b\"]", "[\"é😀/\\u0008\"]"},
                {" [ true , false , null , 1 ] ", "[true, false, null, 1]"},
                {"{\"a\":1,\"a\":2}", "{\"a\": 2}"},
                {"[1, null]", "[1]"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        expect_one(f, (struct bf_raw_member){BF_STR("v"), BF_RAW_ARRAY, bf_str_of(good[i].text)},
                   BF_LUA_OK, good[i].said);
    static const char *const bad[] = {"",
                                      "[",
                                      "[1",
                                      "[1,]",
                                      "[1 2]",
                                      "{\"a\"}",
                                      "{a:1}",
                                      "{\"a\":1,}",
                                      "[01]",
                                      "[1.]",
                                      "[1e]",
                                      "[-]",
                                      "[nul]",
                                      "[\"a]",
                                      "[\"\\x\"]",
                                      "[\"\\u12\"]",
                                      "[\"\\uD800\"]",
                                      "[\"\\uDC00\"]",
                                      "[\"\\u0000\"]",
                                      "[1e999]",
                                      "[1] x",
                                      "[\"\x01\"]",
                                      "[\"\xff\"]",
                                      "[+1]",
                                      "[.5]",
                                      "[NaN]",
                                      "[\"\\uD83D\\u0041\"]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_one(f, (struct bf_raw_member){BF_STR("v"), BF_RAW_ARRAY, bf_str_of(bad[i])},
                   BF_LUA_ERROR, "record.v is no valid JSON");
    char deep[200] = "";
    memset(deep, '[', 33);
    memset(deep + 33, ']', 33);
    expect_one(f, (struct bf_raw_member){BF_STR("v"), BF_RAW_ARRAY, bf_str_of(deep)}, BF_LUA_ERROR,
               "or has more than 32 levels");
    expect_one(f, (struct bf_raw_member){BF_STR("v"), BF_RAW_ARRAY, {deep + 1, 64}}, BF_LUA_OK,
               "[[");
}

static void two_of_one_name_both_come_out(void **state)
{
    struct fixture *f = *state;
    const struct bf_raw_member twice[] = {RAW("a", NUMBER, "1"), RAW("a", NUMBER, "2")};
    struct bf_raw_record in = {twice, 2}, out;
    assert_true(fixture_open(f, "function on_ingest(record) record.a = record.a + 5 end"));
    assert_int_equal(bf_lua_ingest(f->script, &in, &out, &f->fault), BF_LUA_OK);
    assert_int_equal(out.n, 2);
    assert_true(bf_str_eq(out.members[0].text, BF_STR("1")));
    assert_true(bf_str_eq(out.members[1].text, BF_STR("7")));
}

static void the_record_is_gone_after_the_call(void **state)
{
    struct fixture *f = *state;
    struct bf_raw_record in = {members, 1}, out;
    assert_true(fixture_open(f, "local kept\nfunction on_ingest(record) kept = record end"));
    assert_int_equal(bf_lua_ingest(f->script, &in, &out, &f->fault), BF_LUA_ERROR);
    assert_non_null(strstr(f->fault.message, "changes the variable 'kept'"));
    assert_int_equal(out.n, 0);
}

/* Ten thousand records do not make the state any larger. */
static void memory_does_not_grow(void **state)
{
    struct fixture *f = *state;
    struct bf_raw_record in = {members, sizeof members / sizeof *members}, out;
    assert_true(
        fixture_open(f, "function on_ingest(record) record.nom = text.fold(record.nom) .. 'x'\n"
                        "record.geo.lat = record.geo.lat[1] record.list = nil end"));
    for (int i = 0; i < 10000; i++)
        assert_int_equal(bf_lua_ingest(f->script, &in, &out, &f->fault), BF_LUA_OK);
    assert_true(bf_lua_script_use(f->script).peak < 400000);
}

/* The example of handlers/README.md, as it stands there. */
static const char *example(void)
{
    static char text[1 << 17];
    char path[4200];
    const char *root = getenv("BEFFROI_ROOT");
    snprintf(path, sizeof path, "%s/handlers/README.md", root ? root : ".");
    FILE *in = fopen(path, "re");
    assert_non_null(in);
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    fclose(in);
    char *start = strstr(text, "## Hooks in Lua");
    start = start ? strstr(start, "```lua\n") : NULL;
    char *end = start ? strstr(start + 7, "```") : NULL;
    if (!end) {
        fail_msg("there is no example");
        return "";
    }
    *end = '\0';
    return start + 7;
}

static void the_example_works(void **state)
{
    struct fixture *f = *state;
    const struct bf_raw_member given[] = {RAW("nom", TEXT, " ROGER  SALENGRO"),
                                          RAW("date", TEXT, "2025-10-24T11:49:09Z")};
    const struct bf_raw_member unnamed[] = {RAW("nom", TEXT, " "),
                                            RAW("date", TEXT, "2025-10-24T11:49:09Z")};
    struct bf_raw_record in = {given, 2}, out;
    if (!fixture_open(f, example()))
        fail_msg("%s", f->fault.message);
    assert_string_equal(bf_lua_script_fields(f->script)[0].name, "taux");
    if (bf_lua_ingest(f->script, &in, &out, &f->fault) != BF_LUA_OK)
        fail_msg("%s", f->fault.message);
    assert_true(bf_str_eq(out.members[0].text, BF_STR("ROGER SALENGRO")));
    assert_true(bf_str_eq(out.members[1].text, BF_STR("2025-10-24T09:49:09+00:00")));
    in.members = unnamed;
    assert_int_equal(bf_lua_ingest(f->script, &in, &out, &f->fault), BF_LUA_DROP);
    assert_string_equal(f->fault.message, "no name");

    put(f, "velos", bf_value_int(3));
    put(f, "places", bf_value_int(9));
    put(f, "etat", bf_value_text(BF_STR("EN SERVICE")));
    assert_int_equal(run_row(f), BF_OK);
    assert_true(bf_cell_real(f->cells[column(f, "taux")]) == 25.0);
    assert_true(bf_str_eq(bf_cell_text(f->cells[column(f, "etat")]), BF_STR("en service")));
    assert_true(bf_lua_script_has(f->script, BF_LUA_ON_REQUEST));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_not_touched_stays, fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(members_are_read, fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(members_are_written, fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(records_are_dropped_or_failed, fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_values_are_errors, fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(nested_values_are_read_strictly, fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(two_of_one_name_both_come_out, fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(the_record_is_gone_after_the_call, fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(memory_does_not_grow, fixture_setup, teardown),
        cmocka_unit_test_setup_teardown(the_example_works, fixture_setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
