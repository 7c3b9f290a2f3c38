#include "query/demand.h"

#include "query/facet.h"

struct bf_demand bf_query_demand(const struct bf_query *q)
{
    struct bf_demand d = {.keys = q->nkeys,
                          .summed = q->nkeys > 0 || q->naggregates > 0,
                          .sifted = q->conditions != NULL,
                          .one = q->one,
                          .limit = q->limit,
                          .offset = q->offset};
    for (const struct bf_facet *f = q->facets; f; f = f->next)
        d.facets++;
    return d;
}
