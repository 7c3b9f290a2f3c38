/* The crash table that master and workers share: counting, quarantine, trial, killed processes. */
#include "plugin/quarantine.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const int64_t S = 1000000;

static struct bf_quarantine *q;
static struct bf_quarantine_news news;

static int setup(void **state)
{
    (void)state;
    void *p =
        mmap(NULL, bf_quarantine_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(p != MAP_FAILED);
    q = p;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    munmap(q, bf_quarantine_size());
    return 0;
}

/* One worker that dies inside the handler of that slot. */
static bool crash(int slot, int64_t now)
{
    static pid_t pid = 1000;
    pid++;
    int seat = bf_quarantine_seat(q, pid);
    assert_true(seat >= 0);
    bf_quarantine_enter(q, seat, slot);
    return bf_quarantine_died(q, pid, true, now, &news);
}

static enum bf_admission admit(int slot, int64_t now)
{
    int64_t until;
    return bf_quarantine_admit(q, slot, now, &until);
}

static void test_three_crashes_in_a_minute(void **state)
{
    (void)state;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    int other = bf_quarantine_slot(q, BF_STR("cars"), 1);
    assert_true(slot >= 0 && other >= 0 && slot != other);
    assert_true(crash(slot, 100 * S));
    assert_int_equal(news.out_for_us, 0);
    assert_string_equal(news.dataset, "bikes");
    assert_true(crash(slot, 130 * S));
    assert_int_equal(admit(slot, 131 * S), BF_ADMITTED);
    assert_true(crash(slot, 159 * S));
    assert_int_equal(news.out_for_us, 60 * S);
    assert_int_equal(news.crashes, 3);
    assert_int_equal(bf_quarantine_active(q, slot, 160 * S), 219 * S);
    assert_int_equal(admit(slot, 160 * S), BF_REFUSED);
    assert_int_equal(bf_quarantine_active(q, other, 160 * S), 0);
    assert_int_equal(admit(other, 160 * S), BF_ADMITTED);
}

static void test_slow_crashes_do_not_count_together(void **state)
{
    (void)state;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    for (int64_t i = 1; i < 50; i++) {
        assert_true(crash(slot, i * 31 * S));
        assert_int_equal(news.out_for_us, 0);
    }
    assert_true(crash(slot, 49 * 31 * S + 1));
    assert_int_equal(news.out_for_us, 60 * S); /* 31 s, 0 s: three within a minute */
}

static void put_out(int slot, int64_t now)
{
    for (int i = 0; i < 3; i++)
        assert_true(crash(slot, now));
    assert_true(news.out_for_us > 0);
}

static void test_one_trial(void **state)
{
    (void)state;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    int64_t until;
    put_out(slot, 100 * S);
    assert_int_equal(bf_quarantine_admit(q, slot, 159 * S, &until), BF_REFUSED);
    assert_int_equal(until, 160 * S);
    assert_int_equal(admit(slot, 160 * S), BF_ADMITTED_TRIAL);
    assert_int_equal(bf_quarantine_admit(q, slot, 160 * S, &until), BF_REFUSED);
    assert_int_equal(until, 170 * S);
    assert_int_equal(bf_quarantine_active(q, slot, 161 * S), 170 * S);
    /* It says nothing for its whole time: the next one may try. */
    assert_int_equal(admit(slot, 170 * S), BF_ADMITTED_TRIAL);
    bf_quarantine_passed(q, slot);
    assert_int_equal(admit(slot, 171 * S), BF_ADMITTED);
    assert_int_equal(admit(slot, 171 * S), BF_ADMITTED);
    assert_true(crash(slot, 172 * S)); /* the old crashes are forgotten */
    assert_int_equal(news.out_for_us, 0);
}

static void test_the_time_doubles_to_ten_minutes(void **state)
{
    (void)state;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    static const int64_t lengths[] = {120, 240, 480, 600, 600, 600};
    int64_t now = 100 * S;
    put_out(slot, now);
    now += 60 * S;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        assert_int_equal(admit(slot, now), BF_ADMITTED_TRIAL);
        assert_true(crash(slot, now));
        assert_int_equal(news.out_for_us, lengths[i] * S);
        now += lengths[i] * S;
    }
    assert_int_equal(admit(slot, now), BF_ADMITTED_TRIAL);
    bf_quarantine_passed(q, slot);
    put_out(slot, now + 10 * S); /* soon again: as long as before */
    assert_int_equal(news.out_for_us, 600 * S);
    now += 610 * S;
    assert_int_equal(admit(slot, now), BF_ADMITTED_TRIAL);
    bf_quarantine_passed(q, slot);
    put_out(slot, now + 700 * S); /* good for more than ten minutes: from the beginning */
    assert_int_equal(news.out_for_us, 60 * S);
}

static void test_stragglers_do_not_lengthen(void **state)
{
    (void)state;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    put_out(slot, 100 * S);
    assert_true(crash(slot, 110 * S));
    assert_int_equal(news.out_for_us, 50 * S);
    assert_int_equal(news.crashes, 4);
    assert_int_equal(bf_quarantine_active(q, slot, 110 * S), 160 * S);
}

static void test_who_is_not_blamed(void **state)
{
    (void)state;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    for (pid_t pid = 1; pid <= 9; pid++) {
        int seat = bf_quarantine_seat(q, pid);
        bf_quarantine_enter(q, seat, slot);
        if (pid % 3 == 0)
            bf_quarantine_leave(q, seat);
        bool inside = bf_quarantine_died(q, pid, pid % 3 == 0, 100 * S, &news);
        assert_int_equal(inside, pid % 3 != 0);
        assert_int_equal(news.out_for_us, 0);
    }
    assert_false(bf_quarantine_died(q, 77, true, 100 * S, &news)); /* never sat down */
    assert_int_equal(bf_quarantine_list(q, 100 * S, NULL, 0), 0);
}

static void test_a_new_version_starts_anew(void **state)
{
    (void)state;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 10);
    put_out(slot, 100 * S);
    assert_int_equal(bf_quarantine_slot(q, BF_STR("bikes"), 10), slot);
    assert_int_equal(bf_quarantine_slot(q, BF_STR("bikes"), 9), slot);
    assert_int_equal(admit(slot, 101 * S), BF_REFUSED);
    assert_int_equal(bf_quarantine_slot(q, BF_STR("bikes"), 11), slot);
    assert_int_equal(admit(slot, 101 * S), BF_ADMITTED);
    put_out(slot, 102 * S);
    assert_int_equal(news.out_for_us, 60 * S);
}

static void test_limits(void **state)
{
    (void)state;
    char name[80];
    memset(name, 'x', sizeof name);
    assert_int_equal(bf_quarantine_slot(q, (struct bf_str){name, 64}, 1), -1);
    assert_int_equal(bf_quarantine_slot(q, (struct bf_str){name, 0}, 1), -1);
    assert_true(bf_quarantine_slot(q, (struct bf_str){name, 63}, 1) >= 0);
    for (int i = 1; i < 1024; i++) {
        int n = snprintf(name, sizeof name, "dataset-%d", i);
        assert_true(bf_quarantine_slot(q, (struct bf_str){name, (size_t)n}, 1) >= 0);
    }
    assert_int_equal(bf_quarantine_slot(q, BF_STR("one-too-many"), 1), -1);
    for (pid_t pid = 1; pid <= 2048; pid++)
        assert_true(bf_quarantine_seat(q, pid) >= 0);
    assert_int_equal(bf_quarantine_seat(q, 5000), -1);
    assert_int_equal(bf_quarantine_seat(q, 7), 6); /* its own again */
    bf_quarantine_enter(q, -1, 3);
    bf_quarantine_leave(q, -1);
    bf_quarantine_enter(NULL, 1, 3);
    bf_quarantine_leave(NULL, 1);
    assert_int_equal(admit(-1, S), BF_ADMITTED);
    assert_int_equal(bf_quarantine_active(NULL, 1, S), 0);
    int64_t until;
    assert_int_equal(bf_quarantine_admit(NULL, 1, S, &until), BF_ADMITTED);
    bf_quarantine_passed(NULL, 1);
}

static void test_list(void **state)
{
    (void)state;
    struct bf_quarantine_state list[2];
    int bikes = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    int cars = bf_quarantine_slot(q, BF_STR("cars"), 1);
    bf_quarantine_slot(q, BF_STR("quiet"), 1);
    crash(cars, 90 * S);
    put_out(bikes, 100 * S);
    assert_int_equal(bf_quarantine_list(q, 101 * S, list, 2), 2);
    size_t b = strcmp(list[0].dataset, "bikes") == 0 ? 0 : 1;
    assert_string_equal(list[b].dataset, "bikes");
    assert_int_equal(list[b].crashes, 3);
    assert_int_equal(list[b].until_us, 160 * S);
    assert_string_equal(list[1 - b].dataset, "cars");
    assert_int_equal(list[1 - b].until_us, 0);
    assert_int_equal(bf_quarantine_list(q, 101 * S, list, 1), 2);
}

/* A dataset that cannot be written goes on being read, and the other way round. */
static void test_reading_and_writing_are_apart(void **state)
{
    (void)state;
    struct bf_quarantine_state list[2];
    int reads = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    int writes = bf_quarantine_ingest_slot(q, BF_STR("bikes"), 1);
    assert_true(writes >= 0 && writes != reads);
    assert_int_equal(bf_quarantine_ingest_slot(q, BF_STR("bikes"), 1), writes);
    put_out(writes, 100 * S);
    assert_true(news.ingest);
    assert_string_equal(news.dataset, "bikes");
    assert_int_equal(admit(writes, 101 * S), BF_REFUSED);
    assert_int_equal(admit(reads, 101 * S), BF_ADMITTED);
    assert_int_equal(bf_quarantine_list(q, 101 * S, list, 2), 1);
    assert_true(list[0].ingest);
    bf_quarantine_slot(q, BF_STR("bikes"), 2);
    assert_int_equal(admit(writes, 101 * S), BF_REFUSED);
    bf_quarantine_ingest_slot(q, BF_STR("bikes"), 2);
    assert_int_equal(admit(writes, 101 * S), BF_ADMITTED);
    crash(reads, 110 * S);
    assert_false(news.ingest);
}

/* Forked workers that sit down, enter, and are killed at any instruction; each dataset's crashes
 * are exactly the workers that said they were inside. */
static void test_real_processes(void **state)
{
    (void)state;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    for (int i = 0; i < 4; i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            int seat = bf_quarantine_seat(q, getpid());
            if (i < 3)
                bf_quarantine_enter(q, seat, bf_quarantine_slot(q, BF_STR("bikes"), 1));
            raise(SIGKILL);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(bf_quarantine_died(q, pid, true, 100 * S, &news), i < 3);
    }
    assert_int_equal(bf_quarantine_active(q, slot, 101 * S), 160 * S);
}

static void test_only_one_process_wins_the_trial(void **state)
{
    (void)state;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    put_out(slot, 100 * S);
    int wins = 0;
    for (int i = 0; i < 8; i++) {
        if (fork() == 0)
            _exit(admit(slot, 200 * S) == BF_ADMITTED_TRIAL);
    }
    for (int i = 0; i < 8; i++) {
        int status;
        assert_true(wait(&status) > 0);
        wins += WEXITSTATUS(status);
    }
    assert_int_equal(wins, 1);
}

/* ---- falls ---- */

static void fall(int slot, pid_t pid)
{
    bf_quarantine_enter(q, bf_quarantine_seat(q, pid), slot);
    bf_quarantine_fell(q, pid);
}

static uint32_t crashes_now(int64_t now)
{
    struct bf_quarantine_state one = {0};
    return bf_quarantine_list(q, now, &one, 1) ? one.crashes : 0;
}

/* The third crash is refused its successor before anybody has counted it. */
static void test_the_third_fall_is_the_last(void **state)
{
    (void)state;
    int64_t until;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    assert_int_equal(crash(slot, 100 * S), true);
    fall(slot, 2);
    assert_int_equal(admit(slot, 101 * S), BF_ADMITTED);
    assert_int_equal(bf_quarantine_active(q, slot, 101 * S), 0);
    fall(slot, 3);
    assert_int_equal(bf_quarantine_admit(q, slot, 102 * S, &until), BF_REFUSED);
    assert_int_equal(until, 162 * S);
    assert_int_equal(bf_quarantine_active(q, slot, 102 * S), 162 * S);
    assert_int_equal(crashes_now(102 * S), 3);
    assert_true(bf_quarantine_died(q, 2, true, 103 * S, &news));
    assert_int_equal(news.crashes, 2);
    assert_int_equal(admit(slot, 103 * S), BF_REFUSED);
    assert_true(bf_quarantine_died(q, 3, true, 104 * S, &news));
    assert_int_equal(news.crashes, 3);
    assert_int_equal(news.out_for_us, 60 * S);
    assert_int_equal(crashes_now(104 * S), 3);
    assert_int_equal(admit(slot, 160 * S), BF_REFUSED);
    assert_int_equal(admit(slot, 164 * S), BF_ADMITTED_TRIAL);
}

static void test_falls_and_old_crashes(void **state)
{
    (void)state;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    int other = bf_quarantine_slot(q, BF_STR("cars"), 1);
    crash(slot, 100 * S);
    crash(slot, 130 * S);
    fall(slot, 3);
    assert_int_equal(admit(slot, 160 * S), BF_REFUSED);
    assert_int_equal(admit(other, 160 * S), BF_ADMITTED);
    assert_int_equal(admit(slot, 161 * S), BF_ADMITTED); /* the first is older than a minute */
    fall(slot, 4);
    assert_int_equal(admit(slot, 161 * S), BF_REFUSED);
    fall(other, 5);
    assert_int_equal(admit(other, 161 * S), BF_ADMITTED);
}

/* A fall is one, whoever says it how often; and nobody who is outside of handlers falls. */
static void test_a_fall_counts_once(void **state)
{
    (void)state;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    fall(slot, 1);
    bf_quarantine_fell(q, 1);
    bf_quarantine_fell(q, 1);
    assert_int_equal(crashes_now(100 * S), 1);
    assert_true(bf_quarantine_died(q, 1, true, 100 * S, &news));
    assert_false(bf_quarantine_died(q, 1, true, 100 * S, &news));
    assert_int_equal(crashes_now(100 * S), 1);

    bf_quarantine_seat(q, 2);
    bf_quarantine_fell(q, 2);
    bf_quarantine_fell(q, 3);
    bf_quarantine_fell(q, 0);
    bf_quarantine_fell(q, -1);
    bf_quarantine_fell(NULL, 2);
    assert_int_equal(crashes_now(100 * S), 1);
    assert_false(bf_quarantine_died(q, 2, true, 100 * S, &news));
}

/* It said itself that it fell: that a new master does not know how it ended changes nothing. */
static void test_a_fall_counts_whoever_collects_it(void **state)
{
    (void)state;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    for (pid_t pid = 1; pid <= 3; pid++) {
        fall(slot, pid);
        assert_true(bf_quarantine_died(q, pid, false, 100 * S, &news));
        assert_int_equal(news.crashes, pid);
    }
    assert_int_equal(admit(slot, 101 * S), BF_REFUSED);
}

static void test_who_stands_up_again(void **state)
{
    (void)state;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    for (pid_t pid = 1; pid <= 3; pid++)
        fall(slot, pid);
    assert_int_equal(admit(slot, 100 * S), BF_REFUSED);
    bf_quarantine_stands(q, bf_quarantine_seat(q, 4)); /* somebody else */
    assert_int_equal(admit(slot, 100 * S), BF_REFUSED);
    bf_quarantine_stands(q, 0);
    assert_int_equal(admit(slot, 100 * S), BF_ADMITTED);
    bf_quarantine_leave(q, 0);
    assert_false(bf_quarantine_died(q, 1, true, 100 * S, &news));
    bf_quarantine_seat(q, 2); /* another process has its number now */
    assert_int_equal(crashes_now(100 * S), 1);
    bf_quarantine_stands(NULL, 1);
    bf_quarantine_stands(q, -1);
}

/* One crash of the trial is enough, too. */
static void test_a_fallen_trial(void **state)
{
    (void)state;
    int64_t until;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    put_out(slot, 100 * S);
    assert_int_equal(admit(slot, 161 * S), BF_ADMITTED_TRIAL);
    fall(slot, 9);
    assert_int_equal(admit(slot, 165 * S), BF_REFUSED);
    assert_int_equal(bf_quarantine_admit(q, slot, 180 * S, &until), BF_REFUSED);
    assert_int_equal(until, 190 * S);
    assert_true(bf_quarantine_died(q, 9, true, 181 * S, &news));
    assert_int_equal(news.out_for_us, 120 * S);
}

/* Masters that are killed while they count, at any instruction: their successor counts what they
 * did not, and nothing twice. */
static void test_a_master_that_is_killed(void **state)
{
    (void)state;
    enum { TIMES = 400 };
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    for (int i = 0; i < TIMES; i++) {
        pid_t worker = 100000 + i;
        bf_quarantine_enter(q, bf_quarantine_seat(q, worker), slot);
        if (i % 2)
            bf_quarantine_fell(q, worker);
        pid_t master = fork();
        assert_true(master >= 0);
        if (master == 0) {
            bf_quarantine_died(q, worker, true, 100 * S, &news);
            _exit(0);
        }
        for (volatile int j = 0; j < i * 500; j++)
            ;
        kill(master, SIGKILL);
        assert_int_equal(waitpid(master, NULL, 0), master);
        bf_quarantine_died(q, worker, true, 100 * S, &news);
        assert_int_equal(crashes_now(100 * S), i + 1);
    }
    assert_int_equal(bf_quarantine_active(q, slot, 101 * S), 160 * S);
}

/* While the master counts two falls, nobody takes them for three; and once three fell, nobody takes
 * them for two. The slots are new ones each time. */
static void test_nobody_sees_half_a_count(void **state)
{
    (void)state;
    enum { TIMES = 1000 };
    static int slots[TIMES];
    for (int i = 0; i < TIMES; i++) {
        char name[8];
        int n = snprintf(name, sizeof name, "%d", i);
        slots[i] = bf_quarantine_slot(q, (struct bf_str){name, (size_t)n}, 1);
        assert_true(slots[i] >= 0);
    }
    _Atomic int *turn =
        mmap(NULL, sizeof *turn, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(turn != MAP_FAILED);
    pid_t reader = fork();
    assert_true(reader >= 0);
    if (reader == 0) { /* three turns for each: two fall, the third does, all three fell */
        static const enum bf_admission right[] = {BF_ADMITTED, BF_REFUSED, BF_REFUSED};
        for (int at; (at = atomic_load(turn)) < 3 * TIMES;) {
            enum bf_admission a = admit(slots[at / 3], 100 * S);
            if (atomic_load(turn) == at && at % 3 != 1 && a != right[at % 3])
                _exit(1);
        }
        _exit(0);
    }
    for (int i = 0; i < TIMES; i++) {
        fall(slots[i], 1);
        bf_quarantine_died(q, 1, true, 100 * S, &news);
        fall(slots[i], 2);
        bf_quarantine_died(q, 2, true, 100 * S, &news);
        atomic_store(turn, 3 * i + 1);
        fall(slots[i], 3);
        atomic_store(turn, 3 * i + 2);
        bf_quarantine_died(q, 3, true, 100 * S, &news);
        atomic_store(turn, 3 * i + 3);
    }
    int status;
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_int_equal(status, 0);
    munmap(turn, sizeof *turn);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_three_crashes_in_a_minute),
        T(test_slow_crashes_do_not_count_together),
        T(test_one_trial),
        T(test_the_time_doubles_to_ten_minutes),
        T(test_stragglers_do_not_lengthen),
        T(test_who_is_not_blamed),
        T(test_a_new_version_starts_anew),
        T(test_limits),
        T(test_list),
        T(test_reading_and_writing_are_apart),
        T(test_real_processes),
        T(test_only_one_process_wins_the_trial),
        T(test_the_third_fall_is_the_last),
        T(test_falls_and_old_crashes),
        T(test_a_fall_counts_once),
        T(test_a_fall_counts_whoever_collects_it),
        T(test_who_stands_up_again),
        T(test_a_fallen_trial),
        T(test_a_master_that_is_killed),
        T(test_nobody_sees_half_a_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
