/* `beffroi functions`: the documentation page of ODSQL's functions, in Markdown, out of the table
 * that the query language itself reads. */
#include "cli/commands.h"

#include "cli/say.h"
#include "query/function.h"

#include <stdio.h>

static const struct section {
    enum bf_function_kind kind;
    const char *title;
} sections[] = {
    {BF_SCALAR, "Values"},        {BF_AGGREGATE, "Aggregates"},   {BF_GROUPING, "Groups"},
    {BF_PREDICATE, "Conditions"}, {BF_FIELDS, "Lists of fields"},
};

/* A bar would end a cell of the table. */
static void print_cell(const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            putchar('\\');
        putchar(*text);
    }
}

static const char *result_of(const struct bf_function *f)
{
    if (f->kind == BF_PREDICATE)
        return "true or false";
    if (f->kind == BF_FIELDS)
        return "fields";
    return f->result == BF_NULL ? "as its argument" : bf_type_info(f->result)->name;
}

static void print_clauses(unsigned clauses)
{
    static const struct {
        enum bf_in in;
        const char *name;
    } names[] = {{BF_IN_SELECT, "select"},
                 {BF_IN_WHERE, "where"},
                 {BF_IN_GROUP, "group_by"},
                 {BF_IN_ORDER, "order_by"}};
    const char *blank = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(clauses & names[i].in))
            continue;
        printf("%s`%s`", blank, names[i].name);
        blank = " ";
    }
}

static void print_function(const struct bf_function *f)
{
    printf("| `");
    print_cell(f->usage);
    printf("` | %s | ", result_of(f));
    print_clauses(f->clauses);
    printf(" | ");
    print_cell(f->doc);
    printf("%s |\n", bf_function_supported(f) ? "" : " (not supported yet)");
}

static void print_section(const struct section *s)
{
    const struct bf_function *f;
    printf("\n## %s\n\n| function | gives | in | |\n|---|---|---|---|\n", s->title);
    for (size_t i = 0; (f = bf_function_at(i)); i++)
        if (f->kind == s->kind)
            print_function(f);
}

int bf_cmd_functions(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return bf_say_usage("functions\n  prints the functions of the query language as Markdown");
    printf("# The functions of ODSQL\n\nNames in any case; `[…]` may be left out.\n");
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        print_section(&sections[i]);
    return 0;
}
