/* store/live: readers never see half a state, even when a writer died in the middle. */
#include "core/clock.h"
#include "store/live.h"

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

static struct bf_live *new_live(void)
{
    void *memory =
        mmap(NULL, bf_live_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    return bf_live_init(memory);
}

static void end_live(struct bf_live *live)
{
    munmap(live, bf_live_size());
}

static void a_state_is_read_back(void **state)
{
    (void)state;
    struct bf_live *live = new_live();
    struct bf_live_state s = {7, 8, 9, 10, BF_LIVE_SOURCE_GOOD};
    struct bf_live_state got;
    assert_false(bf_live_get(live, BF_STR("a"), &got));
    bf_live_put(live, BF_STR("a"), &s);
    assert_true(bf_live_get(live, BF_STR("a"), &got));
    assert_memory_equal(&s, &got, sizeof s);
    struct bf_live_facts facts;
    bf_live_facts(live, &facts);
    assert_int_equal(facts.commit, 7);
    end_live(live);
}

static void a_full_table_refuses_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct bf_live *live = new_live();
    struct bf_live_state s = {1, 1, 1, 1, BF_LIVE_SOURCE_GOOD};
    char name[32];
    for (int i = 0; i < BF_LIVE_DATASETS + 10; i++) {
        snprintf(name, sizeof name, "dataset-%d", i);
        bf_live_put(live, bf_str_of(name), &s);
    }
    size_t at = 0;
    size_t n = 0;
    struct bf_str dataset;
    while (bf_live_each(live, &at, &dataset, &s))
        n++;
    assert_int_equal(n, BF_LIVE_DATASETS);
    assert_false(bf_live_get(live, BF_STR("dataset-4100"), &s));
    assert_true(bf_live_get(live, BF_STR("dataset-5"), &s));
    end_live(live);
}

/* The numbers of a state always belong together; the writer is killed at random moments and
 * replaced. */
static void readers_never_see_half_a_state(void **state)
{
    (void)state;
    struct bf_live *live = new_live();
    bf_live_put(live, BF_STR("x"), &(struct bf_live_state){0, 0, 0, 0, BF_LIVE_SOURCE_GOOD});
    uint64_t whole = 0;
    for (int round = 0; round < 20; round++) {
        pid_t writer = fork();
        if (writer == 0)
            for (int64_t i = round * 1000000;; i++)
                bf_live_put(live, BF_STR("x"),
                            &(struct bf_live_state){i, i + 1, i + 2, i + 3, BF_LIVE_SOURCE_GOOD});
        int64_t until = bf_clock_mono_us() + 10000;
        struct bf_live_state s;
        while (bf_clock_mono_us() < until) {
            if (!bf_live_get(live, BF_STR("x"), &s))
                continue;
            whole++;
            assert_true(s.commit == 0 || (s.instant == s.commit + 1 && s.records == s.commit + 3));
        }
        kill(writer, SIGKILL);
        waitpid(writer, NULL, 0);
    }
    assert_true(whole > 0);
    /* Heals what the last one left. */
    bf_live_put(live, BF_STR("x"), &(struct bf_live_state){5, 5, 5, 5, BF_LIVE_SOURCE_GOOD});
    struct bf_live_state s;
    assert_true(bf_live_get(live, BF_STR("x"), &s));
    assert_int_equal(s.commit, 5);
    end_live(live);
}

static void waiting_ends_with_the_commit_or_the_time(void **state)
{
    (void)state;
    struct bf_live *live = new_live();
    bf_live_put(live, BF_STR("x"), &(struct bf_live_state){1, 1, 1, 1, BF_LIVE_SOURCE_GOOD});
    assert_true(bf_live_wait(live, BF_STR("x"), 1, 0, 0));
    assert_true(bf_live_wait(live, BF_STR("x"), 1, 1, 0));
    assert_false(bf_live_wait(live, BF_STR("x"), 2, 0, 2000));
    assert_false(bf_live_wait(live, BF_STR("x"), 1, 2, 2000));
    assert_false(bf_live_wait(live, BF_STR("y"), 1, 0, 1000));
    end_live(live);
}

static void what_a_reader_met_is_newer_until_it_is_heard(void **state)
{
    (void)state;
    struct bf_live *live = new_live();
    struct bf_str all = {NULL, 0};
    bf_live_met(live, BF_STR("unknown"), 3);
    assert_true(bf_live_is_newest(live, BF_STR("x"), 0));
    assert_false(bf_live_is_newest(live, all, 2));
    bf_live_put(live, BF_STR("x"), &(struct bf_live_state){4, 4, 4, 4, BF_LIVE_SOURCE_GOOD});
    bf_live_put(live, BF_STR("y"), &(struct bf_live_state){5, 5, 5, 5, BF_LIVE_SOURCE_GOOD});
    assert_true(bf_live_is_newest(live, BF_STR("x"), 4));
    assert_true(bf_live_is_newest(live, all, 5));
    bf_live_met(live, BF_STR("x"), 6);
    bf_live_met(live, BF_STR("x"), 5);
    assert_false(bf_live_is_newest(live, BF_STR("x"), 4));
    assert_false(bf_live_is_newest(live, all, 5));
    assert_true(bf_live_is_newest(live, BF_STR("y"), 5));
    bf_live_put(live, BF_STR("x"), &(struct bf_live_state){6, 6, 6, 6, BF_LIVE_SOURCE_GOOD});
    assert_true(bf_live_is_newest(live, BF_STR("x"), 6));
    end_live(live);
}

static void it_is_known_while_it_is_heard(void **state)
{
    (void)state;
    struct bf_live *live = new_live();
    struct bf_live_state s = {7, 7, 7, 7, BF_LIVE_SOURCE_GOOD}, got;
    int64_t now = bf_clock_mono_us();
    bf_live_put(live, BF_STR("x"), &s);
    assert_false(bf_live_known(live, BF_STR("x"), &got));
    bf_live_hear(live, true, now);
    assert_true(bf_live_known(live, BF_STR("x"), &got));
    assert_int_equal(got.commit, 7);
    assert_false(bf_live_known(live, BF_STR("y"), &got));
    bf_live_met(live, BF_STR("x"), 8);
    assert_false(bf_live_known(live, BF_STR("x"), &got));
    s.commit = 8;
    bf_live_put(live, BF_STR("x"), &s);
    assert_true(bf_live_known(live, BF_STR("x"), &got));
    bf_live_hear(live, true, now - 3600 * (int64_t)1000000);
    assert_false(bf_live_known(live, BF_STR("x"), &got));
    bf_live_hear(live, false, now);
    assert_false(bf_live_known(live, BF_STR("x"), &got));
    end_live(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_is_read_back),
        cmocka_unit_test(a_full_table_refuses_and_keeps_what_it_has),
        cmocka_unit_test(what_a_reader_met_is_newer_until_it_is_heard),
        cmocka_unit_test(it_is_known_while_it_is_heard),
        cmocka_unit_test(readers_never_see_half_a_state),
        cmocka_unit_test(waiting_ends_with_the_commit_or_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
