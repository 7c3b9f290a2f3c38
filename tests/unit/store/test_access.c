/* store/access: no reader ever sees a revoked key stand, whatever the writer is doing. */
#include "store/access.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct bf_access *access_;

static int make(void **state)
{
    (void)state;
    void *memory =
        mmap(NULL, bf_access_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return -1;
    access_ = bf_access_init(memory);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    return munmap(access_, bf_access_size());
}

static enum bf_access_answer ask(const char *id, int64_t now)
{
    return bf_access_is_revoked(access_, bf_str_of(id), now);
}

static void publish(int64_t number)
{
    bf_access_publish(access_, &(struct bf_access_news){number, 1000 * number});
}

static void number_id(char out[13], unsigned n)
{
    static const char crockford[] = "0123456789abcdefghjkmnpqrstvwxyz";
    memcpy(out, "k0000000000w", 13);
    for (int i = 10; n; i--, n /= 32)
        out[i] = crockford[n % 32];
}

static void before_anything_was_read_the_database_is_asked(void **state)
{
    (void)state;
    assert_int_equal(ask("0123456789ab", 1), BF_ACCESS_ASK);
    assert_int_equal(bf_access_news(access_).number, 0);
}

static void what_was_published_is_answered(void **state)
{
    (void)state;
    bf_access_begin(access_);
    bf_access_add(access_, BF_STR("0123456789ab"), 0);
    bf_access_add(access_, BF_STR("20261126-abcd"), 0);
    bf_access_add(access_, BF_STR("0123456789ac"), 500);
    assert_int_equal(ask("0123456789ab", 1), BF_ACCESS_ASK); /* not yet */
    publish(7);
    assert_int_equal(ask("0123456789ab", 1), BF_ACCESS_YES);
    assert_int_equal(ask("20261126-abcd", 1), BF_ACCESS_YES);
    assert_int_equal(ask("0123456789ac", 499), BF_ACCESS_NO);
    assert_int_equal(ask("0123456789ac", 500), BF_ACCESS_YES);
    assert_int_equal(ask("0123456789ad", 1), BF_ACCESS_NO);
    assert_int_equal(ask("", 1), BF_ACCESS_NO);
    assert_int_equal(bf_access_news(access_).number, 7);
    assert_int_equal(bf_access_news(access_).at, 7000);
    bf_access_still(access_, 9000);
    assert_int_equal(bf_access_news(access_).at, 9000);
    /* A table that nobody publishes, by a writer that died, changes nothing. */
    bf_access_begin(access_);
    bf_access_add(access_, BF_STR("0123456789ad"), 0);
    assert_int_equal(ask("0123456789ab", 1), BF_ACCESS_YES);
    assert_int_equal(ask("0123456789ad", 1), BF_ACCESS_NO);
    bf_access_begin(access_);
    publish(8);
    assert_int_equal(ask("0123456789ab", 1), BF_ACCESS_NO);
    assert_int_equal(ask("0123456789ad", 1), BF_ACCESS_NO);
}

static void a_full_table_forgets_nothing_and_lets_ask(void **state)
{
    (void)state;
    char id[13];
    bf_access_begin(access_);
    for (unsigned i = 0; i < BF_ACCESS_MOST; i++) {
        number_id(id, i);
        bf_access_add(access_, bf_str_of(id), 0);
    }
    publish(1);
    for (unsigned i = 0; i < BF_ACCESS_MOST; i++) {
        number_id(id, i);
        assert_int_equal(ask(id, 1), BF_ACCESS_YES);
    }
    number_id(id, BF_ACCESS_MOST);
    assert_int_equal(ask(id, 1), BF_ACCESS_NO);
    bf_access_begin(access_);
    for (unsigned i = 0; i < BF_ACCESS_MOST + 1; i++) {
        number_id(id, i);
        bf_access_add(access_, bf_str_of(id), 0);
    }
    publish(2);
    assert_int_equal(ask(id, 1), BF_ACCESS_ASK);
    assert_int_equal(ask("zzzzzzzzzzzz", 1), BF_ACCESS_ASK);
    number_id(id, 0);
    assert_int_equal(ask(id, 1), BF_ACCESS_YES);
}

/* Whoever is revoked in every table is revoked in every answer, while tables turn as fast as they
 * can and the writer is killed at any moment. */
static void readers_and_a_writer_that_is_killed(void **state)
{
    (void)state;
    enum { ROUNDS = 30, IDS = 200 };
    char id[13];
    bf_access_begin(access_);
    for (unsigned i = 0; i < IDS; i++) {
        number_id(id, i);
        bf_access_add(access_, bf_str_of(id), 0);
    }
    publish(1);
    for (int round = 0; round < ROUNDS; round++) {
        pid_t writer = fork();
        if (writer == 0)
            for (int64_t number = bf_access_news(access_).number + 1;; number++) {
                bf_access_begin(access_);
                for (unsigned i = IDS; i-- > 0;) {
                    number_id(id, i);
                    bf_access_add(access_, bf_str_of(id), 0);
                }
                publish(number);
            }
        int64_t before = bf_access_news(access_).number;
        for (unsigned i = 0; bf_access_news(access_).number < before + 3 || i < 1000; i++) {
            number_id(id, i % IDS);
            assert_int_not_equal(ask(id, 1), BF_ACCESS_NO);
        }
        kill(writer, SIGKILL);
        waitpid(writer, NULL, 0);
        for (unsigned i = 0; i < IDS; i++) {
            number_id(id, i);
            assert_int_equal(ask(id, 1), BF_ACCESS_YES);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(before_anything_was_read_the_database_is_asked, make, drop),
        cmocka_unit_test_setup_teardown(what_was_published_is_answered, make, drop),
        cmocka_unit_test_setup_teardown(a_full_table_forgets_nothing_and_lets_ask, make, drop),
        cmocka_unit_test_setup_teardown(readers_and_a_writer_that_is_killed, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
