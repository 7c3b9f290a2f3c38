/* auth: what a key that was narrowed from another may have, and the rate they have together. */
#include "fixture.h"

static void a_child_never_has_more(void **state)
{
    (void)state;
    static struct bf_str ab[] = {BF_STR_INIT("a"), BF_STR_INIT("b")};
    static struct bf_str here[] = {BF_STR_INIT("https://a")}, there[] = {BF_STR_INIT("https://b")};
    struct bf_key_order o = order();
    struct bf_claims parent;
    struct bf_str token;
    o.scope = BF_STR("read push:*");
    o.narrow = (struct bf_narrowing){
        .datasets = ab, .ndatasets = 2, .box = {3, 50, 4, 51}, .has_box = true, .rate = 60};
    bf_err_clear(&err);
    assert_true(bf_key_issue(arena, &o, &token, &err));
    assert_true(accepts(token));
    parent = claims;

    o = child(); /* says nothing: has all of it */
    assert_true(narrows(&parent, &o));
    assert_true(bf_str_eq(claims.parent, parent.jti));
    assert_true(bf_str_eq(claims.sub, parent.sub));
    assert_int_equal(claims.nscopes, 2);
    assert_int_equal(claims.narrow.ndatasets, 2);
    assert_true(claims.narrow.has_box);
    assert_int_equal(claims.narrow.rate, 60);
    assert_int_equal(claims.expires, parent.expires);

    o = child();
    o.scope = BF_STR("push:a");
    o.narrow = (struct bf_narrowing){.datasets = ab,
                                     .ndatasets = 1,
                                     .origins = here,
                                     .norigins = 1,
                                     .box = {3.5, 50, 4, 50.5},
                                     .has_box = true,
                                     .rate = 59};
    o.expires = NOW + 60;
    assert_true(narrows(&parent, &o));
    assert_false(bf_claims_allow(&claims, BF_STR("push"), BF_STR("b")));
    struct bf_claims first = claims;

    static const struct {
        struct bf_narrowing narrow;
        const char *scope;
        int64_t expires;
    } more[] = {
        {.narrow = {.datasets = ab, .ndatasets = 2}},
        {.narrow = {.origins = there, .norigins = 1}},
        {.narrow = {.box = {3.4, 50, 4, 50.5}, .has_box = true}},
        {.narrow = {.box = {3.5, 50, 4, 50.6}, .has_box = true}},
        {.narrow = {.rate = 60}},
        {.scope = "push:*"},
        {.scope = "push:b"},
        {.scope = "push:a read"},
        {.scope = "admin"},
        {.expires = NOW + 61},
        {.expires = NOW + 86400},
    };
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        o = child();
        o.narrow = more[i].narrow;
        o.scope = bf_str_of(more[i].scope);
        o.expires = more[i].expires;
        assert_false(narrows(&first, &o));
    }
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

/* However often a key is renewed, all of them have the rate of the first one together. */
static void a_successor_takes_part_in_the_rate_that_it_replaces(void **state)
{
    (void)state;
    struct bf_claims old = {.jti = BF_STR("0123456789ab"), .narrow = {.rate = 30}};
    for (int i = 0; i < 10; i++) {
        struct bf_key_order o = {0};
        assert_true(bf_key_succeed(arena, &old, &o, &err));
        assert_int_equal(o.narrow.rate, 30);
        assert_int_equal(o.narrow.nshares, 1);
        assert_true(bf_str_eq(o.narrow.shares[0].jti, BF_STR("0123456789ab")));
        assert_false(bf_narrowing_has_own_rate(&o.narrow));
        old = (struct bf_claims){.jti = BF_STR("ba9876543210"), .narrow = o.narrow};
    }
    struct bf_key_share full[BF_KEY_SHARES] = {
        {BF_STR("a"), 9}, {BF_STR("b"), 8}, {BF_STR("c"), 7}, {BF_STR("d"), 6}};
    struct bf_key_order o = {0};
    old.narrow = (struct bf_narrowing){.rate = 5, .shares = full, .nshares = BF_KEY_SHARES};
    assert_true(bf_key_succeed(arena, &old, &o, &err));
    assert_true(bf_narrowing_has_own_rate(&o.narrow)); /* no room for a fifth: it begins its own */
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
        cmocka_unit_test(a_child_never_has_more),
        cmocka_unit_test(a_child_takes_part_in_the_rates_above_it),
        cmocka_unit_test(a_successor_takes_part_in_the_rate_that_it_replaces),
        cmocka_unit_test(shares_are_ordered),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
