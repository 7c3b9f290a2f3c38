/*
 * query/cost: why a query that PostgreSQL had to stop was slow, and which would be quicker.
 *
 * Purpose    for the client whose query passed statement_timeout_ms: which parts of it cost, and
 *            what would do instead. Told from the query and its schema alone, so that it costs
 *            nothing: no EXPLAIN, whose figures for bound values would be guesses.
 *
 *     What costs here: no condition has an index, so every record is looked at; 6 facets are
 *     counted. Cheaper: filter on nom, etat or datemiseajour; ask for fewer facets at a time.
 */
#ifndef BF_QUERY_COST_H
#define BF_QUERY_COST_H

#include "query/query.h"

/* After check. */
void bf_cost_say(const struct bf_query *q, struct bf_buf *out);

#endif
