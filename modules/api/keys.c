#include "api/keys.h"

#include "core/clock.h"
#include "core/log.h"
#include "store/keys.h"

#include <stdlib.h>

enum { PAUSE_US = 1000000 };

struct bf_keys {
    struct bf_conn *conn;
    struct bf_keyring *ring;
    int64_t read_us;
};

static bool add(void *ring, const struct bf_signing_key *key, struct bf_err *err)
{
    (void)err;
    struct bf_err bad;
    bf_err_clear(&bad);
    if (!bf_keyring_add(ring, &(struct bf_public_key){key->kid, key->public_pem}, &bad))
        bf_log(BF_LOG_ERROR, "key.left_out", "%s", bad.message);
    return true;
}

static bool read_ring(struct bf_keys *keys, struct bf_err *err)
{
    struct bf_keyring *ring = bf_keyring_new();
    keys->read_us = bf_clock_mono_us();
    if (!ring || !bf_keys_each(keys->conn, add, ring, err)) {
        bf_keyring_free(ring);
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the keys");
    }
    bf_keyring_free(keys->ring);
    keys->ring = ring;
    return true;
}

struct bf_keys *bf_keys_new(struct bf_conn *c, struct bf_err *err)
{
    struct bf_keys *keys = calloc(1, sizeof *keys);
    if (!keys) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the keys");
        return NULL;
    }
    keys->conn = c;
    if (read_ring(keys, err))
        return keys;
    bf_keys_free(keys);
    return NULL;
}

void bf_keys_free(struct bf_keys *keys)
{
    if (keys)
        bf_keyring_free(keys->ring);
    free(keys);
}

static bool read_again(struct bf_keys *keys)
{
    struct bf_err ignored;
    bf_err_clear(&ignored);
    return bf_clock_mono_us() - keys->read_us >= PAUSE_US && bf_conn_ready(keys->conn, &ignored) &&
           read_ring(keys, &ignored);
}

bool bf_keys_verify(struct bf_keys *keys, struct bf_arena *a, struct bf_str token,
                    struct bf_claims *out, struct bf_err *err)
{
    int64_t now = bf_clock_wall_us() / 1000000;
    if (bf_key_verify(keys->ring, a, token, now, out, err))
        return true;
    if (!read_again(keys))
        return false;
    bf_err_clear(err);
    return bf_key_verify(keys->ring, a, token, now, out, err);
}
