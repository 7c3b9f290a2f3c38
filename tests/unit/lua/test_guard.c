/* What the meter cannot stop ends the process, and nothing else does. */
#include "fixture.h"

#include "lua/guard.h"

#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void burn(int64_t us)
{
    struct timespec t;
    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    while ((int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 < us);
}

static void never_come_back(void *self, enum bf_level level, struct bf_str text)
{
    (void)self;
    (void)level;
    (void)text;
    for (volatile int i = 0; i >= 0; i = 1 - i)
        continue;
}

/* How a child ends that runs act; what it wrote to stderr is in said. */
static int end_of(void (*act)(void), char said[4096])
{
    int out[2], status;
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(out[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL); /* cmocka catches it */
        act();
        _exit(0);
    }
    close(out[1]);
    ssize_t n, all = 0;
    while ((n = read(out[0], said + all, 4095 - (size_t)all)) > 0)
        all += n;
    said[all] = '\0';
    close(out[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void hang_in_the_library(void)
{
    struct fixture f;
    fixture_init(&f);
    f.source.log.line = never_come_back;
    if (fixture_open(&f, "function on_record(row) log.info('x') end"))
        run_row(&f);
}

static void work_outside(void)
{
    bf_guard_enter("essai/hook.lua");
    bf_guard_leave();
    burn(2 * BF_GUARD_US);
}

static void work_in_many_calls(void)
{
    struct fixture f;
    fixture_init(&f);
    f.source.time_us = 200000;
    if (!fixture_open(&f, "function on_record(row) for i = 1, 100000 do end end"))
        _exit(1);
    struct timespec t;
    do {
        run_row(&f);
        bf_lua_handler_abi(f.handler)->finish(NULL, bf_lua_handler_self(f.handler));
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    } while (t.tv_sec * 1000000 < 2 * BF_GUARD_US);
}

static void a_hang_ends_the_process(void **state)
{
    char said[4096];
    (void)state;
    int status = end_of(hang_in_the_library, said);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(
        strstr(said, "\"event\":\"lua.hang\",\"detail\":\"script=essai/hook.lua does not"));
}

static void who_runs_no_script_is_left_alone(void **state)
{
    char said[4096];
    (void)state;
    assert_int_equal(end_of(work_outside, said), 0);
    assert_int_equal(end_of(work_in_many_calls, said), 0);
}

static void rest_stops_the_timer(void **state)
{
    struct itimerval left;
    (void)state;
    bf_guard_enter("essai/hook.lua");
    getitimer(ITIMER_PROF, &left);
    assert_true(left.it_value.tv_usec > 0);
    bf_guard_leave();
    bf_guard_rest();
    getitimer(ITIMER_PROF, &left);
    assert_int_equal(left.it_value.tv_usec, 0);
    bf_guard_rest();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hang_ends_the_process),
        cmocka_unit_test(who_runs_no_script_is_left_alone),
        cmocka_unit_test(rest_stops_the_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
