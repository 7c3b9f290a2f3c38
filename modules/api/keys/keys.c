#include "api/keys/keys.h"

#include "api/keys/event.h"
#include "api/keys/standing.h"
#include "core/clock.h"
#include "core/log.h"
#include "store/keys.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAUSE_US = 1000000 };

struct bf_keys {
    struct bf_conn *conn;
    const struct bf_access *access;
    struct bf_standing *standing;
    struct bf_keyring *ring;
    int64_t read_us;
    int64_t number; /* of the last change of access that was known when the ring was read */
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
    int64_t number = bf_access_news(keys->access).number;
    keys->read_us = bf_clock_mono_us();
    if (!ring || !bf_keys_each(keys->conn, add, ring, err)) {
        bf_keyring_free(ring);
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the keys");
    }
    if (keys->ring)
        bf_keyring_inherit(ring, keys->ring);
    bf_keyring_free(keys->ring);
    keys->ring = ring;
    keys->number = number;
    return true;
}

struct bf_keys *bf_keys_new(struct bf_conn *c, const struct bf_access *access, struct bf_err *err)
{
    struct bf_keys *keys = calloc(1, sizeof *keys);
    if (!keys) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the keys");
        return NULL;
    }
    keys->conn = c;
    keys->access = access;
    keys->standing = bf_standing_new(c, access);
    if (!keys->standing)
        BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the keys");
    else if (read_ring(keys, err))
        return keys;
    bf_keys_free(keys);
    return NULL;
}

void bf_keys_free(struct bf_keys *keys)
{
    if (!keys)
        return;
    bf_keyring_free(keys->ring);
    bf_standing_free(keys->standing);
    free(keys);
}

/* Not at once again when it could not be read: the database may be away. */
static bool read_again(struct bf_keys *keys)
{
    struct bf_err ignored;
    bf_err_clear(&ignored);
    return bf_clock_mono_us() - keys->read_us >= PAUSE_US && bf_conn_ready(keys->conn, &ignored) &&
           read_ring(keys, &ignored);
}

static void follow_changes(struct bf_keys *keys)
{
    struct bf_err ignored;
    bf_err_clear(&ignored);
    if (bf_access_news(keys->access).number != keys->number && bf_conn_ready(keys->conn, &ignored))
        read_ring(keys, &ignored);
}

static bool verify(struct bf_keys *keys, struct bf_arena *a, struct bf_str token,
                   struct bf_claims *out, struct bf_err *err)
{
    int64_t now = bf_clock_wall_s();
    follow_changes(keys);
    if (bf_key_verify(keys->ring, a, token, now, out, err))
        return true;
    if (!bf_key_is_foreign(keys->ring, token) || !read_again(keys))
        return false;
    bf_err_clear(err);
    return bf_key_verify(keys->ring, a, token, now, out, err);
}

/* The words are the same for whatever is no key; but who holds one that was issued for an event has
 * it from there, and is told that it is over. */
static void explain(const struct bf_keys *keys, struct bf_arena *a, struct bf_str token,
                    struct bf_err *err)
{
    struct bf_claims claims;
    if (err->code != BF_E_UNAUTHORIZED || !bf_key_recall(keys->ring, a, token, &claims) ||
        !bf_str_starts(claims.sub, BF_STR(BF_EVENT_SUB)))
        return;
    char detail[sizeof err->detail];
    snprintf(detail, sizeof detail, "%s", err->detail);
    bf_err_clear(err);
    BF_FAIL_WITH(err, BF_E_UNAUTHORIZED,
                 "This key of an event is not valid any more: the event is over, or its device "
                 "was given another one.");
    bf_err_detail(err, "%s", detail);
}

bool bf_keys_verify(struct bf_keys *keys, struct bf_arena *a, struct bf_str token,
                    struct bf_claims *out, struct bf_err *err)
{
    if (verify(keys, a, token, out, err) && bf_standing_check(keys->standing, out, err))
        return true;
    *out = (struct bf_claims){0};
    explain(keys, a, token, err);
    return false;
}

const struct bf_keyring *bf_keys_ring(struct bf_keys *keys)
{
    follow_changes(keys);
    read_again(keys);
    return keys->ring;
}

bool bf_keys_know(const struct bf_keys *keys, struct bf_str token)
{
    return bf_key_is_remembered(keys->ring, token);
}
