#include "query/given.h"

#include "query/ast.h"

#include <string.h>

bool bf_query_give(struct bf_query *q, const struct bf_given *given, struct bf_err *err)
{
    struct bf_schema *schema = bf_arena_alloc(q->arena, sizeof *schema);
    if (!schema)
        return BF_FAIL_WITH(err, BF_E_MEMORY,
                            "The query needs more memory than a request may have.");
    *schema = *q->schema;
    schema->relation = given->relation;
    schema->selected = true;
    q->schema = schema;
    q->given = given->values;
    q->ngiven = given->n;
    return true;
}

/* A part of a larger statement, which has them already, begins behind them. */
bool bf_given_params(const struct bf_query *q, struct bf_value **params, size_t *n, size_t *room)
{
    *params = NULL;
    *n = *room = q->bound ? 0 : q->ngiven;
    if (*n == 0)
        return true;
    *params = bf_arena_zalloc(q->arena, *n, sizeof **params);
    if (!*params)
        return false;
    memcpy(*params, q->given, *n * sizeof **params);
    return true;
}
