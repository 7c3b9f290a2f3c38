/* ODSQL from strangers: lexer, grammar, check, normal form and SQL. One parameter per line: a
 * letter and its text (s select, w where, g group_by, o order_by, r refine, x exclude, f facet, a
 * condition of a handler with the text itself as the only value). */
#include "odsql_checks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void more(struct bf_str *list, size_t *n, struct bf_str s)
{
    if (*n < BF_MOST_REPEATS)
        list[(*n)++] = s;
}

static void take_line(struct input *in, struct bf_str line)
{
    struct bf_query_text *t = &in->text;
    struct bf_str s = {line.p + 1, line.n - 1};
    char letter = line.p[0];
    if (letter == 's')
        t->select = s;
    else if (letter == 'g')
        t->group_by = s;
    else if (letter == 'o')
        t->order_by = s;
    else if (letter == 'w')
        more(t->where, &t->wheres, s);
    else if (letter == 'r')
        more(t->refine, &t->refines, s);
    else if (letter == 'x')
        more(t->exclude, &t->excludes, s);
    else if (letter == 'f')
        more(in->facets, &t->nfacets, s);
    else if (letter == 'a')
        in->handler = s;
}

static void take_input(struct input *in, struct bf_str rest)
{
    *in = (struct input){.text = {.zone = bf_zone_utc(), .limit = 10, .offset = 5, .now = 1}};
    while (rest.n) {
        struct bf_str line = bf_str_cut(rest, '\n', &rest);
        if (line.n)
            take_line(in, line);
    }
    in->text.facets = in->facets;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in;
    take_input(&in, (struct bf_str){(const char *)data, size});
    hold(&in);
    return 0;
}
