#include "api/slow.h"

#include "query/cost.h"

#include <stdio.h>
#include <string.h>

static const char stopped[] = "57014"; /* query_canceled */

void bf_slow_explain(struct bf_request *r)
{
    struct bf_buf b;
    if (r->err.code != BF_E_TIMEOUT || !r->query || strcmp(r->err.sqlstate, stopped) != 0)
        return;
    bf_buf_init(&b, 4096);
    bf_buf_printf(&b, "The query took longer than the %lld ms that one may take. ",
                  (long long)r->conf->statement_timeout_ms);
    bf_cost_say(r->query, &b);
    if (!bf_buf_failed(&b))
        snprintf(r->err.message, sizeof r->err.message, "%.*s", BF_STR_ARG(bf_buf_view(&b)));
    bf_buf_fini(&b);
}
