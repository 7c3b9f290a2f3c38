#include "query/reproject.h"

#include "query/text.h"

#include <string.h>

enum { FIRST_ROOM = 1024 };

static const struct bf_value *with_srid(struct bf_arena *a, const struct bf_sql *sql, int32_t srid)
{
    struct bf_value *params = bf_arena_zalloc(a, sql->nparams + 1, sizeof *params);
    if (!params)
        return NULL;
    if (sql->nparams)
        memcpy(params, sql->params, sql->nparams * sizeof *params);
    params[sql->nparams] = (struct bf_value){.type = BF_INT, .integer = srid};
    return params;
}

static void put_columns(struct bf_text *t, const struct bf_sql *sql, size_t output)
{
    bf_text_put(t, "r.*, ST_Transform(r.c");
    bf_text_number(t, output);
    bf_text_put(t, ", $");
    bf_text_number(t, sql->nparams + 1);
    bf_text_put(t, "::bigint::int)");
}

static void put_from(struct bf_text *t, const struct bf_sql *sql)
{
    bf_text_put(t, "(SELECT ");
    bf_text_str(t, sql->columns);
    bf_text_put(t, " FROM ");
    bf_text_str(t, sql->rows);
    bf_text_str(t, sql->order);
    bf_text_str(t, sql->window);
    bf_text_put(t, ") AS r(");
    for (size_t i = 0; i < sql->ncolumns; i++) {
        bf_text_str(t, i ? BF_STR(", c") : BF_STR("c"));
        bf_text_number(t, i);
    }
    bf_text_put(t, ")");
}

bool bf_sql_reproject(struct bf_arena *a, struct bf_sql *sql, size_t output, int32_t srid,
                      struct bf_err *err)
{
    struct bf_text t;
    bf_text_init(&t, a, FIRST_ROOM);
    put_columns(&t, sql, output);
    size_t columns = t.n;
    put_from(&t, sql);
    const struct bf_value *params = with_srid(a, sql, srid);
    if (bf_text_failed(&t) || !params)
        return BF_FAIL_WITH(err, BF_E_MEMORY,
                            "The query needs more memory than a request may have.");
    sql->columns = bf_text_piece(&t, 0, columns);
    sql->rows = bf_text_piece(&t, columns, t.n);
    sql->order = sql->window = BF_STR("");
    sql->params = params;
    sql->nparams++;
    sql->ncolumns++;
    return true;
}
