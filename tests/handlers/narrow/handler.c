/*
 * Level 4 as the guide shows it: hides every row whose `nom` is the option `hidden`, and refuses
 * queries that name the field `x`.
 */
#include <beffroi/handler.h>

BF_HANDLER_HOST;

struct rules {
    const char *hidden;
    int secret;
};

static enum bf_rc open_dataset(struct bf_dataset *d, void **self)
{
    struct rules rules = {bf->option(d, "hidden"), bf->field(d, "x")};
    *self = bf->keep(d, &rules, sizeof rules);
    return BF_OK;
}

static enum bf_rc rewrite(struct bf_req *r, struct bf_query *q, void *self)
{
    const struct rules *rules = self;
    if (bf->query_uses(q, rules->secret))
        return bf->fail(r, 403, "the field %s is not public", "x");
    return bf->query_and(q, "nom is null or nom != ?", &rules->hidden, 1);
}

static const struct bf_option options[] = {{"hidden", BF_TEXT, NULL, "name of the rows to hide"},
                                           {0}};

BF_HANDLER(.name = "narrow", .version = "1.0", .options = options, .open = open_dataset,
           .rewrite = rewrite);
