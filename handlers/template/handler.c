/*
 * The handler of the dataset `template`: a field that is computed in C for every row of an answer.
 *
 * Fills      taux_occupation: the share of the docks of a bike station that hold a bike, 0 to 1;
 *            null where one of the two counts is, or where the station has no docks at all.
 * Needs      the stored fields nb_velos and nb_places. No options.
 */
#include <beffroi/handler.h>

BF_HANDLER_HOST;

struct fields {
    int bikes, docks, rate;
};

/* Once per worker: names become indices. What is asked for here is in every row. */
static enum bf_rc open_dataset(struct bf_dataset *d, void **self)
{
    struct fields f = {bf->field(d, "nb_velos"), bf->field(d, "nb_places"),
                       bf->field(d, "taux_occupation")};
    if (f.bikes < 0 || f.docks < 0)
        return bf->reject(d, "it needs the fields nb_velos and nb_places");
    *self = bf->keep(d, &f, sizeof f);
    return BF_OK;
}

static enum bf_rc fill_row(struct bf_req *r, struct bf_row *row, void *self)
{
    const struct fields *f = self;
    double bikes, docks;
    (void)r;
    if (!bf->get_double(row, f->bikes, &bikes) || !bf->get_double(row, f->docks, &docks))
        return BF_OK; /* nothing in, nothing out: the field stays null */
    return bf->set_double(row, f->rate, bikes / (bikes + docks)); /* 0 / 0 is written as null */
}

static const struct bf_field adds[] = {{"taux_occupation", BF_DOUBLE, "Taux d'occupation", "1"},
                                       {0}};

BF_HANDLER(.name = "template", .version = "1.0", .adds = adds, .open = open_dataset,
           .row = fill_row);
