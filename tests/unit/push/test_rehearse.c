/* Records that came: which of a batch are kept, and what another script would make of them. */
#include "api/push/rehearse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

static const char manifest_json[] =
    "{\"id\":\"x\",\"title\":{\"fr\":\"X\"},\"publisher\":\"MEL\",\"licence\":{\"name\":\"LO\"},"
    "\"key\":[\"id\"],\"fields\":[{\"name\":\"id\",\"type\":\"text\"},"
    "{\"name\":\"n\",\"type\":\"int\"},{\"name\":\"note\",\"type\":\"text\"},"
    "{\"name\":\"more\",\"type\":\"json_blob\"}]}";

static struct bf_err err;

static int setup(void **state)
{
    (void)state;
    open_dataset(manifest_json);
    bf_err_clear(&err);
    return 0;
}

/* ---- which are kept ------------------------------------------------------------------------- */

static struct bf_raw_member text(const char *name, const char *value)
{
    return (struct bf_raw_member){bf_str_of(name), BF_RAW_TEXT, bf_str_of(value)};
}

static size_t lines_of(struct bf_str lines)
{
    size_t n = 0;
    for (size_t i = 0; i < lines.n; i++)
        n += lines.p[i] == '\n';
    assert_true(lines.n == 0 || lines.p[lines.n - 1] == '\n');
    return n;
}

static bool has(struct bf_str lines, const char *what)
{
    return memmem(lines.p, lines.n, what, strlen(what)) != NULL;
}

static void test_every_kind(void **state)
{
    (void)state;
    const struct bf_raw_member members[] = {
        text("a \"b\"", "line\nend"),
        {BF_STR_INIT("n"), BF_RAW_NUMBER, BF_STR_INIT("-1.50e3")},
        {BF_STR_INIT("t"), BF_RAW_TRUE, BF_STR_INIT("")},
        {BF_STR_INIT("f"), BF_RAW_FALSE, BF_STR_INIT("")},
        {BF_STR_INIT("z"), BF_RAW_NULL, BF_STR_INIT("")},
        {BF_STR_INIT("o"), BF_RAW_OBJECT, BF_STR_INIT("{\n \"k\" :\r\n [1]}")},
    };
    struct bf_sample *c = bf_came_new(arena, 20, false);
    bf_came_note(c, &(struct bf_raw_record){members, 6});
    bf_came_note(c, &(struct bf_raw_record){NULL, 0});
    assert_true(bf_str_eq(bf_came_lines(c),
                          BF_STR("{\"a \\\"b\\\"\":\"line\\nend\",\"n\":-1.50e3,\"t\":true,"
                                 "\"f\":false,\"z\":null,\"o\":{  \"k\" :   [1]}}\n{}\n")));
    c = bf_came_new(arena, 20, true);
    bf_came_note(c, &(struct bf_raw_record){members, 1});
    assert_true(bf_str_starts(bf_came_lines(c), BF_STR("C{")));
}

/* Of many, so many and no more, from the whole of the batch; those that are too long take the place
 * of nobody. */
static void test_how_many(void **state)
{
    (void)state;
    char number[24];
    size_t late = 0;
    char *large = bf_arena_zalloc(arena, BF_CAME_BYTES, 1);
    memset(large, 'x', BF_CAME_BYTES - 1);
    struct bf_sample *c = bf_came_new(arena, 1000, false);
    for (int i = 0; i < 10000; i++) {
        snprintf(number, sizeof number, "%d", i);
        const struct bf_raw_member m = text("i", i % 2 ? number : large);
        bf_came_note(c, &(struct bf_raw_record){&m, 1});
    }
    struct bf_str lines = bf_came_lines(c), rest = lines;
    assert_int_equal(lines_of(lines), BF_CAME_RECORDS);
    assert_false(has(lines, "xx"));
    while (rest.n)
        late += strtol(bf_str_cut(rest, '\n', &rest).p + strlen("{\"i\":\""), NULL, 10) >= 5000;
    assert_true(late > 0);
    c = bf_came_new(arena, 0, false);
    bf_came_note(c, &(struct bf_raw_record){NULL, 0});
    assert_int_equal(bf_came_lines(c).n, 0);
}

/* ---- what is made of them -------------------------------------------------------------------- */

static struct bf_rehearsed made[BF_CAME_RECORDS];

static void rehearse(const char *script, const char *lines)
{
    const struct bf_entry entry = {.manifest = manifest, .hook = bf_str_of(script)};
    const struct bf_rehearsal r = {
        .entry = &entry, .lines = bf_str_of(lines), .record_max = 1u << 20};
    memset(made, 0x55, sizeof made);
    assert_true(bf_rehearse(&r, made, &err));
}

static void test_outcomes(void **state)
{
    (void)state;
    rehearse("function on_ingest(r)\n"
             "  if r.id == 'drop' then return false end\n"
             "  if r.id == 'fail' then r.n = r.n + 1 end\n"
             "  if r.id == 'long' then while true do end end\n"
             "end",
             "{\"id\":\"a\",\"n\":1}\n{\"id\":\"drop\"}\n{\"id\":\"fail\"}\n{\"id\":\"b\","
             "\"n\":\"x\"}\n{\"n\":1}\n{\"id\":\"c\",\"nope\":1}\nC{\"id\":\"d\",\"n\":\" 7 \"}\n"
             "{\"id\":\"long\"}\n{\"id\":\"after\"}\n");
    assert_int_equal(made[0].as, BF_REHEARSED_WRITTEN);
    assert_int_equal(made[1].as, BF_REHEARSED_DROPPED);
    assert_int_equal(made[2].as, BF_REHEARSED_FAILED);
    assert_non_null(strstr(made[2].why, "x/hook.lua:3: "));
    assert_int_equal(made[3].as, BF_REHEARSED_FAILED);
    assert_true(strncmp(made[3].why, "n: ", 3) == 0);
    assert_int_equal(made[4].as, BF_REHEARSED_FAILED);
    assert_int_equal(made[5].as, BF_REHEARSED_FAILED);
    assert_int_equal(made[6].as, BF_REHEARSED_WRITTEN); /* a cell is read as a cell */
    assert_int_equal(made[7].as, BF_REHEARSED_FAILED);
    assert_non_null(strstr(made[7].why, "100 ms"));
    for (int i = 8; i < BF_CAME_RECORDS; i++)
        assert_int_equal(made[i].as, BF_REHEARSED_NOT);
}

static void test_sums(void **state)
{
    (void)state;
    uint64_t sum;
    static const char line[] = "{\"id\":\"a\",\"n\":1,\"note\":null}\n";
    rehearse("", line);
    assert_int_equal(made[0].as, BF_REHEARSED_WRITTEN);
    sum = made[0].sum;
    rehearse("function on_record(row) end", line);
    assert_int_equal(made[0].sum, sum);
    rehearse("function on_ingest(r) r.n = r.n * 1 end", line);
    assert_int_equal(made[0].sum, sum);
    rehearse("function on_ingest(r) r.n = r.n * 2 end", line);
    assert_int_not_equal(made[0].sum, sum);
    rehearse("function on_ingest(r) r.note = '1' r.n = nil end", line);
    assert_int_not_equal(made[0].sum, sum);
}

static void test_a_script_that_does_not_open(void **state)
{
    (void)state;
    rehearse("function on_ingest(", "{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
    assert_int_equal(made[0].as, BF_REHEARSED_FAILED);
    assert_non_null(strstr(made[1].why, "x/hook.lua:1"));
    assert_int_equal(made[2].as, BF_REHEARSED_NOT);
    rehearse("function on_ingest(r) end", "");
    assert_int_equal(made[0].as, BF_REHEARSED_NOT);
    rehearse("function on_ingest(r) end", "no json\n\n{\"id\":\"a\"}\n");
    assert_int_equal(made[0].as, BF_REHEARSED_NOT);
    assert_int_equal(made[1].as, BF_REHEARSED_NOT);
    assert_int_equal(made[2].as, BF_REHEARSED_WRITTEN);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, close_dataset)
    const struct CMUnitTest tests[] = {
        T(test_every_kind),
        T(test_how_many),
        T(test_outcomes),
        T(test_sums),
        T(test_a_script_that_does_not_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
