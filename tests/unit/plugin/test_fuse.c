/* The table of scripts that fail: counting over processes, off, trials, versions, its words. */
#include "plugin/fuse.h"

#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const int64_t S = 1000000;

static struct bf_fuses *all;
static struct bf_fuse bikes;

static int setup(void **state)
{
    (void)state;
    void *p =
        mmap(NULL, bf_fuses_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(p != MAP_FAILED);
    all = p;
    bf_fuses_init(all, 60 * S);
    bikes = bf_fuse_of(all, BF_STR("bikes"), 7);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    munmap(all, bf_fuses_size());
    return 0;
}

static enum bf_fuse_state ask(int64_t now)
{
    int64_t until;
    return bf_fuse_ask(&bikes, BF_FUSE_ROW, now, &until);
}

static struct bf_fuse_news fail_at(int64_t now)
{
    return bf_fuse_failed(&bikes, BF_FUSE_ROW, BF_FUSE_ON, now, "hook.lua:3: no");
}

static void switch_off(int64_t now)
{
    for (int i = 1; i < BF_FUSE_FAILURES; i++)
        assert_int_equal(fail_at(now).off_for_us, 0);
    assert_int_equal(fail_at(now).off_for_us, 60 * S);
}

static void test_the_tenth_failure(void **state)
{
    (void)state;
    int64_t until;
    switch_off(100 * S);
    assert_int_equal(bf_fuse_ask(&bikes, BF_FUSE_ROW, 101 * S, &until), BF_FUSE_OFF);
    assert_int_equal(until, 160 * S);
    assert_int_equal(bf_fuse_ask(&bikes, BF_FUSE_REQUEST, 101 * S, &until), BF_FUSE_ON);
    struct bf_fuse cars = bf_fuse_of(all, BF_STR("cars"), 7);
    assert_int_equal(bf_fuse_ask(&cars, BF_FUSE_ROW, 101 * S, &until), BF_FUSE_ON);
    assert_int_equal(fail_at(101 * S).off_for_us, 0); /* one that was under way */
}

/* However slowly they come: what never works is off at the tenth. */
static void test_failures_of_a_quiet_dataset(void **state)
{
    (void)state;
    for (int i = 1; i < BF_FUSE_FAILURES; i++)
        assert_int_equal(fail_at(i * 1000 * S).off_for_us, 0);
    assert_int_equal(fail_at(100000 * S).off_for_us, 60 * S);
}

static void test_failures_are_forgotten(void **state)
{
    (void)state;
    for (int i = 1; i < BF_FUSE_FAILURES; i++)
        fail_at(100 * S);
    assert_false(bf_fuse_passed(&bikes, BF_FUSE_ROW, BF_FUSE_ON, 101 * S));
    assert_int_equal(fail_at(150 * S).off_for_us, 60 * S); /* within the minute */
    bikes = bf_fuse_of(all, BF_STR("bikes"), 8);
    for (int i = 1; i < BF_FUSE_FAILURES; i++)
        fail_at(200 * S);
    bf_fuse_passed(&bikes, BF_FUSE_ROW, BF_FUSE_ON, 201 * S);
    assert_int_equal(fail_at(261 * S).failures, 1);
    assert_int_equal(ask(262 * S), BF_FUSE_ON);
}

static void test_trials(void **state)
{
    (void)state;
    switch_off(100 * S);
    assert_int_equal(ask(161 * S), BF_FUSE_TRIAL);
    assert_int_equal(ask(161 * S), BF_FUSE_OFF); /* one at a time */
    bf_fuse_unknown(&bikes, BF_FUSE_ROW, BF_FUSE_TRIAL);
    assert_int_equal(ask(162 * S), BF_FUSE_TRIAL);
    struct bf_fuse_news news = bf_fuse_failed(&bikes, BF_FUSE_ROW, BF_FUSE_TRIAL, 162 * S, "again");
    assert_int_equal(news.off_for_us, 120 * S);
    assert_int_equal(ask(281 * S), BF_FUSE_OFF);
    assert_int_equal(ask(283 * S), BF_FUSE_TRIAL);
    assert_int_equal(ask(294 * S), BF_FUSE_TRIAL); /* whoever had it has died */
    assert_int_equal(bf_fuse_back_wall(&bikes, BF_FUSE_ROW), 0);
    assert_true(bf_fuse_passed(&bikes, BF_FUSE_ROW, BF_FUSE_TRIAL, 295 * S));
    assert_int_equal(ask(296 * S), BF_FUSE_ON);
    assert_true(bf_clock_wall_us() - bf_fuse_back_wall(&bikes, BF_FUSE_ROW) < 600 * S);
}

/* Soon off again after a trial that passed: longer. After a good while: as at first. */
static void test_the_pause_grows(void **state)
{
    (void)state;
    static const int64_t lengths[] = {60, 120, 240, 480, 600, 600};
    int64_t now = 100 * S;
    for (size_t i = 0; i < 6; i++) {
        int64_t length = 0;
        for (int j = 0; j < BF_FUSE_FAILURES; j++)
            length = fail_at(now).off_for_us;
        assert_int_equal(length, lengths[i] * S);
        now += length + S;
        assert_int_equal(ask(now), BF_FUSE_TRIAL);
        assert_true(bf_fuse_passed(&bikes, BF_FUSE_ROW, BF_FUSE_TRIAL, now));
    }
    switch_off(now + 700 * S);
}

static void test_a_new_version_begins_anew(void **state)
{
    (void)state;
    struct bf_fuse old = bikes;
    int64_t until;
    switch_off(100 * S);
    bikes = bf_fuse_of(all, BF_STR("bikes"), 8);
    assert_int_equal(ask(101 * S), BF_FUSE_ON);
    assert_int_equal(bf_fuses_list(all, NULL, 0), 0);
    for (int i = 0; i < 20; i++) /* a worker of the generation before */
        bf_fuse_failed(&old, BF_FUSE_ROW, BF_FUSE_ON, 102 * S, "old");
    assert_int_equal(bf_fuse_ask(&old, BF_FUSE_ROW, 102 * S, &until), BF_FUSE_ON);
    assert_int_equal(ask(102 * S), BF_FUSE_ON);
    struct bf_fuse late = bf_fuse_of(all, BF_STR("bikes"), 7);
    assert_int_equal(bf_fuse_ask(&late, BF_FUSE_ROW, 102 * S, &until), BF_FUSE_ON);
    switch_off(103 * S);
}

static void test_without_a_table(void **state)
{
    (void)state;
    int64_t until;
    char name[BF_BY_DATASET_NAME + 1] = "";
    memset(name, 'a', BF_BY_DATASET_NAME);
    struct bf_fuse none[] = {bf_fuse_of(NULL, BF_STR("x"), 1), bf_fuse_of(all, bf_str_of(name), 1),
                             bf_fuse_of(all, BF_STR(""), 1)};
    for (size_t i = 0; i < 3; i++) {
        for (int j = 0; j < 20; j++)
            assert_int_equal(bf_fuse_failed(&none[i], BF_FUSE_ROW, BF_FUSE_ON, S, "x").off_for_us,
                             0);
        assert_int_equal(bf_fuse_ask(&none[i], BF_FUSE_ROW, S, &until), BF_FUSE_ON);
        assert_false(bf_fuse_passed(&none[i], BF_FUSE_ROW, BF_FUSE_TRIAL, S));
        assert_int_equal(bf_fuse_back_wall(&none[i], BF_FUSE_ROW), 0);
    }
}

static void test_the_table_is_full(void **state)
{
    (void)state;
    size_t found = 0;
    for (int i = 0; i < 1100; i++) {
        char name[16];
        snprintf(name, sizeof name, "d%d", i);
        found += bf_fuse_of(all, bf_str_of(name), 1).slot >= 0;
    }
    assert_int_equal(found, 1023);
    assert_int_equal(bf_fuse_of(all, BF_STR("bikes"), 7).slot, bikes.slot);
}

static void test_words(void **state)
{
    (void)state;
    struct bf_fuse_line line;
    char text[400];
    memset(text, 0xC3, sizeof text - 1); /* no UTF-8, and too long */
    text[sizeof text - 1] = '\0';
    assert_int_equal(bf_fuses_list(all, &line, 1), 0);
    bf_fuse_failed(&bikes, BF_FUSE_REQUEST, BF_FUSE_ON, S, "hook.lua:3: l'été\n\"x\"");
    assert_int_equal(bf_fuses_list(all, &line, 1), 1);
    assert_string_equal(line.dataset, "bikes");
    assert_string_equal(line.why, "hook.lua:3: l'été?\"x\"");
    assert_int_equal(line.part, BF_FUSE_REQUEST);
    assert_false(line.off);
    assert_int_equal(line.failures, 1);
    bf_fuse_failed(&bikes, BF_FUSE_REQUEST, BF_FUSE_ON, S, text);
    bf_fuses_list(all, &line, 1);
    assert_true(line.why[0] && strspn(line.why, "?") == strlen(line.why));
    /* Cut in the middle of a character. */
    for (size_t i = 0; i < sizeof text - 1; i += 2)
        memcpy(text + i, "é", 2);
    text[sizeof text - 1] = '\0';
    bf_fuse_failed(&bikes, BF_FUSE_REQUEST, BF_FUSE_ON, S, text);
    bf_fuses_list(all, &line, 1);
    assert_int_equal(strlen(line.why), BF_FUSE_TEXT - 2);
    assert_null(strchr(line.why, '?'));
    assert_int_equal(bf_fuses_list(all, NULL, 0), 1);
}

/* Ten in all, whichever process they come from: one of them switches it off. */
static void test_many_processes(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    for (int i = 0; i < 4; i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            unsigned char n = 0;
            for (int j = 0; j < 50; j++)
                n |= fail_at(100 * S).off_for_us != 0;
            _exit(write(ends[1], &n, 1) == 1 ? 0 : 1);
        }
    }
    int sum = 0;
    for (int i = 0; i < 4; i++) {
        unsigned char n;
        assert_int_equal(read(ends[0], &n, 1), 1);
        sum += n;
        assert_true(wait(NULL) > 0);
    }
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(sum, 1);
    struct bf_fuse_line line;
    assert_int_equal(bf_fuses_list(all, &line, 1), 1);
    assert_int_equal(line.failures, 200);
    assert_true(line.off);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_the_tenth_failure),
        T(test_failures_of_a_quiet_dataset),
        T(test_failures_are_forgotten),
        T(test_trials),
        T(test_the_pause_grows),
        T(test_a_new_version_begins_anew),
        T(test_without_a_table),
        T(test_the_table_is_full),
        T(test_words),
        T(test_many_processes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
