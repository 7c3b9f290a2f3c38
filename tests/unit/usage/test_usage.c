/* usage/usage: counting in shared memory, by many processes, whoever of them is killed. */
#include "usage/usage.h"

#include "core/clock.h"
#include "value/instant.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PROCESSES = 4, EACH = 20000, MANY = 12000 };
#define SECOND INT64_C(1000000)

static char folder[] = "/tmp/beffroi-usage-XXXXXX";
static struct bf_usage *usage;
static struct bf_usage_counter counter;

static int set_up(void **state)
{
    (void)state;
    struct bf_err err;
    char path[64];
    bf_err_clear(&err);
    snprintf(path, sizeof path, "%s/usage", folder);
    unlink(path);
    usage = bf_usage_open(folder, (gid_t)-1, &err);
    bf_usage_counter_init(&counter, usage);
    return usage ? 0 : -1;
}

static void count(const char *dataset, const char *route, const char *agent, bool key)
{
    const struct bf_usage_event event = {.dataset = bf_str_of(dataset),
                                         .route = route,
                                         .user_agent = bf_str_of(agent),
                                         .key = key,
                                         .rows = 2,
                                         .bytes = 100};
    bf_usage_count(&counter, &event, bf_clock_mono_us());
}

/* Of all days. */
static uint64_t requests(const char *dataset, const char *route)
{
    struct bf_usage_row row;
    uint64_t sum = 0;
    for (size_t at = 0; bf_usage_next(usage, &at, &row);)
        if (bf_str_eq(row.dataset, bf_str_of(dataset)) && bf_str_eq(row.route, bf_str_of(route)))
            sum += row.requests;
    return sum;
}

static void test_cells(void **state)
{
    (void)state;
    struct bf_usage_row row;
    size_t at = 0;
    int cells = 0;
    assert_false(bf_usage_next(usage, &at, &row));
    for (int i = 0; i < 3; i++)
        count("vlille", "explore.records", "curl/8", true);
    count("vlille", "explore.records", "Mozilla/5.0", false);
    count("", "none", "", false);
    assert_int_equal(requests("vlille", "explore.records"), 4);
    assert_int_equal(requests("", "none"), 1);
    for (at = 0; bf_usage_next(usage, &at, &row); cells++) {
        assert_int_equal(row.rows, row.requests * 2);
        assert_int_equal(row.bytes, row.requests * 100);
        assert_int_equal(row.key, row.client == BF_CLIENT_LIBRARY);
        assert_int_equal(row.unchanged + row.errors, 0);
    }
    assert_int_equal(cells, 3);
}

static void test_nobody_counts(void **state)
{
    (void)state;
    bf_usage_counter_init(&counter, NULL);
    count("vlille", "explore.records", "", false);
}

/* The longest names that there are, whole. */
static void test_long_names(void **state)
{
    (void)state;
    char dataset[64], route[33];
    memset(dataset, 'd', 63);
    memset(route, 'r', 32);
    dataset[63] = route[32] = '\0';
    count(dataset, route, "", false);
    assert_int_equal(requests(dataset, route), 1);
}

static void test_processes_add_up(void **state)
{
    (void)state;
    pid_t pids[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] > 0)
            continue;
        for (int n = 0; n < EACH; n++)
            count(n % 2 ? "pair" : "impair", "explore.records", "", false);
        _exit(0);
    }
    for (int i = 0; i < PROCESSES; i++)
        waitpid(pids[i], NULL, 0);
    assert_int_equal(requests("pair", "explore.records"), PROCESSES * EACH / 2);
    assert_int_equal(requests("impair", "explore.records"), PROCESSES * EACH / 2);
}

static _Noreturn void count_and_tell(int to)
{
    do {
        count("tue", "explore.records", "", false);
    } while (write(to, "x", 1) == 1);
    _exit(1);
}

/* Each tells through a pipe what it has counted until it is killed. */
static void test_a_killed_process_loses_at_most_its_last(void **state)
{
    (void)state;
    int pipes[2];
    char byte;
    uint64_t told = 0;
    for (int i = 0; i < PROCESSES; i++) {
        assert_int_equal(pipe(pipes), 0);
        pid_t pid = fork();
        if (pid == 0)
            count_and_tell(pipes[1]);
        close(pipes[1]);
        for (int n = 0; n < 1000; n++, told++)
            assert_int_equal(read(pipes[0], &byte, 1), 1);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        for (; read(pipes[0], &byte, 1) == 1; told++)
            ;
        close(pipes[0]);
    }
    assert_in_range(requests("tue", "explore.records"), told, told + PROCESSES);
}

static void test_a_full_table_counts_under_other(void **state)
{
    (void)state;
    static char names[MANY][8];
    struct bf_usage_row row;
    uint64_t sum = 0;
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "d%d", i);
        count(names[i], "explore.records", i % 2 ? "curl/8" : "Mozilla/5.0", false);
    }
    for (size_t at = 0; bf_usage_next(usage, &at, &row);)
        sum += row.requests;
    assert_int_equal(sum, MANY);
    assert_in_range(requests("", "other"), 1, MANY - 1);
    assert_int_equal(bf_usage_uncounted(usage), 0);
}

static void test_the_file_outlives_its_processes(void **state)
{
    (void)state;
    struct bf_err err;
    bf_err_clear(&err);
    count("vlille", "explore.records", "", false);
    struct bf_usage *again = bf_usage_open(folder, (gid_t)-1, &err);
    assert_string_equal(bf_usage_node(again), bf_usage_node(usage));
    usage = again;
    assert_int_equal(requests("vlille", "explore.records"), 1);
}

static int32_t day_at(const char *text, int64_t *ends)
{
    struct bf_instant read;
    assert_true(bf_instant_read(bf_str_of(text), &read));
    return bf_usage_day(bf_instant_resolve(&read, bf_zone_utc()), ends);
}

static void test_days_are_those_of_paris(void **state)
{
    (void)state;
    int64_t ends, next;
    assert_int_equal(day_at("2026-06-30T21:59:59Z", &ends), bf_date_days(2026, 6, 30));
    assert_int_equal(day_at("2026-06-30T22:00:00Z", &next), bf_date_days(2026, 7, 1));
    assert_int_equal(next - ends, 24 * 3600 * SECOND);
    assert_int_equal(day_at("2026-12-31T22:59:59Z", &ends), bf_date_days(2026, 12, 31));
    assert_int_equal(day_at("2026-12-31T23:00:00Z", &ends), bf_date_days(2027, 1, 1));
    /* Of 25 hours, and of 23. */
    day_at("2026-10-24T12:00:00Z", &ends);
    assert_int_equal(day_at("2026-10-25T22:59:59Z", &next), bf_date_days(2026, 10, 25));
    assert_int_equal(next - ends, 25 * 3600 * SECOND);
    day_at("2026-03-28T12:00:00Z", &ends);
    day_at("2026-03-29T12:00:00Z", &next);
    assert_int_equal(next - ends, 23 * 3600 * SECOND);
    assert_int_equal(day_at("1969-12-31T22:59:59Z", &ends), -1);
}

/* A table whose day nobody was told of stays; a day that finds none is left uncounted, and that is
 * counted. */
static void test_days_are_kept_until_they_are_told(void **state)
{
    (void)state;
    count("vlille", "explore.records", "", false);
    int32_t first = counter.today.day;
    counter.today.until_us = INT64_MAX;
    counter.today.day = first + 4;
    count("vlille", "explore.records", "", false);
    assert_int_equal(bf_usage_uncounted(usage), 1);
    counter.today.day = first + 1;
    count("vlille", "explore.records", "", false);
    assert_int_equal(requests("vlille", "explore.records"), 2);
    bf_usage_keep(usage, first, first + 1);
    assert_int_equal(requests("vlille", "explore.records"), 2);
    bf_usage_keep(usage, first + 1, first + 2);
    assert_int_equal(requests("vlille", "explore.records"), 1);
    counter.today.day = first + 4;
    count("vlille", "explore.records", "", false);
    assert_int_equal(requests("vlille", "explore.records"), 2);
    assert_int_equal(bf_usage_uncounted(usage), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_cells, set_up),
        cmocka_unit_test_setup(test_nobody_counts, set_up),
        cmocka_unit_test_setup(test_long_names, set_up),
        cmocka_unit_test_setup(test_processes_add_up, set_up),
        cmocka_unit_test_setup(test_a_killed_process_loses_at_most_its_last, set_up),
        cmocka_unit_test_setup(test_a_full_table_counts_under_other, set_up),
        cmocka_unit_test_setup(test_the_file_outlives_its_processes, set_up),
        cmocka_unit_test_setup(test_days_are_those_of_paris, set_up),
        cmocka_unit_test_setup(test_days_are_kept_until_they_are_told, set_up),
    };
    char path[64];
    if (!mkdtemp(folder))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(path, sizeof path, "%s/usage", folder);
    unlink(path);
    rmdir(folder);
    return failed;
}
