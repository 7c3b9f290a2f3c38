/*
 * api/price: what a request costs, in units: the one table.
 *
 * Purpose    one unit is a page of records as most apps ask for it. What makes the server look at
 *            more costs more, told from the checked query and the number of records that the
 *            dataset is known to have, before anything is executed; so a caller knows the price
 *            beforehand, and nobody hides much work in few requests.
 *
 *     anything else (a record, a dataset, a description, a mistake, a push)    1
 *     a page of records or datasets          1, + 1 for every 100 rows beyond the first 100
 *     records that are searched and counted  + 1 for every 50,000 of the dataset, at most + 4:
 *                                            so a count (limit=0) costs as much as its page
 *     records that are skipped (offset)      + 1 for every 2,500
 *     groups, aggregates                     2, + 1 for each key beyond the first, + the search
 *     facets                                 1, + 1 for each, + the search; both at most 10
 *     an export                              1 for every 1,000 rows that are begun
 *     a page of a scan (api/allowance)       four times as much
 *     rows that a handler gives              + the "cost" of the dataset's manifest; there are as
 *                                            many as source_rows lets it give
 *
 * Exports    are charged for the rows they can have at most before they begin, so that none is ever
 *            cut in the middle; for rows that there were not (conditions, a client that left) the
 *            units come back at the end.
 * Same       an answer from memory costs what it cost the first time: a price that depends on what
 *            others asked could not be told beforehand.
 */
#ifndef BF_API_PRICE_H
#define BF_API_PRICE_H

#include <stdbool.h>
#include <stdint.h>

struct bf_request;

enum { BF_PRICE_LEAST = 1, BF_PRICE_SCAN = 4, BF_PRICE_MOST = 500000 };

/* After check, or whenever the request failed (allowance.failed). */
int64_t bf_price_of(const struct bf_request *r);

/* Of a finished export: what the rows that it had cost; other requests: what was charged. */
int64_t bf_price_in_the_end(const struct bf_request *r, int64_t charged);

/* Whether it is a page of many behind the first one, by number or by cursor. */
bool bf_price_is_next_page(const struct bf_request *r);

#endif
