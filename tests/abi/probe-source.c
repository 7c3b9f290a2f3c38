/*
 * A source that is built against every released header since 1.1: it uses each member that 1.1 has
 * added to the table, and shows in its only row whether each of them said what the test asked.
 */
#include <beffroi/handler.h>

#include <string.h>

BF_HANDLER_HOST;

struct probe {
    int id, name, seen, place, shape, more;
};

struct cursor {
    const char *wrong; /* NULL: nothing */
    bool given;
};

static enum bf_rc open_dataset(struct bf_dataset *d, void **self)
{
    struct probe p = {bf->field(d, "id"),    bf->field(d, "name"),  bf->field(d, "seen"),
                      bf->field(d, "place"), bf->field(d, "shape"), bf->field(d, "more")};
    *self = bf->keep(d, &p, sizeof p);
    return *self ? BF_OK : BF_FAIL;
}

/* The request of the test: id 7 or 8, the name Gare, a day of January, a box. */
static const char *find_wrong(const struct bf_source *s, const struct probe *p)
{
    const int64_t day = INT64_C(86400000000), first = 20454 * day; /* 2026-01-01 */
    int64_t a = 0, b = 0;
    const char *text = "";
    size_t n = 0;
    double box[4] = {0, 0, 0, 0};
    if (bf->source_values(s, p->id) != 2 || !bf->source_int(s, p->id, 0, &a) ||
        !bf->source_int(s, p->id, 1, &b) || a + b != 15)
        return "source_int";
    if (bf->source_values(s, p->name) != 1 || !bf->source_text(s, p->name, 0, &text, &n) ||
        n != 4 || memcmp(text, "Gare", n) != 0)
        return "source_text";
    if (!bf->source_least(s, p->seen, &a) || a > first || a < first - day)
        return "source_least";
    if (!bf->source_most(s, p->seen, &b) || b < first + day || b > first + 2 * day)
        return "source_most";
    if (!bf->source_box(s, p->place, box) || !(box[0] < 3.5) || !(box[3] > 50.5))
        return "source_box";
    return bf->source_limit(s) == 10 ? NULL : "source_limit";
}

static enum bf_rc source_open(struct bf_req *r, struct bf_source *s, void *self, void **cursor)
{
    struct cursor *c = *cursor = bf->source_alloc(s, sizeof *c);
    (void)r;
    if (!c)
        return BF_FAIL;
    c->wrong = find_wrong(s, self);
    bf->source_version(s, "1.1", 3);
    return bf->source_instant(s, bf->source_now(s) - 1);
}

static enum bf_rc source_next(struct bf_req *r, struct bf_row *row, void *self, void *cursor)
{
    const struct probe *p = self;
    struct cursor *c = cursor;
    const char *word = c->wrong ? c->wrong : "all is as it was";
    (void)r;
    if (c->given)
        return BF_END;
    c->given = true;
    bf->set_int(row, p->id, 7);
    bf->set_text(row, p->name, word, strlen(word));
    bf->set_shape(row, p->shape, "POINT (3 50)", 12);
    return bf->set_json(row, p->more, "{\"n\": 2}", 8);
}

static void source_close(void *self, void *cursor)
{
    (void)self;
    ((struct cursor *)cursor)->given = true;
}

BF_HANDLER(.name = "probe-source", .version = "1.0", .open = open_dataset,
           .source_open = source_open, .source_next = source_next, .source_close = source_close);
