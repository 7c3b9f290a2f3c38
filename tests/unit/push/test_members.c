#include "api/push/members.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bf_arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = bf_arena_new(16u << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bf_arena_free(arena);
    return 0;
}

/* Members, or -1 for what is not an object; the last one in *last. */
static int read(struct bf_str text, struct bf_member *last)
{
    char *copy = malloc(text.n ? text.n : 1); /* so that a read beyond the end is seen */
    struct bf_members m;
    int n = 0;
    *last = (struct bf_member){0};
    memcpy(copy, text.p, text.n);
    bf_arena_reset(arena);
    bf_members_open(&m, arena, (struct bf_str){copy, text.n});
    while (bf_members_next(&m, last))
        n++;
    last->text = bf_arena_dup(arena, last->text);
    last->name = bf_arena_dup(arena, last->name);
    free(copy);
    assert_true(!m.why || m.at <= text.n);
    return m.why ? -1 : n;
}

static void accepts(const char *text, int members, enum bf_member_kind kind, const char *value)
{
    struct bf_member last = {0};
    if (read(bf_str_of(text), &last) != members)
        fail_msg("%s", text);
    if (members == 0)
        return;
    assert_int_equal(last.kind, kind);
    assert_true(bf_str_eq(last.text, bf_str_of(value)));
}

static void objects(void **state)
{
    (void)state;
    accepts("{}", 0, BF_MEMBER_NULL, "");
    accepts(" { \n } \t", 0, BF_MEMBER_NULL, "");
    accepts("{\"a\":1}", 1, BF_MEMBER_NUMBER, "1");
    accepts("{\"a\" : null , \"b\":true}", 2, BF_MEMBER_TRUE, "true");
    accepts("{\"a\":false}", 1, BF_MEMBER_FALSE, "false");
    accepts("{\"a\":null}", 1, BF_MEMBER_NULL, "null");
    accepts("{\"a\":-0.5e+10 }", 1, BF_MEMBER_NUMBER, "-0.5e+10");
    accepts("{\"a\":{\"b\":[\"]}\\\"\"]} }", 1, BF_MEMBER_OBJECT, "{\"b\":[\"]}\\\"\"]}");
    accepts("{\"a\":[[],{}]}", 1, BF_MEMBER_ARRAY, "[[],{}]");
    accepts("{\"\":\"\"}", 1, BF_MEMBER_TEXT, "");
    accepts("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", 1, BF_MEMBER_TEXT, "\"\\/\b\f\n\r\t");
    accepts("{\"a\":\"x\\u00e9y\\u20AC\\ud83d\\ude00é\"}", 1, BF_MEMBER_TEXT, "xéy€😀é");
}

static void names_are_decoded(void **state)
{
    (void)state;
    struct bf_member last;
    assert_int_equal(read(BF_STR("{\"\\u0061\\n\":1}"), &last), 1);
    assert_true(bf_str_eq(last.name, BF_STR("a\n")));
}

/* What the tree parser refuses is refused, what it reads is read; except where we are stricter. */
static void agrees(struct bf_str text)
{
    struct bf_member last;
    json_error_t error;
    json_t *json = json_loadb(text.p, text.n, 0, &error);
    bool theirs = json_is_object(json);
    bool overflow = !json && json_error_code(&error) == json_error_numeric_overflow;
    bool ours = read(text, &last) >= 0;
    json_decref(json);
    if (ours != theirs && !overflow) /* a number too large is a matter of its field */
        fail_msg("%.*s: we say %d", BF_STR_ARG(text), ours);
}

static void grammar_to_the_letter(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        " ",
                                        "{",
                                        "}",
                                        "[]",
                                        "1",
                                        "\"a\"",
                                        "null",
                                        "{}x",
                                        "{}{}",
                                        "{,}",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{\"a\":1 \"b\":2}",
                                        "{\"a\":1,,\"b\":2}",
                                        "{a:1}",
                                        "{'a':1}",
                                        "{\"a\":01}",
                                        "{\"a\":1.}",
                                        "{\"a\":.1}",
                                        "{\"a\":1e}",
                                        "{\"a\":1e+}",
                                        "{\"a\":-}",
                                        "{\"a\":+1}",
                                        "{\"a\":0x1}",
                                        "{\"a\":1_0}",
                                        "{\"a\":tru}",
                                        "{\"a\":True}",
                                        "{\"a\":nullx}",
                                        "{\"a\":NaN}",
                                        "{\"a\":\"",
                                        "{\"a\":\"\\",
                                        "{\"a\":\"\\x\"}",
                                        "{\"a\":\"\\u12\"}",
                                        "{\"a\":\"\\u12g4\"}",
                                        "{\"a\":\"\\u0000\"}",
                                        "{\"a\":\"\\ud800\"}",
                                        "{\"a\":\"\\ud800x\"}",
                                        "{\"a\":\"\\ud800\\u0041\"}",
                                        "{\"a\":\"\\udc00\"}",
                                        "{\"a\":\"\\ud83d\\ude00\"}",
                                        "{\"a\":\"\x01\"}",
                                        "{\"a\":\"\n\"}",
                                        "{\"a\":\"\x7f\"}",
                                        "{\"a\":\"\xff\"}",
                                        "{\"a\":\"\xc3\"}",
                                        "{\"a\":\"\xc3\xa9\"}",
                                        "{\"a\":\"\xed\xa0\x80\"}",
                                        "{\"a\":\"\xf4\x90\x80\x80\"}",
                                        "{\"a\":\"\xc0\x80\"}",
                                        "{\"a\":0}",
                                        "{\"a\":-0}",
                                        "{\"a\":0.0e-0}",
                                        "{\"a\":1E5}",
                                        "{\"a\":{}",
                                        "{\"a\":[}",
                                        "\xEF\xBB\xBF{}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        agrees(bf_str_of(texts[i]));
}

/* Random changes of a good object, a few thousand of them. */
static void mutations_agree(void **state)
{
    (void)state;
    static const char good[] = "{\"a\":-12.5e3,\"b\":\"x\\u00e9\\\"é\",\"c\":true,\"d\" : null}";
    static const char bytes[] = "{}[]\",:\\u0019aeE+-. \n\x80\xc3\xa9tfn";
    char text[sizeof good];
    srand(1);
    for (int round = 0; round < 20000; round++) {
        memcpy(text, good, sizeof good);
        for (int k = 0; k <= round % 3; k++)
            text[(size_t)rand() % (sizeof good - 1)] = bytes[(size_t)rand() % (sizeof bytes - 1)];
        struct bf_str s = {text, sizeof good - 1};
        if (!memchr(s.p, '[', s.n) && !memchr(s.p + 1, '{', s.n - 1)) /* nested: only skipped */
            agrees(s);
    }
}

/* Elements, or -1 for what is not a list; all the same bytes as jansson's. */
static int elements(const char *text)
{
    size_t size = strlen(text);
    char *copy = malloc(size ? size : 1);
    struct bf_members m;
    struct bf_member one;
    int n = 0;
    memcpy(copy, text, size);
    bf_arena_reset(arena);
    bf_members_open(&m, arena, (struct bf_str){copy, size});
    json_t *expected = json_loads(text, 0, NULL);
    for (; bf_members_next_element(&m, &one); n++) {
        const json_t *same = json_array_get(expected, (size_t)n);
        if (one.kind == BF_MEMBER_TEXT && !m.why && expected)
            assert_true(bf_str_eq(one.text, bf_str_of(json_string_value(same))));
        assert_int_equal(one.name.n, 0);
    }
    if (!m.why)
        assert_int_equal(json_array_size(expected), n);
    json_decref(expected);
    free(copy);
    return m.why ? -1 : n;
}

static void lists(void **state)
{
    (void)state;
    assert_int_equal(elements("[]"), 0);
    assert_int_equal(elements(" [ ] "), 0);
    assert_int_equal(elements("[\"a\"]"), 1);
    assert_int_equal(elements("[ \"a\\u00e9\\\"\" , \"\", null,1,true,[],{\"b\":[1]}]"), 7);
    static const char *const wrong[] = {"",     "[",  "[,]",   "[1,]",       "[1 2]",
                                        "[1]]", "{}", "[\"a]", "[1}",        "[tru]",
                                        "[[1]", "1",  "[01]",  "[\"\x01\"]", "[] null"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(elements(wrong[i]), -1);
}

static void numbers(void **state)
{
    (void)state;
    assert_true(bf_members_is_number(BF_STR("-1.5E-3")));
    assert_false(bf_members_is_number(BF_STR("1 ")));
    assert_false(bf_members_is_number(BF_STR("")));
    assert_false(bf_members_is_number(BF_STR("-")));
    assert_false(bf_members_is_number(BF_STR("1a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects),
        cmocka_unit_test(names_are_decoded),
        cmocka_unit_test(grammar_to_the_letter),
        cmocka_unit_test(mutations_agree),
        cmocka_unit_test(lists),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
