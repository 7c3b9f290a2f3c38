/*
 * api/slow: the answer to a query that PostgreSQL stopped at statement_timeout_ms.
 *
 * The error stays what it is (TIMEOUT, with Retry-After); its message tells the limit, what costs
 * in this query and what would be cheaper (query/cost.h). Other errors are left alone.
 */
#ifndef BF_API_SLOW_H
#define BF_API_SLOW_H

#include "api/request.h"

void bf_slow_explain(struct bf_request *r);

#endif
