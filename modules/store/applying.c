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

bool bf_applying_has(const PGresult *names, struct bf_str name)
{
    for (int i = 0; i < PQntuples(names); i++)
        if (bf_str_eq(name, bf_str_of(PQgetvalue(names, i, 0))))
            return true;
    return false;
}
