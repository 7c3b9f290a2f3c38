#include "api/explore/steps.h"
#include "api/rows.h"
#include "query/coarser.h"

/* Asks once more, for the ends alone; what goes wrong there only leaves the advice out. */
static bool coarser(struct bf_request *r, struct bf_buf *out)
{
    struct bf_rows rows = {.read = NULL};
    struct bf_err err;
    bf_err_clear(&err);
    if (!bf_coarser_sql(r->query, &rows.sql, &err))
        return false;
    rows.read = bf_read_page(r->conn, r->arena, r->dataset->manifest->id, &rows.sql,
                             BF_READ_NO_TOTAL, &err);
    return rows.read && bf_read_next(rows.read, &err) &&
           bf_coarser_say(r->query, rows.read->cells[0], rows.read->cells[1], out);
}

bool explore_too_many_groups(struct bf_request *r, int64_t found)
{
    struct bf_bound_text text;
    struct bf_buf cheaper;
    bf_buf_init(&cheaper, 256);
    bool known = coarser(r, &cheaper);
    bf_buf_text(&cheaper, ", or ask for an export");
    bf_buf_char(&cheaper, '\0');
    known = known && !bf_buf_failed(&cheaper);
    BF_FAIL_WITH(&r->err, BF_E_ODSQL,
                 "ODSQL query is malformed: %s. Clause(s) containing the error(s): group_by.",
                 bf_bound_say(&text, BF_BOUND_GROUPS, found, known ? cheaper.p : NULL));
    bf_buf_fini(&cheaper);
    return false;
}
