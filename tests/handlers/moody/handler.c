/* Behaves as its options say when it is opened, and at rows whose `nom` is "moody". */
#include <beffroi/handler.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

BF_HANDLER_HOST;

struct self {
    int name, x;
    char row[16];
};

static void misbehave(const char *how)
{
    if (strcmp(how, "crash") == 0)
        __builtin_trap();
    if (strcmp(how, "exit") == 0)
        exit(0);
    while (strcmp(how, "hang") == 0)
        usleep(1000);
    while (strcmp(how, "eat") == 0) {
        volatile char *more = malloc(1 << 20);
        for (size_t i = 0; more && i < 1 << 20; i += 4096)
            more[i] = 1;
    }
}

static enum bf_rc open_dataset(struct bf_dataset *d, void **self)
{
    struct self s = {bf->field(d, "nom"), bf->field(d, "x"), "good"};
    const char *how = bf->option(d, "open");
    const char *row = bf->option(d, "row");
    if (how && strcmp(how, "reject") == 0)
        return bf->reject(d, "it is not in the mood");
    misbehave(how ? how : "good");
    if (row)
        strncpy(s.row, row, sizeof s.row - 1);
    *self = bf->keep(d, &s, sizeof s);
    return BF_OK;
}

static enum bf_rc fill_row(struct bf_req *r, struct bf_row *row, void *self)
{
    const struct self *s = self;
    const char *text;
    size_t n;
    double x;
    static double calls;
    if (!bf->get_text(row, s->name, &text, &n) || n != 5 || memcmp(text, "moody", 5) != 0)
        return BF_OK;
    misbehave(s->row);
    if (strcmp(s->row, "fail") == 0)
        return bf->fail(r, 500, "it is not in the mood");
    if (strcmp(s->row, "refuse") == 0)
        return bf->fail(r, 400, "it is not in the mood");
    if (strcmp(s->row, "double") == 0 && bf->get_double(row, s->x, &x))
        bf->set_double(row, s->x, 2 * x);
    if (strcmp(s->row, "count") == 0)
        bf->set_double(row, s->x, ++calls);
    return BF_OK;
}

static const struct bf_option options[] = {
    {"open", BF_TEXT, "good", "good, reject, crash, exit, hang or eat"},
    {"row", BF_TEXT, "good", "the same, or fail, refuse, double or count"},
    {NULL, BF_NULL, NULL, NULL},
};

BF_HANDLER(.name = "moody", .version = "1.0", .open = open_dataset, .row = fill_row,
           .options = options);
