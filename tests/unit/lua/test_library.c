/* The library of scripts: what it gives, and what it refuses. */
#include "fixture.h"

static void what_is_dangerous_is_not_there(void **state)
{
    struct fixture *f = *state;
    const char *names[] = {"pcall",
                           "xpcall",
                           "load",
                           "loadstring",
                           "dofile",
                           "loadfile",
                           "require",
                           "coroutine",
                           "debug",
                           "os",
                           "io",
                           "package",
                           "setmetatable",
                           "getmetatable",
                           "rawset",
                           "rawget",
                           "rawequal",
                           "rawlen",
                           "collectgarbage",
                           "print",
                           "_G",
                           "warn",
                           "_VERSION",
                           "string.dump",
                           "string.pack",
                           "string.unpack",
                           "string.packsize",
                           "table.move",
                           "math.random",
                           "math.randomseed"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[64];
        if (strchr(names[i], '.')) {
            expect_result(f, names[i], "nil");
            continue;
        }
        snprintf(text, sizeof text, "return %s", names[i]);
        expect_failure(f, text, "there is no '");
    }
}

static void base_functions(void **state)
{
    struct fixture *f = *state;
    expect_result(f, "select('#', 1, nil, nil) .. select(2, 'a', 'b', 'c') .. select(-1, 'a', 'b')",
                  "3bb");
    expect_result(f, "tostring(tonumber('0x1F')) .. tonumber(' 12 ') .. tonumber('1e2')",
                  "3112100.0");
    expect_result(f, "tostring(tonumber('1x')) .. tostring(tonumber('')) .. tostring(tonumber({}))",
                  "nilnilnil");
    expect_result(f,
                  "tonumber('ff', 16) .. ' ' .. tonumber('-zz', 36) .. tostring(tonumber('9', 8))",
                  "255 -1295nil");
}

static void addresses_are_not_shown(void **state)
{
    struct fixture *f = *state;
    expect_result(f, "tostring({}) .. tostring(type) .. tostring(row)", "tablefunctionuserdata");
    expect_result(f, "string.format('%s %s', {}, type)", "table function");
    expect_failure(f, "string.format('%p', {})", "not '%p'");
    expect_failure(f, "string.format('%a', 1)", "not '%a'");
    expect_failure(f, "string.format('%q', 1)", "not '%q'");
}

static void string_functions(void **state)
{
    struct fixture *f = *state;
    expect_result(
        f, "('abc'):sub(2) .. ('abc'):sub(-2, -2) .. ('abc'):sub(4) .. ('abc'):sub(-9, 1)", "bcba");
    expect_result(f, "('abc'):sub(math.mininteger, math.maxinteger) .. ('abc'):sub(3, 2)", "abc");
    expect_result(f, "('abc'):sub(math.maxinteger, math.mininteger) .. #('abc'):sub(0)", "3");
    expect_result(f, "table.concat({('abc'):byte(1, -1)}, ',') .. #{('abc'):byte(10)}",
                  "97,98,990");
    expect_result(f,
                  "string.char(104, 105) .. ('Hi'):upper() .. ('Hi'):lower() .. ('abc'):reverse()",
                  "hiHIhicba");
    expect_result(f, "('ab'):rep(3, ',') .. ('x'):rep(0) .. ('x'):rep(-5) .. (''):rep(1 << 62)",
                  "ab,ab,ab");
    expect_failure(f, "('x'):rep(1 << 40)", "string.rep would give more than 1048512 bytes");
    expect_failure(f, "('x'):rep(1 << 62, 'yy')", "string.rep would give more than");
    expect_result(f, "#('x'):rep(1048512)", "1048512");
}

static void format(void **state)
{
    struct fixture *f = *state;
    expect_result(
        f,
        "string.format('%d %5.1f|%-5s|%5s|%.2s|%x|%c|%%|%i', 5, 2.25, 'a', 'b', 'xyz', 255, "
        "65, 3)",
        "5   2.2|a    |    b|xy|ff|A|%|3");
    expect_result(f, "string.format('%s %s %s', nil, true, 1.5)", "nil true 1.5");
    expect_result(f, "#string.format('%99.99f', 1e308)", "409");
    expect_result(f, "#string.format('%s', 'a\\0b')", "3");
    expect_failure(f, "string.format('%d', 1.5)", "number has no integer representation");
    expect_failure(f, "string.format('%d')", "there is no value for '%d'");
    expect_failure(f, "string.format('%')", "stands without its letter");
    expect_failure(f, "string.format('%100d', 1)", "not '%0'");
    expect_failure(f, "string.format('%------------------d', 1)", "without its letter");
    expect_failure(f, "string.format('%n', 1)", "not '%n'");
    expect_failure(f, "string.format('%ld', 1)", "not '%l'");
    expect_failure(f, "string.format('%*d', 1, 2)", "not '%*'");
}

static void patterns(void **state)
{
    struct fixture *f = *state;
    expect_result(f, "('key = value'):match('(%w+)%s*=%s*(%w+)')", "key");
    expect_result(f, "table.concat({('key = value'):match('(%w+)%s*=%s*(%w+)')}, '|')",
                  "key|value");
    expect_result(f, "table.concat({('hello'):find('l+')}, ',')", "3,4");
    expect_result(f, "table.concat({('a.b'):find('.', 1, true)}, ',')", "2,2");
    expect_result(f, "tostring(('abc'):find('x')) .. tostring(('abc'):find('a', 10))", "nilnil");
    expect_result(f, "table.concat({('abc'):find('', 4)}, ',')", "4,3");
    expect_result(f, "('THE (quick) fox'):find('%((%a+)%)')", "5");
    expect_result(f, "('x(a(b)c)y'):match('%b()')", "(a(b)c)");
    expect_result(f, "('THE END'):match('%f[%a]%a+%f[%A]$')", "END");
    expect_result(f, "('aXbXc'):match('^(.-)X(.*)$')", "a");
    expect_result(f, "('abab'):match('^(ab)%1$')", "ab");
    expect_result(f, "('hello'):match('()ll()')", "3");
    expect_result(f, "('x^$'):match('^x%^%$$')", "x^$");
    expect_result(f, "('a-b]c'):match('[%]-]+', 2)", "-");
    expect_result(f, "('a]b'):match('[]]')", "]");
    expect_result(f, "('2025-10-24'):match('^%d%d%d%d%-%d?%d%-[0-3]?[^%D]$')", "2025-10-24");
    expect_result(f, "('aaa'):match('a-$') .. '|' .. ('aaa'):match('^a-')", "aaa|");
    expect_result(f, "('abc'):match('a?b?c?d?') .. ('$x'):match('$x')", "abc$x");
    expect_result(f, "('a\\0b'):match('%z')", "nil"); /* %z went with Lua 5.1 */
    expect_result(f, "#('a\\0b'):match('a\\0b')", "3");
    expect_result(f, "('aab'):match('(a*)(a)b')", "a");
    expect_result(f, "('abc'):gsub('%w', '%0%0')", "aabbcc");
    expect_result(f, "('abc'):gsub('', '-')", "-a-b-c-");
    expect_result(f, "('hello world'):gsub('(%w+) (%w+)', '%2 %1')", "world hello");
    expect_result(f, "('a b'):gsub('%w', {a = '1', b = false})", "1 b");
    expect_result(f, "('abc'):gsub('.', function(c) if c == 'b' then return 5 end end)", "a5c");
    expect_result(f, "('aaa'):gsub('a', 'b', 2)", "bba");
    expect_result(f, "('aaa'):gsub('^a', 'b')", "baa");
    expect_result(f, "('abc'):gsub('()', '%1')", "1a2b3c4");
    expect_result(f, "select(2, ('aaa'):gsub('a', '%%'))", "3");
    expect_result(f,
                  "(function() local t = {} for k, v in ('a=1, b=2'):gmatch('(%w)=(%w)') do "
                  "t[#t + 1] = k .. v end return table.concat(t, ';') end)()",
                  "a1;b2");
    expect_result(f,
                  "(function() local n = 0 for w in ('abc'):gmatch('') do n = n + 1 end return n "
                  "end)()",
                  "4");
    expect_failure(f, "('a'):gmatch('^a')", "its pattern cannot begin with '^'");
}

static void wrong_patterns(void **state)
{
    struct fixture *f = *state;
#define WRONG(pattern, part) expect_failure(f, "('abc'):match('" pattern "')", part)
    WRONG("[a", "a set has no ']'");
    WRONG("[]", "a set has no ']'");
    WRONG("[^", "a set has no ']'");
    WRONG("[%", "a set has no ']'");
    WRONG("[a-", "a set has no ']'");
    WRONG("%", "it ends with '%'");
    WRONG("(a", "a '(' has no ')'");
    WRONG("a)", "a ')' has no '('");
    WRONG("%1", "names a capture that is not closed");
    WRONG("(a%1)", "names a capture that is not closed");
    WRONG("%0", "names a capture");
    WRONG("%b", "'%b' needs two characters");
    WRONG("%f", "'%f' needs a set");
    WRONG("%fa", "'%f' needs a set");
    expect_failure(f, "('a'):match(('a'):rep(251))", "more than 250 parts");
    expect_failure(f, "('a'):match(('()'):rep(33))", "more than 32 captures");
    expect_failure(f, "('a'):gsub('a', '%')", "'%' in the new text is followed by");
    expect_failure(f, "('a'):gsub('a', '%x')", "'%' in the new text is followed by");
    expect_failure(f, "('a'):gsub('a', '%2')", "there is no capture %2");
    expect_failure(f, "('a'):gsub('a', function() return {} end)", "the new text is a table");
    expect_failure(f, "('a'):gsub('a', true)", "a text, a table or a function is expected");
}

static void table_functions(void **state)
{
    struct fixture *f = *state;
#define T(body) "(function() local t = {5, 2, 8, 1} " body " return table.concat(t, ',') end)()"
    expect_result(f, T("table.insert(t, 9) table.insert(t, 1, 0)"), "0,5,2,8,1,9");
    expect_result(f, T("table.remove(t) table.remove(t, 1)"), "2,8");
    expect_result(f, T("table.sort(t)"), "1,2,5,8");
    expect_result(f, T("table.sort(t, function(a, b) return a > b end)"), "8,5,2,1");
    expect_result(f, T("table.sort(t, function(a, b) return true end)") " ~= nil", "true");
    expect_result(f,
                  "(function() local t = {} for i = 1, 1000 do t[i] = (i * 7919) % 1009 end "
                  "table.sort(t) for i = 2, 1000 do if t[i - 1] > t[i] then return 'no' end end "
                  "return #t end)()",
                  "1000");
    expect_result(f,
                  "(function() local t = {} for i = 1, 100 do t[i] = {i % 3, i} end "
                  "table.sort(t, function(a, b) return a[1] < b[1] end) for i = 2, 100 do "
                  "local a, b = t[i - 1], t[i] if a[1] == b[1] and a[2] > b[2] then return 'no' "
                  "end end return 'stable' end)()",
                  "stable");
    expect_result(f, "table.pack(1, nil, 3).n .. select('#', table.unpack({1, nil, 3}, 1, 3))",
                  "33");
    expect_result(f, "tostring(table.remove({})) .. #{table.unpack({}, 1, 0)}", "nil0");
    expect_failure(f, "table.sort({1, 'x'})", "attempt to compare");
    expect_failure(f, "table.sort({3, 2, 1}, function(a, b) error('in it') end)", "in it");
    expect_failure(f, "table.unpack({}, 1, 1e8)", "table.unpack gives at most 250 values");
    expect_failure(f, "table.unpack({}, math.mininteger, math.maxinteger)", "at most 250");
    expect_failure(f, "table.concat({1, {}, 3})", "table.concat: element 2 is a table");
    expect_failure(f, "table.concat({}, 'x', 1, math.maxinteger)", "element 1 is nothing");
    expect_failure(f, "table.insert({}, 5, 1)", "it is out of range");
    expect_failure(f, "table.insert({}, 1, 2, 3)", "table.insert takes a table");
    expect_failure(f, "table.insert({})", "table.insert takes a table");
    expect_result(f, "table.concat({1, 2}, ',', math.maxinteger, math.maxinteger - 1)", "");
}

static void math_and_utf8(void **state)
{
    struct fixture *f = *state;
    expect_result(f,
                  "math.floor(2.7) .. math.max(1, 5, 3) .. math.type(1.0) .. math.tointeger('8')",
                  "25float8");
    expect_result(f, "utf8.len('été') .. utf8.char(233, 8364) .. utf8.codepoint('é')", "3é€233");
    expect_failure(f, "utf8.char(0xD800)", "this is no character");
    expect_failure(f, "utf8.char(0x110000)", "this is no character");
    expect_result(f,
                  "(function() local n = 0 for p, c in utf8.codes('aé') do n = n + c end return n "
                  "end)()",
                  "330");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_dangerous_is_not_there, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(base_functions, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(addresses_are_not_shown, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(string_functions, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(format, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(patterns, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(wrong_patterns, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(table_functions, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(math_and_utf8, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
