#include "store/reference.h"

bool bf_reference_known(struct bf_conn *c, int64_t epsg, bool *known, struct bf_err *err)
{
    static const struct bf_str sql =
        BF_STR_INIT("SELECT 1 FROM spatial_ref_sys"
                    " WHERE srid = $1::bigint AND auth_srid = srid AND auth_name = 'EPSG'");
    struct bf_value code = {.type = BF_INT, .integer = epsg};
    PGresult *res = bf_conn_query(c, sql, &code, 1, err);
    if (!res)
        return false;
    *known = PQntuples(res) > 0;
    PQclear(res);
    return true;
}
