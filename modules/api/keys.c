#include "api/keys.h"

#include "core/log.h"
#include "store/keys.h"

static bool add(void *ring, const struct bf_signing_key *key, struct bf_err *err)
{
    (void)err;
    struct bf_err bad;
    bf_err_clear(&bad);
    if (!bf_keyring_add(ring, &(struct bf_public_key){key->kid, key->public_pem}, &bad))
        bf_log(BF_LOG_ERROR, "key.left_out", "%s", bad.message);
    return true;
}

bool bf_keys_load(struct bf_conn *c, struct bf_keyring *ring, struct bf_err *err)
{
    return bf_keys_each(c, add, ring, err);
}
