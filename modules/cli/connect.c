#include "cli/connect.h"

bool bf_connect_as(enum bf_role role, const struct bf_conf *conf, struct bf_conn **conn,
                   struct bf_err *err)
{
    *conn = bf_conn_new(conf, role);
    if (!*conn)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.");
    return bf_conn_ready(*conn, err);
}
