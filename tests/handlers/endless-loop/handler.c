/* Never comes back from its row hook on rows whose `nom` is "loop". */
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
    bool loop = bf->get_text(row, *name, &text, &n) && n == 4 && memcmp(text, "loop", 4) == 0;
    for (volatile unsigned long turns = 0; loop;)
        turns = turns + 1;
    return BF_OK;
}

BF_HANDLER(.name = "endless-loop", .version = "1.0", .open = open_dataset, .row = fill_row);
