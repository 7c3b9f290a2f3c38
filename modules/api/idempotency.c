#include "api/idempotency.h"

#include "api/request.h"

bool bf_idempotency_key(struct bf_request *r, struct bf_str *out)
{
    struct bf_str key = r->http.idempotency_key;
    *out = (struct bf_str){NULL, 0};
    if (!key.p)
        return true;
    if (key.n >= 2 && key.p[0] == '"' && key.p[key.n - 1] == '"')
        key = (struct bf_str){key.p + 1, key.n - 2};
    bool good = key.n > 0 && key.n <= BF_IDEMPOTENCY_KEY;
    for (size_t i = 0; good && i < key.n; i++)
        good = key.p[i] >= ' ' && key.p[i] <= '~';
    if (!good)
        return BF_FAIL_WITH(&r->err, BF_E_REQUEST,
                            "The Idempotency-Key must have 1 to %d printable ASCII characters.",
                            BF_IDEMPOTENCY_KEY);
    *out = key;
    return true;
}
