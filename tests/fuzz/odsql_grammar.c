/* ODSQL by its grammar (tests/generate/odsql.h): each byte of the input is a choice, so that the
 * fuzzer steers through whole queries instead of words. */
#include "odsql_checks.h"

#include "../generate/odsql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bf_str clause(struct generate *g, char *out, void (*write)(struct generate *))
{
    g->out = out;
    g->length = 0;
    g->depth = 0;
    out[0] = '\0';
    write(g);
    return bf_str_of(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char texts[4][GENERATED];
    struct generate g = {.bytes = data, .n = size};
    struct input in = {.text = {.zone = bf_zone_utc(), .limit = 10, .offset = 5, .now = 1}};
    unsigned clauses = pick(&g, 16);
    if (clauses & 1)
        in.text.group_by = clause(&g, texts[0], generate_group);
    if (clauses & 2)
        in.text.select = clause(&g, texts[1], generate_select);
    if (clauses & 4)
        in.text.order_by = clause(&g, texts[2], generate_order);
    g.grouped = false;
    if (clauses & 8) {
        in.text.where[0] = clause(&g, texts[3], generate_where);
        in.text.wheres = 1;
    }
    hold(&in);
    return 0;
}
