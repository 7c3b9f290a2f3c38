#include "store/applying.h"

bool bf_applying_run(struct bf_applying *a)
{
    bf_buf_char(&a->sql, '\0');
    bool ok = bf_buf_failed(&a->sql)
                  ? BF_FAIL_WITH(a->err, BF_E_MEMORY, "The statement is too long.")
                  : bf_conn_run(a->conn, a->sql.p, a->err);
    bf_buf_clear(&a->sql);
    return ok;
}
