/*
 * api/total: how many records match: counted once per commit and question, not once per page.
 *
 * Purpose    to count a filter may cost a hundred times as much as the page that it stands on.
 *            The number is kept in shared memory (http/hot) under the commit and the conditions,
 *            whatever is selected, in whatever order, from whatever offset.
 * Truth      a number is believed only when the rows' own statement tells the commit that it was
 *            counted at.
 */
#ifndef BF_API_TOTAL_H
#define BF_API_TOTAL_H

#include "api/request.h"
#include "store/read.h"

struct bf_total {
    bool known, wanted;
    int64_t commit, n;
    unsigned char key[BF_DIGEST_BYTES];
};

/* What is known before the rows are read. sql: of r->query. */
void bf_total_recall(struct bf_request *r, const struct bf_sql *sql, struct bf_total *out);

/* Keeps what the rows' statement has counted, when it is worth it. */
void bf_total_keep(struct bf_request *r, const struct bf_total *total, const struct bf_read *read);

#endif
