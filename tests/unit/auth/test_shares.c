/* auth: a key and all that were narrowed from it have one rate together, at any depth. */
#include "auth/issue.h"
#include "auth/keyring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1795000000)
#define KID "20261123-test"

static struct bf_arena *arena;
static struct bf_str secret_pem;
static struct bf_keyring *ring;
static struct bf_err err;
static struct bf_claims claims;

static int setup(void **state)
{
    (void)state;
    struct bf_str open_pem;
    arena = bf_arena_new(16u << 20);
    bf_err_clear(&err);
    assert_true(bf_key_generate(arena, &secret_pem, &open_pem, &err));
    ring = bf_keyring_new();
    assert_true(bf_keyring_add(ring, &(struct bf_public_key){BF_STR(KID), open_pem}, &err));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bf_keyring_free(ring);
    bf_arena_free(arena);
    return 0;
}

static bool accepts(struct bf_str token)
{
    bf_err_clear(&err);
    return bf_key_verify(ring, arena, token, NOW, &claims, &err);
}

static struct bf_key_order child(void)
{
    return (struct bf_key_order){
        .kid = BF_STR(KID), .private_pem = secret_pem, .issued = NOW, .jti = bf_key_new_id(arena)};
}

static bool narrows(const struct bf_claims *parent, struct bf_key_order *o)
{
    struct bf_str token;
    bf_err_clear(&err);
    if (!bf_key_narrow(arena, parent, o, &err)) {
        assert_int_equal(err.code, BF_E_PARAMETER);
        return false;
    }
    assert_true(bf_key_issue(arena, o, &token, &err));
    assert_true(accepts(token) && accepts(token)); /* as read, and as remembered */
    return true;
}

/* The rates that the key in `claims` is charged to beside its own: as many as that, ending with one
 * of `last`. */
static void assert_shares(size_t n, struct bf_str last, int64_t rate)
{
    assert_int_equal(claims.narrow.nshares, n);
    assert_true(bf_str_eq(claims.narrow.shares[n - 1].jti, last));
    assert_int_equal(claims.narrow.shares[n - 1].rate, rate);
}

static void a_child_takes_part_in_the_rates_above_it(void **state)
{
    (void)state;
    struct bf_key_order o = child();
    o.sub = BF_STR("ilevia");
    o.scope = BF_STR("read");
    o.expires = NOW + 86400;
    struct bf_str token;
    bf_err_clear(&err);
    assert_true(bf_key_issue(arena, &o, &token, &err) && accepts(token)); /* without a rate */
    struct bf_claims parent = claims;
    for (int64_t rate = 100; rate > 100 - BF_KEY_SHARES; rate--) {
        o = child();
        o.narrow.rate = rate;
        assert_true(narrows(&parent, &o));
        assert_true(bf_narrowing_has_own_rate(&claims.narrow));
        assert_int_equal(claims.narrow.nshares, 100 - rate);
        parent = claims;

        o = child(); /* says nothing: that rate is not its own, and not its children's either */
        assert_true(narrows(&parent, &o));
        assert_false(bf_narrowing_has_own_rate(&claims.narrow));
        assert_shares((size_t)(101 - rate), parent.jti, rate);
        struct bf_claims same = claims;
        o = child();
        o.narrow.rate = rate;
        assert_true(narrows(&same, &o));
        assert_false(bf_narrowing_has_own_rate(&claims.narrow));
        assert_shares((size_t)(101 - rate), parent.jti, rate);
    }
    o = child(); /* the fifth rate: it has its own, but no child can take part in five others */
    o.narrow.rate = 50;
    assert_true(narrows(&parent, &o));
    assert_true(bf_narrowing_has_own_rate(&claims.narrow));
    assert_shares(BF_KEY_SHARES, parent.jti, 97);
    parent = claims;
    o = child();
    assert_false(narrows(&parent, &o));
    assert_non_null(strstr(err.message, "rate"));
}

/* As they stand above each other, in whatever order they came. */
static void shares_are_ordered(void **state)
{
    (void)state;
    struct bf_key_share list[BF_KEY_SHARES];
    static const int64_t rates[] = {5, 9, 7, 7}, ordered[] = {9, 7, 7, 5};
    size_t n = 0;
    for (size_t i = 0; i < BF_KEY_SHARES; i++)
        bf_narrowing_add_share(list, &n, (struct bf_key_share){BF_STR("0123456789ab"), rates[i]});
    assert_int_equal(n, BF_KEY_SHARES);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(list[i].rate, ordered[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_takes_part_in_the_rates_above_it),
        cmocka_unit_test(shares_are_ordered),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
