#include "cells.h"

#include <stdio.h>

static struct bf_write_options plain(void)
{
    return (struct bf_write_options){.zone = bf_zone_utc()};
}

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
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static const char header[] = "nom;nb;taux;ouvert;jour;maj;geo;trace;plus;rien\r\n";

static void fill(struct bf_cell cells[COLUMNS])
{
    cells[0] = text("Évêché");
    cells[1] = integer(-12);
    cells[2] = real(3);
    cells[3] = boolean(true);
    cells[4] = day(20726);
    cells[5] = instant(INT64_C(1790756100000001));
    cells[6] = point(3.06, 50.63);
    cells[7] = shape("POINT(3.06 50.63)");
    cells[8] = text("{}");
    cells[9] = null;
}

static void every_type(void **state)
{
    (void)state;
    struct bf_cell cells[2 * COLUMNS];
    fill(cells);
    for (size_t i = 0; i < COLUMNS; i++)
        cells[COLUMNS + i] = null;
    struct bf_write_options options = plain();
    options.zone = bf_zone_find(BF_STR("Europe/Paris"));
    write_all(&bf_format_csv, columns, COLUMNS, cells, 2, &options);
    char wanted[1024];
    snprintf(wanted, sizeof wanted, "%s%s%s", header,
             "Évêché;-12;3.0;True;2026-09-30;2026-09-30T10:15:00.000001+02:00;50.63, 3.06;"
             "\"{\"\"coordinates\"\": [3.06, 50.63], \"\"type\"\": \"\"Point\"\"}\";{};\r\n",
             ";;;;;;;;;\r\n");
    expect(wanted);
}

/* As rows of the vendor's own file look (contract, golden/data-public-trees-csv.body). */
static void as_the_vendor(void **state)
{
    (void)state;
    static const struct bf_write_column some[] = {
        {.key = BF_STR_INIT("a"), .type = BF_TEXT},
        {.key = BF_STR_INIT("geom"), .type = BF_GEO_SHAPE},
        {.key = BF_STR_INIT("p"), .type = BF_GEO_POINT}};
    const struct bf_cell cells[] = {text("2164 GRANT ST"), shape("POINT(-123.06 49.27)"),
                                    point(-123.06, 49.27)};
    const struct bf_write_options options = plain();
    write_all(&bf_format_csv, some, 3, cells, 1, &options);
    expect("a;geom;p\r\n2164 GRANT ST;\"{\"\"coordinates\"\": [-123.06, 49.27], \"\"type\"\": "
           "\"\"Point\"\"}\";49.27, -123.06\r\n");
}

static void quotes_only_where_needed(void **state)
{
    (void)state;
    static const struct {
        const char *cell;
        char delimiter;
        const char *wanted;
    } cases[] = {
        {"a;b", ';', "\"a;b\""},
        {"a,b", ';', "a,b"},
        {"a,b", ',', "\"a,b\""},
        {"a\tb", '\t', "\"a\tb\""},
        {"a|b", '|', "\"a|b\""},
        {"a|b\t", ';', "a|b\t"},
        {"a\"b", ';', "\"a\"\"b\""},
        {"\"", ';', "\"\"\"\""},
        {"a\nb", ';', "\"a\nb\""},
        {"a\rb", ';', "\"a\rb\""},
        {" a ", ';', " a "},
        {"'", ';', "'"},
        {"=1+1", ';', "=1+1"},
        {"12345678;", ';', "\"12345678;\""},
        {"1234567890123456789\n", ';', "\"1234567890123456789\n\""},
        {"\xC2\x8D\xE2\x80\xA8", ';', "\xC2\x8D\xE2\x80\xA8"},
    };
    static const struct bf_write_column two[] = {{.key = BF_STR_INIT("a"), .type = BF_TEXT},
                                                 {.key = BF_STR_INIT("b"), .type = BF_JSON}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bf_write_options options = plain();
        options.csv.delimiter = cases[i].delimiter;
        const struct bf_cell cells[] = {text(cases[i].cell), text(cases[i].cell)};
        write_all(&bf_format_csv, two, 2, cells, 1, &options);
        char wanted[256];
        snprintf(wanted, sizeof wanted, "a%cb\r\n%s%c%s\r\n", cases[i].delimiter, cases[i].wanted,
                 cases[i].delimiter, cases[i].wanted);
        expect(wanted);
    }
}

static void points_and_commas(void **state)
{
    (void)state;
    static const struct bf_write_column two[] = {{.key = BF_STR_INIT("a"), .type = BF_GEO_POINT},
                                                 {.key = BF_STR_INIT("b,c"), .type = BF_INT}};
    const struct bf_cell cells[] = {point(3, -0.5), integer(1), null, null};
    struct bf_write_options options = plain();
    options.csv.delimiter = ',';
    write_all(&bf_format_csv, two, 2, cells, 2, &options);
    expect("a,\"b,c\"\r\n\"-0.5, 3.0\",1\r\n,\r\n");
}

static void all_quoted(void **state)
{
    (void)state;
    struct bf_cell cells[COLUMNS];
    fill(cells);
    struct bf_write_options options = plain();
    options.csv.quote_all = options.csv.bom = true;
    write_all(&bf_format_csv, columns, COLUMNS, cells, 1, &options);
    expect("\xEF\xBB\xBF"
           "\"nom\";\"nb\";\"taux\";\"ouvert\";\"jour\";\"maj\";\"geo\";\"trace\";\"plus\";"
           "\"rien\"\r\n"
           "\"Évêché\";-12;3.0;True;\"2026-09-30\";\"2026-09-30T08:15:00.000001+00:00\";"
           "\"50.63, 3.06\";\"{\"\"coordinates\"\": [3.06, 50.63], \"\"type\"\": "
           "\"\"Point\"\"}\";\"{}\";\r\n");
}

/* An empty line would be no row to many readers. */
static void one_empty_cell(void **state)
{
    (void)state;
    static const struct bf_write_column one = {.key = BF_STR_INIT("a"), .type = BF_TEXT};
    const struct bf_cell cells[] = {text(""), null, text("b")};
    struct bf_write_options options = plain();
    write_all(&bf_format_csv, &one, 1, cells, 3, &options);
    expect("a\r\n\"\"\r\n\"\"\r\nb\r\n");
    options.csv.quote_all = true;
    write_all(&bf_format_csv, &one, 1, cells, 3, &options);
    expect("\"a\"\r\n\"\"\r\n\"\"\r\n\"b\"\r\n");
}

static void formulas(void **state)
{
    (void)state;
    static const struct bf_write_column two[] = {{.key = BF_STR_INIT("=cmd()"), .type = BF_TEXT},
                                                 {.key = BF_STR_INIT("n"), .type = BF_INT}};
    const struct bf_cell cells[] = {
        text("=1+1"), integer(-1), text("+33"),   integer(1), text("-"),  null, text("@x"), null,
        text("\tx"),  null,        text("\rx\""), null,       text("x="), null, text(""),   null,
    };
    struct bf_write_options options = plain();
    write_all(&bf_format_csv, two, 2, cells, 8, &options);
    expect("=cmd();n\r\n=1+1;-1\r\n+33;1\r\n-;\r\n@x;\r\n\tx;\r\n\"\rx\"\"\";\r\nx=;\r\n;\r\n");
    options.csv.guard_formulas = true;
    write_all(&bf_format_csv, two, 2, cells, 8, &options);
    expect("'=cmd();n\r\n'=1+1;-1\r\n'+33;1\r\n'-;\r\n'@x;\r\n'\tx;\r\n\"'\rx\"\"\";\r\nx=;\r\n;"
           "\r\n");
}

static void lists(void **state)
{
    (void)state;
    static const struct bf_write_column two[] = {
        {.key = BF_STR_INIT("mots"), .type = BF_TEXT, .separator = BF_STR_INIT(", ")},
        {.key = BF_STR_INIT("n"), .type = BF_INT}};
    const struct bf_cell cells[] = {
        text("eau, air"), null, text(", eau, , l;air, "), null, text(","), null,
        text(""),         null, text("=a, =b"),           null, null,      null};
    struct bf_write_options options = plain();
    write_all(&bf_format_csv, two, 2, cells, 6, &options);
    expect("mots;n\r\neau,air;\r\n\"eau,l;air\";\r\n,;\r\n;\r\n=a,=b;\r\n;\r\n");
    options.csv.list_separator = BF_STR(" | ");
    options.csv.guard_formulas = options.csv.quote_all = true;
    write_all(&bf_format_csv, two, 2, cells, 6, &options);
    expect("\"mots\";\"n\"\r\n\"eau | air\";\r\n\"eau | l;air\";\r\n\",\";\r\n\"\";\r\n\"'=a | "
           "=b\";\r\n"
           ";\r\n");
    options = plain();
    options.csv.delimiter = ',';
    write_all(&bf_format_csv, two, 2, cells, 1, &options);
    expect("mots,n\r\n\"eau,air\",\r\n");
}

static void malformed_cells(void **state)
{
    (void)state;
    for (size_t i = 1; i < COLUMNS; i++) {
        static const struct bf_cell bad[] = {{"abc", 3}, {"abc", 3}};
        const struct bf_write_column two[] = {columns[i], columns[i]};
        if (columns[i].type == BF_JSON)
            continue;
        const struct bf_write_options options = plain();
        struct bf_writer *w = bf_format_csv.open(arena, &out, two, 2, &options);
        w->format->row(w, bad);
        expect(";\r\n");
    }
}

/* Every size of output up to the one that is enough: never more than there is room for. */
static void no_memory(void **state)
{
    (void)state;
    struct bf_cell cells[COLUMNS];
    fill(cells);
    struct bf_write_options options = plain();
    options.csv.quote_all = options.csv.bom = true;
    struct bf_buf tight;
    bool enough = false;
    for (size_t max = 0; max < 1024; max++) {
        bf_buf_init(&tight, max);
        struct bf_writer *w = bf_format_csv.open(arena, &tight, columns, COLUMNS, &options);
        w->format->begin(w);
        w->format->row(w, cells);
        assert_true(tight.n <= max);
        enough = !bf_buf_failed(&tight);
        bf_buf_fini(&tight);
    }
    assert_true(enough);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_type), TEST(as_the_vendor),   TEST(quotes_only_where_needed),
        TEST(all_quoted), TEST(one_empty_cell),  TEST(points_and_commas),
        TEST(formulas),   TEST(malformed_cells), TEST(lists),
        TEST(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
