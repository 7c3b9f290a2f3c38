/*
 * api/records1/facet_json: facets as v1 shows them (contract 7.3).
 *
 * Shape      "facet_groups": [{"name", "count", "facets": [{"name", "path", "count", "state",
 *            "facets"?: …}]}]; count of a group: how many values it lists.
 */
#ifndef BF_API_RECORDS1_FACET_JSON_H
#define BF_API_RECORDS1_FACET_JSON_H

#include "api/records1/parameters.h"
#include "store/facets.h"

/* The facets to count: those that `facet` asks for, and those that `disjunctive.F` makes
 * disjunctive. false: r->err is set. */
bool records1_facet_texts(struct bf_request *r, struct bf_query_text *text);

/* Whether the answer lists any. */
bool records1_facets_asked(const struct bf_request *r);

/* `, "facet_groups": […]` with those that `facet` asks for. */
void records1_facets_print(struct bf_request *r, const struct bf_facets *facets);

#endif
