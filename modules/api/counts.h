/*
 * api/counts: the facets of a question, counted once per commit, not once per page.
 *
 * Purpose    facets over a million records take a second, and clients ask for them with every page
 *            that they turn, in another order or with other fields. What was counted is kept in
 *            shared memory (http/hot) under the commit, the conditions and the facets alone, by all
 *            protocols, when it is asked for the second time.
 * Truth      what is kept is believed only when the state in PostgreSQL, read in the snapshot of
 *            the rows where there is one, tells the very commit that it was counted at.
 */
#ifndef BF_API_COUNTS_H
#define BF_API_COUNTS_H

#include "api/request.h"
#include "store/facets.h"

/* The facets of r->query over r->dataset, or the catalogue. The connection is ready. */
bool bf_counts_read(struct bf_request *r, struct bf_facets *out);

#endif
