/*
 * api/explore/cursor: walking a whole dataset page by page at one commit.
 *
 * Purpose    beyond offset + limit = 10,000 (contract 3.1) there is `cursor`: each page of records
 *            names the next one in `Link: <…>; rel="next"` (RFC 8288), at the same commit, in the
 *            same order, at the cost of one page however deep. `cursor=*` is the first page; a page
 *            without a cursor names its next one, too. The error for the window, whose text is the
 *            contract's, names the first page of a walk as `rel="first"`.
 * Token      opaque to clients, 64 characters of base64url: the commit and its instant, how many
 *            records match, the number of the last record, and a digest of the question, so that a
 *            cursor is never used with another `where` or order.
 * Errors     PARAMETER: not a cursor of this question, or together with offset or group_by; GONE:
 *            the history of that commit was deleted meanwhile.
 */
#ifndef BF_API_EXPLORE_CURSOR_H
#define BF_API_EXPLORE_CURSOR_H

#include "api/explore/parameters.h"
#include "api/rows.h"

struct explore_cursor {
    bool begun; /* there is a place; else `cursor=*` */
    int64_t commit, instant, total, number;
};

/* Reads the parameter into the request's state; after the other parameters. */
bool explore_cursor_parse(struct bf_request *r);

/* The rows of the page, in one read or in two: records whose first key is null come last, and an
 * index finds them apart. `more` is NULL or the second. The total is the first's. */
struct explore_page {
    struct bf_rows rows;
    struct bf_read *more;
};

bool explore_cursor_read(struct bf_request *r, struct explore_page *page);

/* The header field that names the next page, when there is one. Before bf_answer_begin. */
void explore_cursor_link(struct bf_request *r, const struct explore_page *page);

/* Of the error for the window: the header field that names the way around it. */
void explore_cursor_point(struct bf_request *r);

#endif
