/* Crashes in its row hook, but only on rows whose `nom` is "crash". */
#include <beffroi/handler.h>

#include <string.h>

BF_HANDLER_HOST;

static enum bf_rc open_dataset(struct bf_dataset *d, void **self)
{
    int name = bf->field(d, "nom");
    *self = bf->keep(d, &name, sizeof name);
    return BF_OK;
}

static enum bf_rc fill_row(struct bf_req *r, struct bf_row *row, void *self)
{
    const int *name = self;
    const char *text;
    size_t n;
    (void)r;
    if (bf->get_text(row, *name, &text, &n) && n == 5 && memcmp(text, "crash", 5) == 0)
        __builtin_trap();
    return BF_OK;
}

BF_HANDLER(.name = "crash-row", .version = "1.0", .open = open_dataset, .row = fill_row);
