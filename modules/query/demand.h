/*
 * query/demand: what a query asks of the server, in numbers, for who puts a price on it.
 *
 * Purpose    told from the checked query alone, before anything is executed. Conditions that a
 *            handler adds later (rewrite) do not count: the caller did not ask for them.
 */
#ifndef BF_QUERY_DEMAND_H
#define BF_QUERY_DEMAND_H

#include "query/query.h"

struct bf_demand {
    size_t facets; /* that are counted */
    size_t keys;   /* that records are grouped by */
    bool summed;   /* aggregates, with keys or without */
    bool sifted;   /* conditions: records that match are searched for and counted */
    bool one;      /* the record of one id */
    int64_t limit; /* -1: all */
    int64_t offset;
};

/* After check. */
struct bf_demand bf_query_demand(const struct bf_query *q);

#endif
