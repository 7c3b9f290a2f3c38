/* Uses everything that the table offers, the wrong way too; what it does is told by its options. */
#include <beffroi/handler.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

BF_HANDLER_HOST;

struct tour {
    struct bf_dataset *dataset;
    struct bf_req *kept; /* of an earlier request: never valid */
    struct bf_query *kept_query;
    struct bf_row *kept_row;
    const char *act;
    int64_t level;
    int id, flag, count, real, name, day, at, place, extra;
    bool ready;
};

static int closed;

static bool acts(const struct tour *t, const char *act)
{
    return strcmp(t->act, act) == 0;
}

static enum bf_rc open_dataset(struct bf_dataset *d, void **self)
{
    struct tour *t = *self = bf->alloc(d, sizeof *t);
    if (!t)
        return BF_FAIL;
    t->dataset = d;
    t->act = bf->option(d, "act");
    t->level = strtoll(bf->option(d, "level"), NULL, 10);
    t->id = bf->field(d, "id");
    t->flag = bf->field(d, "flag");
    t->count = bf->field(d, "compte"); /* an alias of count */
    t->real = bf->field(d, "real");
    t->name = bf->field(d, "name");
    t->day = bf->field(d, "day");
    t->at = bf->field(d, "at");
    t->place = bf->field(d, "place");
    t->extra = bf->field(d, "extra");
    t->ready = bf->option(d, "nothing") == NULL && bf->field(d, "nothing") == -1;
    if (acts(t, "reject"))
        return bf->reject(d, "the option act says so");
    if (acts(t, "reject-quietly"))
        return bf->reject(d, NULL), BF_OK;
    if (acts(t, "fail-open"))
        return BF_FAIL;
    while (acts(t, "greedy") && bf->alloc(d, 4096))
        continue;
    if (acts(t, "too-much"))
        bf->alloc(d, SIZE_MAX);
    return t->ready ? BF_OK : bf->reject(d, "it is not ready");
}

static void close_dataset(void *self)
{
    struct tour *t = self;
    t->ready = false;
    closed++;
    bf->log(NULL, BF_INFO, "closed %d", closed);
}

static enum bf_rc narrow(struct bf_query *q, const char *condition, const char *value)
{
    return bf->query_and(q, condition, &value, value ? 1 : 0);
}

static enum bf_rc rewrite(struct bf_req *r, struct bf_query *q, void *self)
{
    struct tour *t = self;
    if (acts(t, "hide"))
        return narrow(q, "name != ?", "hidden");
    if (acts(t, "hide-badly"))
        return narrow(q, "name != != ?", "hidden");
    if (acts(t, "hide-badly-and-go-on"))
        return narrow(q, "name != != ?", "hidden"), BF_OK;
    if (acts(t, "hide-by-nothing"))
        return narrow(q, "no_such_field = 1", NULL);
    if (acts(t, "hide-by-null"))
        return bf->query_and(q, NULL, NULL, 0), BF_OK;
    if (acts(t, "hide-by-many"))
        return bf->query_and(q, "id = 1", NULL, 1000), BF_OK;
    if (acts(t, "hide-by-name") && bf->query_uses(q, t->name))
        return bf->fail(r, 403, "the field %s is not for you", "name");
    if (acts(t, "uses-wrongly"))
        return bf->query_uses(q, -1) || bf->query_uses(q, 4711) ? BF_FAIL : BF_OK;
    if (acts(t, "fail-softly"))
        return bf->fail(r, 503, "come back later");
    if (acts(t, "fail-and-go-on"))
        return bf->fail(r, 418, "a teapot"), bf->fail(r, 410, "second"), BF_OK;
    if (acts(t, "fail-wildly"))
        return bf->fail(r, 200, "not \xff UTF-8");
    if (acts(t, "odd-rc"))
        return (enum bf_rc)77;
    if (acts(t, "late-reject"))
        return bf->reject(t->dataset, "too late");
    if (acts(t, "use-old") && t->kept)
        return bf->fail((struct bf_req *)(void *)t, 400, "not a request");
    if (acts(t, "write-early") && t->kept_row)
        return bf->set_int(t->kept_row, t->id, 5);
    t->kept = r;
    t->kept_query = q;
    return BF_OK;
}

static enum bf_rc copy_all(struct bf_row *row, const struct tour *t)
{
    bool flag;
    int64_t count, day, at;
    double real, lon, lat;
    const char *name;
    size_t n;
    if (bf->get_bool(row, t->flag, &flag))
        bf->set_bool(row, t->flag, !flag);
    if (bf->get_int(row, t->count, &count))
        bf->set_int(row, t->count, -count);
    if (bf->get_double(row, t->real, &real))
        bf->set_double(row, t->real, real * 2);
    if (bf->get_text(row, t->name, &name, &n) && bf->set_text(row, t->name, "ab", 2) == BF_OK)
        bf->set_text(row, t->extra, name, n); /* the old text is still there */
    if (bf->get_time(row, t->day, &day))
        bf->set_time(row, t->day, day + 1);
    if (bf->get_time(row, t->at, &at))
        bf->set_time(row, t->at, at + 1);
    if (bf->get_point(row, t->place, &lon, &lat))
        bf->set_point(row, t->place, lat, lon);
    return BF_OK;
}

/* Each of these is refused: the number of those that were not is written to count. */
static enum bf_rc misuse(struct bf_row *row, const struct tour *t)
{
    int64_t number;
    double real;
    int wrong = 0;
    wrong += bf->set_int(row, -1, 1) != BF_FAIL;
    wrong += bf->set_int(row, 4711, 1) != BF_FAIL;
    wrong += bf->set_int(row, t->name, 1) != BF_FAIL;
    wrong += bf->set_text(row, t->count, "x", 1) != BF_FAIL;
    wrong += bf->set_text(row, t->name, "\xff", 1) != BF_FAIL;
    wrong += bf->set_text(row, t->name, "a\0b", 3) != BF_FAIL;
    wrong += bf->set_time(row, t->name, 1) != BF_FAIL;
    wrong += bf->set_time(row, t->day, INT64_MAX) != BF_FAIL;
    wrong += bf->set_time(row, t->at, INT64_MIN) != BF_FAIL;
    wrong += bf->set_point(row, t->place, 181, 0) != BF_FAIL;
    wrong += bf->set_point(row, t->place, 0, NAN) != BF_FAIL;
    wrong += bf->set_point(row, t->count, 0, 0) != BF_FAIL;
    wrong += bf->get_int(row, -1, &number);
    wrong += bf->get_int(row, 4711, &number);
    wrong += bf->get_int(row, t->name, &number);
    wrong += bf->get_double(row, t->name, &real);
    wrong += bf->query_and(t->kept_query, "id = 1", NULL, 0) != BF_FAIL;
    wrong += bf->query_uses(t->kept_query, t->id);
    return bf->set_int(row, t->count, wrong);
}

static enum bf_rc fill_row(struct bf_req *r, struct bf_row *row, void *self)
{
    struct tour *t = self;
    static char large[5 << 20];
    int64_t id;
    t->kept_row = row;
    if (acts(t, "copy"))
        return copy_all(row, t);
    if (acts(t, "misuse"))
        return misuse(row, t);
    if (acts(t, "large"))
        return bf->set_text(row, t->name, memset(large, 'x', sizeof large), sizeof large);
    if (acts(t, "nan"))
        return bf->set_double(row, t->real, NAN);
    if (acts(t, "null"))
        return bf->set_null(row, t->name);
    if (acts(t, "skip") && bf->get_int(row, t->id, &id) && id % 2)
        return BF_SKIP;
    if (acts(t, "fail-row"))
        return bf->fail(r, 404, "not this row");
    if (acts(t, "chatty"))
        for (int i = 0; i < 100; i++)
            bf->log(r, BF_WARNING, "line %d \xff", i);
    if (acts(t, "bad-rc"))
        return BF_FAIL;
    return BF_OK;
}

static enum bf_rc finish(struct bf_req *r, void *self)
{
    struct tour *t = self;
    if (acts(t, "fail-finish"))
        return bf->fail(r, 500, "the end");
    return BF_OK;
}

static const struct bf_option options[] = {{"act", BF_TEXT, NULL, "what to do"},
                                           {"level", BF_INT, "3", "how much"},
                                           {"quick", BF_BOOL, "false", "whether"},
                                           {"share", BF_DOUBLE, "0.5", "of it"},
                                           {NULL, BF_NULL, NULL, NULL}};
static const struct bf_field adds[] = {{"extra", BF_TEXT, "Extra", NULL}, {0}};

BF_HANDLER(.name = "tour", .version = "1.0", .summary = "everything once", .options = options,
           .adds = adds, .open = open_dataset, .close = close_dataset, .rewrite = rewrite,
           .row = fill_row, .finish = finish);
