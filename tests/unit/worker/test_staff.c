/* worker/staff and worker/watch: real processes, no database. They wait for it and can be
 * killed. */
#include "worker/sockets.h"
#include "worker/staff.h"
#include "worker/watch.h"

#include "core/clock.h"
#include "core/log.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct house {
    struct bf_conf conf;
    struct bf_privileges privileges;
    struct bf_shared shared;
    int sockets[BF_POOLS];
    struct bf_staff staff;
};

static struct house *h;

static void begin_staff(void)
{
    h->staff = (struct bf_staff){.privileges = &h->privileges,
                                 .shared = &h->shared,
                                 .sockets = h->sockets,
                                 .guardian = getpid()};
    bf_staff_init(&h->staff);
}

static int make(void **state)
{
    (void)state;
    struct bf_err err;
    bf_err_clear(&err);
    bf_log_set_level(BF_LOG_ERROR);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    unsetenv("BEFFROI_CONF");
    h = calloc(1, sizeof *h);
    if (!h || !bf_conf_load(&h->conf, NULL, &err))
        return -1;
    snprintf(h->conf.run_dir, sizeof h->conf.run_dir, "/tmp/bf-test-staff-XXXXXX");
    if (!mkdtemp(h->conf.run_dir))
        return -1;
    snprintf(h->conf.database, sizeof h->conf.database, "host=%.100s dbname=none", h->conf.run_dir);
    if (!bf_shared_make(&h->conf, &h->privileges, &h->shared, &err) ||
        !bf_sockets_open(&h->conf, &h->privileges, h->sockets, &err))
        return -1;
    begin_staff();
    return 0;
}

static unsigned staff_size(void)
{
    unsigned n = 0;
    for (uint32_t at = 0; bf_staff_next(&h->staff, &at);)
        n++;
    return n;
}

static void bury_until(unsigned left)
{
    for (int i = 0; i < 6000 && staff_size() > left; i++) {
        bf_staff_bury(&h->staff);
        poll(NULL, 0, 10);
    }
    assert_int_equal(staff_size(), left);
}

static int drop(void **state)
{
    (void)state;
    struct bf_slot *slot;
    for (uint32_t at = 0; (slot = bf_staff_next(&h->staff, &at)) != NULL;)
        bf_staff_kill(&h->staff, slot, false);
    bury_until(0);
    bf_sockets_remove(&h->conf);
    bf_shared_remove(&h->conf, &h->shared);
    bf_shared_close(&h->shared);
    for (int i = 0; i < BF_POOLS; i++)
        close(h->sockets[i]);
    char path[BF_CONF_TEXT + 16];
    snprintf(path, sizeof path, "%s/clock.lock", h->conf.run_dir);
    unlink(path);
    int removed = rmdir(h->conf.run_dir);
    free(h);
    return removed;
}

static struct bf_slot *only_slot(void)
{
    uint32_t at = 0;
    return bf_staff_next(&h->staff, &at);
}

static bool fork_one(void)
{
    return bf_staff_fork(&h->staff, &h->conf, BF_POOL_READ, 1);
}

static void wait_begun(struct bf_slot *slot)
{
    for (int i = 0; i < 6000 && atomic_load(&slot->doing) == BF_DOING_START; i++)
        poll(NULL, 0, 10);
    assert_int_not_equal(atomic_load(&slot->doing), BF_DOING_START);
}

static void stop(pid_t pid)
{
    siginfo_t stopped;
    kill(pid, SIGSTOP);
    assert_int_equal(waitid(P_PID, (id_t)pid, &stopped, WSTOPPED | WNOWAIT), 0);
}

static void a_worker_without_a_database_waits(void **state)
{
    (void)state;
    assert_true(fork_one());
    struct bf_slot *slot = only_slot();
    wait_begun(slot);
    assert_string_equal(bf_slot_state(slot), "waiting");
    assert_true(slot->why[0]);
    bf_staff_drain(&h->staff, slot);
    bury_until(0);
    assert_int_equal(atomic_load(&h->shared.board->pools[BF_POOL_READ].restarts), 0);
}

static void a_killed_worker_is_counted(void **state)
{
    (void)state;
    struct bf_board_pool *pool = &h->shared.board->pools[BF_POOL_READ];
    assert_true(fork_one());
    wait_begun(only_slot());
    bf_staff_kill(&h->staff, only_slot(), true);
    bury_until(0);
    assert_int_equal(atomic_load(&pool->restarts), 1);
    assert_non_null(strstr(pool->last_death, "signal=9 because it was too slow"));
    assert_true(fork_one()); /* at once */
}

/* ---- handlers ---- */

/* As if that worker were inside the handler of a dataset. */
static void put_inside(const struct bf_slot *slot)
{
    struct bf_quarantine *q = h->shared.quarantine;
    bf_quarantine_enter(q, bf_quarantine_seat(q, atomic_load(&slot->pid)),
                        bf_quarantine_slot(q, BF_STR("bikes"), 1));
}

static uint32_t crashes(void)
{
    struct bf_quarantine_state one = {0};
    return bf_quarantine_list(h->shared.quarantine, bf_clock_mono_us(), &one, 1) ? one.crashes : 0;
}

/* Whoever sees its end finds it in the table, before we have collected it. */
static void a_worker_killed_for_its_handler_is_marked_before(void **state)
{
    (void)state;
    assert_true(fork_one());
    wait_begun(only_slot());
    put_inside(only_slot());
    bf_staff_kill(&h->staff, only_slot(), true);
    assert_int_equal(crashes(), 1);
    bury_until(0);
    assert_int_equal(crashes(), 1);
    assert_true(fork_one());
    wait_begun(only_slot());
    put_inside(only_slot());
    bf_staff_kill(&h->staff, only_slot(), false); /* not for its handler's sake */
    assert_int_equal(crashes(), 1);
    bury_until(0);
    assert_int_equal(crashes(), 1);
}

/* The master dies, a worker falls, another master comes. */
static void a_fall_while_there_is_no_master_is_counted(void **state)
{
    (void)state;
    int64_t now = bf_clock_mono_us();
    struct bf_quarantine *q = h->shared.quarantine;
    int slot = bf_quarantine_slot(q, BF_STR("bikes"), 1);
    for (uint32_t i = 1; i <= 3; i++) {
        assert_true(fork_one());
        wait_begun(only_slot());
        pid_t pid = atomic_load(&only_slot()->pid);
        put_inside(only_slot());
        bf_quarantine_fell(q, pid);
        assert_int_equal(crashes(), i);
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        begin_staff();
        assert_int_equal(staff_size(), 0);
        assert_int_equal(crashes(), i);
        assert_false(bf_quarantine_died(q, pid, true, now, &(struct bf_quarantine_news){0}));
    }
    assert_true(bf_quarantine_active(q, slot, bf_clock_mono_us()) > now);
}

static void who_dies_at_its_start_is_waited_for_longer_each_time(void **state)
{
    (void)state;
    const struct bf_crew *crew = &h->staff.crews[BF_POOL_READ];
    for (int i = 0; i < 4; i++) {
        assert_int_equal(crew->pause_us, i ? 50 * 1000 << i : 0);
        while (!fork_one())
            poll(NULL, 0, 5);
        assert_true(bf_clock_mono_us() >= crew->not_before_us);
        siginfo_t ended;
        bf_staff_kill(&h->staff, only_slot(), false);
        waitid(P_PID, (id_t)atomic_load(&only_slot()->pid), &ended, WEXITED | WNOWAIT);
        atomic_store(&only_slot()->doing, BF_DOING_START); /* however far it came */
        int64_t died = bf_clock_mono_us();
        bury_until(0);
        assert_true(crew->not_before_us - died >= crew->pause_us);
    }
    assert_int_equal(h->staff.early_deaths, 4);
}

static void tokens_run_out_and_come_back(void **state)
{
    (void)state;
    struct bf_crew *crew = &h->staff.crews[BF_POOL_READ];
    crew->tokens_us = 0;
    assert_true(fork_one());
    wait_begun(only_slot());
    crew->tokens_us = 0;
    crew->refilled_us = bf_clock_mono_us();
    bf_staff_kill(&h->staff, only_slot(), false);
    bury_until(0);
    assert_int_equal(crew->pause_us, 100 * 1000);
    crew->not_before_us += 60 * 1000000; /* the pause, as long as the machine may take */
    assert_false(fork_one());
    crew->not_before_us -= 60 * 1000000;
    poll(NULL, 0, 150);
    assert_true(fork_one());
    crew->refilled_us -= 60 * 1000000; /* a minute later */
    crew->bad_us -= 60 * 1000000;
    wait_begun(only_slot());
    bf_staff_kill(&h->staff, only_slot(), false);
    bury_until(0);
    assert_true(fork_one());
    assert_int_equal(crew->pause_us, 0);
}

/* A master of its own forks a worker and is killed: the worker is ours then. */
static void orphans_are_found_and_watched(void **state)
{
    (void)state;
    pid_t master = fork();
    if (master == 0) {
        struct bf_slot *slot;
        fork_one();
        fork_one();
        for (uint32_t at = 0; (slot = bf_staff_next(&h->staff, &at)) != NULL;)
            wait_begun(slot);
        kill(getpid(), SIGKILL);
    }
    waitpid(master, NULL, 0);
    begin_staff();
    assert_int_equal(staff_size(), 2);
    assert_true(h->staff.orphan[only_slot() - h->shared.board->slots]);
    kill(atomic_load(&only_slot()->pid), SIGKILL);
    /* We are guardian and master in one here: what waitpid finds has no slot of ours, and the
     * orphan is missed by its identity. */
    bury_until(1);
    bf_staff_drain(&h->staff, only_slot());
    bury_until(0);
}

static void slots_of_strangers_are_given_back(void **state)
{
    (void)state;
    struct bf_board *b = h->shared.board;
    struct bf_slot *slot = bf_board_take(b, BF_POOL_READ, 1);
    atomic_store(&slot->pid, 1); /* alive, but neither ours nor the same */
    atomic_store(&slot->start, 1);
    slot = bf_board_take(b, BF_POOL_READ, 1);
    struct bf_identity parent =
        bf_identity_of(getppid()); /* alive and the same, but not our child */
    atomic_store(&slot->pid, parent.pid);
    atomic_store(&slot->start, parent.start);
    bf_board_take(b, BF_POOL_PUSH, 1); /* its fork never happened */
    assert_int_equal(staff_size(), 3);
    begin_staff();
    assert_int_equal(staff_size(), 0);
}

struct overdue_case {
    enum bf_doing doing;
    int64_t request_ago_us, beat_ago_us;
    bool killed;
};

static void what_takes_too_long_is_killed(void **state)
{
    (void)state;
    const int64_t s = 1000000;
    h->conf.read_deadline_ms = 2000;
    h->conf.io_timeout_ms = 1000;
    const struct overdue_case cases[] = {
        {BF_DOING_REQUEST, 1 * s, 0, false},      {BF_DOING_REQUEST, 3 * s, 0, true},
        {BF_DOING_READ, 1 * s, 0, false},         {BF_DOING_READ, 21 * s / 10, 0, true},
        {BF_DOING_IDLE, 0, 30 * s, false},        {BF_DOING_IDLE, 0, 61 * s, true},
        {BF_DOING_REQUEST, 1 * s, 90 * s, false}, {BF_DOING_IDLE, 600 * s, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        h->staff.crews[BF_POOL_READ].not_before_us = 0;
        assert_true(fork_one());
        struct bf_slot *slot = only_slot();
        wait_begun(slot);
        struct bf_identity id = bf_slot_identity(slot);
        stop(id.pid); /* so that what we write stays */
        int64_t now = bf_clock_mono_us();
        atomic_store(&slot->doing, cases[i].doing);
        atomic_store(&slot->request_us,
                     cases[i].request_ago_us ? now - cases[i].request_ago_us : 0);
        atomic_store(&slot->beat_us, now - cases[i].beat_ago_us);
        bf_watch(&h->staff, &h->conf);
        assert_int_equal(h->staff.overdue[slot - h->shared.board->slots], cases[i].killed);
        if (!cases[i].killed)
            bf_staff_kill(&h->staff, slot, false);
        bury_until(0);
        assert_false(bf_identity_alive(id, NULL));
    }
    assert_int_equal(atomic_load(&h->shared.board->pools[BF_POOL_READ].deadline_kills), 3);
}

static void a_drain_ends_in_time(void **state)
{
    (void)state;
    h->conf.drain_timeout_ms = 600 * 1000;
    assert_true(fork_one());
    struct bf_slot *slot = only_slot();
    wait_begun(slot);
    stop(atomic_load(&slot->pid));
    bf_staff_drain(&h->staff, slot);
    bf_watch(&h->staff, &h->conf);
    assert_false(h->staff.overdue[slot - h->shared.board->slots]);
    bf_staff_bury(&h->staff);
    assert_int_equal(staff_size(), 1);
    h->conf.drain_timeout_ms = 1;
    poll(NULL, 0, 10);
    bf_watch(&h->staff, &h->conf);
    bury_until(0);
}

static void a_worker_leaves_when_its_master_is_another(void **state)
{
    (void)state;
    struct bf_slot *slot = bf_board_take(h->shared.board, BF_POOL_READ, 1);
    pid_t child = fork();
    if (child == 0) {
        const struct bf_worker_setup setup = {&h->conf,   &h->privileges, &h->shared,
                                              h->sockets, slot,           getppid() + 1};
        _exit(bf_worker_run(&setup) == 70 ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    bf_board_give_back(h->shared.board, slot);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, drop)
    const struct CMUnitTest tests[] = {
        TEST(a_worker_without_a_database_waits),
        TEST(a_killed_worker_is_counted),
        TEST(a_worker_killed_for_its_handler_is_marked_before),
        TEST(a_fall_while_there_is_no_master_is_counted),
        TEST(who_dies_at_its_start_is_waited_for_longer_each_time),
        TEST(tokens_run_out_and_come_back),
        TEST(orphans_are_found_and_watched),
        TEST(slots_of_strangers_are_given_back),
        TEST(what_takes_too_long_is_killed),
        TEST(a_drain_ends_in_time),
        TEST(a_worker_leaves_when_its_master_is_another),
    };
    return cmocka_run_group_tests_name("worker/staff", tests, NULL, NULL);
}
