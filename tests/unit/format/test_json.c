#include "cells.h"

#include "format/json_row.h"

#include <jansson.h>

static void every_type(void **state)
{
    (void)state;
    static const struct bf_write_column columns[] = {
        {.key = BF_STR_INIT("nom"), .type = BF_TEXT},
        {.key = BF_STR_INIT("nb"), .type = BF_INT},
        {.key = BF_STR_INIT("taux"), .type = BF_DOUBLE},
        {.key = BF_STR_INIT("ouvert"), .type = BF_BOOL},
        {.key = BF_STR_INIT("jour"), .type = BF_DATE},
        {.key = BF_STR_INIT("maj"), .type = BF_DATETIME},
        {.key = BF_STR_INIT("geo"), .type = BF_GEO_POINT},
        {.key = BF_STR_INIT("trace"), .type = BF_GEO_SHAPE},
        {.key = BF_STR_INIT("plus"), .type = BF_JSON},
        {.key = BF_STR_INIT("rien"), .type = BF_NULL},
    };
    const struct bf_cell cells[] = {
        text("Gare \"Lille\"\n\\ Évêché \x01"),
        integer(INT64_MIN),
        cell_of((struct bf_value){.type = BF_DOUBLE, .real = 3}),
        cell_of((struct bf_value){.type = BF_BOOL, .boolean = true}),
        cell_of((struct bf_value){.type = BF_DATE, .date = 20726}),
        cell_of((struct bf_value){.type = BF_DATETIME, .instant = INT64_C(1790756100000000)}),
        cell_of((struct bf_value){.type = BF_GEO_POINT, .point = {3.06, 50.63}}),
        shape("POINT(3.06 50.63)"),
        text("{\"a\": [1, \"é\"]}"),
        null,
    };
    const size_t n = sizeof columns / sizeof columns[0];
    const struct bf_zone *paris = bf_zone_find(BF_STR("Europe/Paris"));
    struct bf_json_row *r = bf_json_row_new(arena, columns, n, paris);
    bf_json_row_print(r, &out, cells);
    expect("{\"nom\": \"Gare \\\"Lille\\\"\\n\\\\ Évêché \\u0001\", \"nb\": -9223372036854775808, "
           "\"taux\": 3.0, \"ouvert\": true, \"jour\": \"2026-09-30\", "
           "\"maj\": \"2026-09-30T10:15:00+02:00\", \"geo\": {\"lon\": 3.06, \"lat\": 50.63}, "
           "\"trace\": {\"type\": \"Feature\", \"geometry\": {\"coordinates\": [3.06, 50.63], "
           "\"type\": \"Point\"}, \"properties\": {}}, \"plus\": \"{\\\"a\\\": [1, \\\"é\\\"]}\", "
           "\"rien\": null}");
    struct bf_cell nulls[10];
    for (size_t i = 0; i < n; i++)
        nulls[i] = null;
    bf_json_row_print(r, &out, nulls);
    expect("{\"nom\": null, \"nb\": null, \"taux\": null, \"ouvert\": null, \"jour\": null, "
           "\"maj\": null, \"geo\": null, \"trace\": null, \"plus\": null, \"rien\": null}");
}

/* Cells that are not what their column says. */
static void malformed_cells(void **state)
{
    (void)state;
    static const enum bf_type types[] = {BF_INT,      BF_DOUBLE,    BF_BOOL,     BF_DATE,
                                         BF_DATETIME, BF_GEO_POINT, BF_GEO_SHAPE};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct bf_write_column column = {.key = BF_STR("x"), .type = types[i]};
        struct bf_json_row *r = bf_json_row_new(arena, &column, 1, bf_zone_utc());
        static const struct bf_cell bad[] = {{"abc", 3}, {"", 0}};
        for (int b = 0; b < 2; b++) {
            bf_json_row_print(r, &out, &bad[b]);
            expect("{\"x\": null}");
        }
    }
}

static void keys_are_escaped(void **state)
{
    (void)state;
    static const struct bf_write_column columns[] = {
        {.key = BF_STR_INIT("ifnull(a, \"x\\\")"), .type = BF_INT},
        {.key = BF_STR_INIT("été"), .type = BF_INT},
        {.key = BF_STR_INIT(""), .type = BF_INT}};
    const struct bf_cell cells[] = {integer(1), integer(2), integer(3)};
    struct bf_json_row *r = bf_json_row_new(arena, columns, 3, bf_zone_utc());
    bf_json_row_print(r, &out, cells);
    expect("{\"ifnull(a, \\\"x\\\\\\\")\": 1, \"été\": 2, \"\": 3}");
    r = bf_json_row_new(arena, NULL, 0, bf_zone_utc());
    bf_json_row_print(r, &out, NULL);
    expect("{}");
}

static void formats(void **state)
{
    (void)state;
    const struct bf_write_options options = {.zone = bf_zone_utc()};
    static const struct bf_write_column column = {.key = BF_STR_INIT("a"), .type = BF_INT};
    static const struct {
        const struct bf_format *format;
        const char *none, *two;
    } cases[] = {{&bf_format_json, "[]", "[{\"a\": 1},{\"a\": 2}]"},
                 {&bf_format_jsonl, "", "{\"a\": 1}\n{\"a\": 2}\n"}};
    for (size_t i = 0; i < 2; i++) {
        const struct bf_format *f = cases[i].format;
        struct bf_writer *w = f->open(arena, &out, &column, 1, &options);
        w->format->begin(w);
        w->format->end(w);
        assert_int_equal(w->rows, 0);
        expect(cases[i].none);
        w = f->open(arena, &out, &column, 1, &options);
        w->format->begin(w);
        for (int v = 1; v <= 2; v++) {
            struct bf_cell c = integer(v);
            w->format->row(w, &c);
        }
        w->format->end(w);
        assert_int_equal(w->rows, 2);
        expect(cases[i].two);
    }
}

/* Every byte of ASCII in a text, and the whole is JSON that gives the text back. */
static void texts_read_back(void **state)
{
    (void)state;
    char all[127 + sizeof "é€𝄞"];
    for (int i = 1; i < 128; i++)
        all[i - 1] = (char)i;
    memcpy(all + 127, "é€𝄞", sizeof "é€𝄞");
    static const struct bf_write_column column = {.key = BF_STR_INIT("a"), .type = BF_TEXT};
    struct bf_json_row *r = bf_json_row_new(arena, &column, 1, bf_zone_utc());
    struct bf_cell c = text(all);
    bf_json_row_print(r, &out, &c);
    json_t *j = json_loadb(out.p, out.n, 0, NULL);
    assert_non_null(j);
    assert_string_equal(json_string_value(json_object_get(j, "a")), all);
    json_decref(j);
}

/* Each size of arena up to the one that is enough; a full output only sets its flag. */
static void no_memory(void **state)
{
    (void)state;
    const struct bf_write_options options = {.zone = bf_zone_utc()};
    static const struct bf_write_column columns[] = {{.key = BF_STR_INIT("a"), .type = BF_INT},
                                                     {.key = BF_STR_INIT("b"), .type = BF_TEXT}};
    bool opened = false;
    for (size_t cap = 0; cap < 1024 && !opened; cap += 16) {
        struct bf_arena *small = bf_arena_new(cap);
        opened = bf_format_json.open(small, &out, columns, 2, &options) != NULL;
        assert_int_equal(opened, !bf_arena_failed(small));
        bf_arena_free(small);
    }
    assert_true(opened);
    const struct bf_str whole = BF_STR("{\"a\": 1, \"b\": \"some text\"}");
    struct bf_buf tight;
    const struct bf_cell cells[] = {integer(1), text("some text")};
    struct bf_json_row *r = bf_json_row_new(arena, columns, 2, bf_zone_utc());
    for (size_t max = 0; max < 260; max++) {
        bf_buf_init(&tight, max);
        bf_json_row_print(r, &tight, cells);
        assert_true(tight.n <= max);
        if (!bf_buf_failed(&tight))
            assert_true(bf_str_eq(bf_buf_view(&tight), whole));
        assert_true(bf_buf_failed(&tight) || max >= whole.n);
        assert_true(!bf_buf_failed(&tight) || max < 256); /* what escapes might need is reserved */
        bf_buf_fini(&tight);
    }
}

static void several_values_are_a_list(void **state)
{
    static const struct bf_write_column column = {
        .key = BF_STR_INIT("a"), .type = BF_TEXT, .separator = BF_STR_INIT(" ;")};
    static const char *const texts[][2] = {
        {"", "{\"a\": []}"},
        {"x", "{\"a\": [\"x\"]}"},
        {" ;x ; ;\"y\" ;", "{\"a\": [\"x\", \"\\\"y\\\"\"]}"},
        {"x;y ", "{\"a\": [\"x;y \"]}"},
    };
    (void)state;
    struct bf_json_row *row = bf_json_row_new(arena, &column, 1, bf_zone_utc());
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct bf_cell cell = {texts[i][0], (int32_t)strlen(texts[i][0])};
        bf_buf_clear(&out);
        bf_json_row_print(row, &out, &cell);
        bf_buf_char(&out, '\0');
        assert_string_equal(out.p, texts[i][1]);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_type), TEST(malformed_cells), TEST(keys_are_escaped),
        TEST(formats),    TEST(texts_read_back), TEST(several_values_are_a_list),
        TEST(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
