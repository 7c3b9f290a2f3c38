/*
 * api/keys/narrowed: a key that was narrowed (auth/narrow) sees and writes no more than that.
 *
 * Promise    whatever protocol asks: it is kept here and called by the pipeline, so that no
 *            protocol can forget it:
 *                bf_narrowed_settle    in the step `see`: the site that asks, the dataset
 *                bf_narrowed_rewrite   in `rewrite`: conditions in the query, which all rows,
 *                                      counts, facets, groups and exports are read with
 *                bf_narrowed_print     what tells the answer from that of others: ETags, what is
 *                                      kept
 *                bf_narrowed_push      in `authorise`: what a push may do at all; its rows are
 *                                      looked at as they are decoded (api/push/decode), what they
 *                                      replace as they are written (store/boxed)
 * What it is datasets: another one is not there, and not listed.
 *            origins: the header field Origin, or without it Referer, must be of one of them (403),
 *            and the answer is readable by that site alone (CORS).
 *            bbox: a record is seen when its main geometry meets the box, its border included; one
 *            without a place is not. A pushed row must lie inside wholly, and so must the
 *            record that it replaces (store/boxed); nothing can be replaced as a whole or
 *            deleted. What a dataset says of itself as a whole (how many
 *            records, its box) is not narrowed.
 *            rate: api/allowance.
 * Errors     NOT_FOUND_RESOURCE as for a dataset that is not there; FORBIDDEN; those of the query.
 */
#ifndef BF_API_KEYS_NARROWED_H
#define BF_API_KEYS_NARROWED_H

#include "core/buf.h"

struct bf_request;

bool bf_narrowed_settle(struct bf_request *r);
bool bf_narrowed_push(struct bf_request *r);
bool bf_narrowed_rewrite(struct bf_request *r);
void bf_narrowed_print(const struct bf_request *r, struct bf_buf *out);

/* The answer may be another one than others get. */
bool bf_narrowed_differs(const struct bf_request *r);

#endif
