/*
 * A handler that is built against every released header: it uses each member of the 1.0 table, so
 * that a server which moved one of them is found out by what the row shows.
 */
#include <beffroi/handler.h>

BF_HANDLER_HOST;

struct probe {
    int id, name, extra;
    bool sized;
};

static enum bf_rc open_dataset(struct bf_dataset *d, void **self)
{
    struct probe p = {bf->field(d, "id"), bf->field(d, "name"), bf->field(d, "extra"),
                      bf->size >= sizeof(struct bf_api) && bf->major == BF_ABI_MAJOR};
    *self = bf->keep(d, &p, sizeof p);
    return p.sized ? BF_OK : bf->reject(d, "the host's table is smaller than the header");
}

static enum bf_rc rewrite(struct bf_req *r, struct bf_query *q, void *self)
{
    const struct probe *p = self;
    bf->log(r, BF_DEBUG, "the query %s id", bf->query_uses(q, p->id) ? "names" : "does not name");
    return BF_OK;
}

static enum bf_rc fill_row(struct bf_req *r, struct bf_row *row, void *self)
{
    const struct probe *p = self;
    const char *text;
    size_t n;
    (void)r;
    if (bf->get_text(row, p->name, &text, &n))
        return bf->set_text(row, p->extra, text, n);
    return bf->set_text(row, p->extra, "none", 4);
}

static const struct bf_option options[] = {{"act", BF_TEXT, "", "not used"}, {0}};
static const struct bf_field adds[] = {{"extra", BF_TEXT, "Extra", NULL}, {0}};

BF_HANDLER(.name = "probe", .version = "1.0", .options = options, .adds = adds,
           .open = open_dataset, .rewrite = rewrite, .row = fill_row);
