/*
 * query/bound: what a query may cost, and what is said to one that costs more.
 *
 * Purpose    a stranger writes the queries, so everything that makes one expensive has a limit; all
 *            of them stand in query/bounds.def. A query is refused before PostgreSQL sees it,
 *            except for GROUPS, CELLS and FACET, which only the data can tell.
 * Errors     each names the bound, what the query has, the limit, and the cheaper query. The codes
 *            are those of the place: ODSQL for clauses.
 * Not here   what PostgreSQL's planner would estimate: see "Cost" in modules/README.md. Time is
 *            bounded by the setting statement_timeout_ms: query/cost.h.
 */
#ifndef BF_QUERY_BOUND_H
#define BF_QUERY_BOUND_H

#include "core/str.h"

enum bf_bound {
#define BF_BOUND(name, what, most, unit, cheaper) BF_BOUND_##name,
#include "query/bounds.def"
#undef BF_BOUND
    BF_BOUNDS
};

enum {
#define BF_BOUND(name, what, most, unit, cheaper) BF_MOST_##name = (most),
#include "query/bounds.def"
#undef BF_BOUND
};

/* The sentence, without a full stop. found -1: more than it may have, nobody counted how many.
 * cheaper NULL: the table's. */
struct bf_bound_text {
    char text[512];
};
const char *bf_bound_say(struct bf_bound_text *out, enum bf_bound which, int64_t found,
                         const char *cheaper);

#endif
