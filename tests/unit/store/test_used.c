/* store/used: who was here today is known once, until it was told. */
#include "store/used.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { TODAY = 20783 };

static struct bf_used *used;

static int make(void **state)
{
    (void)state;
    void *memory =
        mmap(NULL, bf_used_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return -1;
    used = bf_used_init(memory);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    return munmap(used, bf_used_size());
}

static void put(const char *id, int32_t day)
{
    bf_used_put(used, bf_str_of(id), day);
}

static size_t count(void)
{
    struct bf_used_key key;
    size_t n = 0, at = 0;
    while (bf_used_next(used, TODAY, &at, &key))
        n++;
    return n;
}

static void a_key_is_there_once_until_it_was_told(void **state)
{
    (void)state;
    struct bf_used_key key;
    size_t at = 0;
    put("0123456789ab", TODAY);
    put("0123456789ab", TODAY);
    assert_true(bf_used_next(used, TODAY, &at, &key));
    assert_memory_equal(key.id, "0123456789ab", BF_USED_ID);
    assert_int_equal(key.day, TODAY);
    assert_false(bf_used_next(used, TODAY, &at, &key));
    bf_used_told(used, &key);
    bf_used_told(used, &key);
    assert_int_equal(count(), 0);
    put("0123456789ab", TODAY);
    assert_int_equal(count(), 1);
}

static void each_day_is_told_as_it_was(void **state)
{
    (void)state;
    for (int32_t today = TODAY; today < TODAY + 40; today++) {
        for (int32_t day = today + 1; day > today - 14; day--) {
            struct bf_used_key key;
            size_t at = 0;
            put("zzzzzzzzzzzz", day);
            assert_true(bf_used_next(used, today, &at, &key));
            assert_memory_equal(key.id, "zzzzzzzzzzzz", BF_USED_ID);
            assert_int_equal(key.day, day);
            bf_used_told(used, &key);
        }
    }
}

static void what_is_told_of_one_day_is_not_of_another(void **state)
{
    (void)state;
    struct bf_used_key key;
    size_t at = 0;
    put("000000000000", TODAY);
    assert_true(bf_used_next(used, TODAY, &at, &key));
    put("000000000000", TODAY + 1);
    bf_used_told(used, &key);
    at = 0;
    assert_true(bf_used_next(used, TODAY + 1, &at, &key));
    assert_int_equal(key.day, TODAY + 1);
}

static void other_ids_are_none(void **state)
{
    (void)state;
    static const char *const ids[] = {"",
                                      "0123456789a",
                                      "0123456789abc",
                                      "0123456789aB",
                                      "0123456789il",
                                      "\"};DROP TABL",
                                      "0123456789\xc3\xa9"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        put(ids[i], TODAY);
    bf_used_put(used, (struct bf_str){"0123456789\0a", BF_USED_ID}, TODAY);
    put("0123456789ab", -1);
    assert_int_equal(count(), 0);
}

static void name(char id[BF_USED_ID + 1], unsigned n)
{
    static const char crockford[] = "0123456789abcdefghjkmnpqrstvwxyz";
    memcpy(id, "k0000000000w", BF_USED_ID + 1);
    for (int i = 10; n; i--, n /= 32)
        id[i] = crockford[n % 32];
}

static void a_full_one_takes_the_others_when_it_was_told(void **state)
{
    (void)state;
    struct bf_used_key key;
    char id[BF_USED_ID + 1];
    for (unsigned i = 0; i < 2 * BF_USED_PLACES; i++) {
        name(id, i);
        put(id, TODAY);
    }
    assert_in_range(count(), BF_USED_PLACES - BF_USED_PLACES / 16, BF_USED_PLACES);
    for (size_t at = 0; bf_used_next(used, TODAY, &at, &key);)
        bf_used_told(used, &key);
    assert_int_equal(count(), 0);
    put(id, TODAY);
    assert_int_equal(count(), 1);
}

static void many_at_once_lose_none(void **state)
{
    (void)state;
    enum { PROCESSES = 4, KEYS = 2000 };
    char id[BF_USED_ID + 1];
    for (unsigned p = 0; p < PROCESSES; p++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        for (unsigned i = 0; pid == 0 && i < KEYS; i++) {
            name(id, p % 2 * KEYS + i);
            put(id, TODAY);
        }
        if (pid == 0)
            _exit(0);
    }
    for (unsigned p = 0; p < PROCESSES; p++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(count(), 2 * KEYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_there_once_until_it_was_told, make, drop),
        cmocka_unit_test_setup_teardown(each_day_is_told_as_it_was, make, drop),
        cmocka_unit_test_setup_teardown(what_is_told_of_one_day_is_not_of_another, make, drop),
        cmocka_unit_test_setup_teardown(other_ids_are_none, make, drop),
        cmocka_unit_test_setup_teardown(a_full_one_takes_the_others_when_it_was_told, make, drop),
        cmocka_unit_test_setup_teardown(many_at_once_lose_none, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
