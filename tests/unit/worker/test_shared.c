/* worker/shared, worker/process, worker/ops: the common memory, identities, who may read
 * metrics. */
#include "worker/metrics.h"
#include "worker/ops.h"
#include "worker/shared.h"

#include "core/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct bf_conf conf;
static const struct bf_privileges nobody_else;

static int make(void **state)
{
    (void)state;
    struct bf_err err;
    bf_err_clear(&err);
    unsetenv("BEFFROI_CONF");
    if (!bf_conf_load(&conf, NULL, &err))
        return -1;
    snprintf(conf.run_dir, sizeof conf.run_dir, "/tmp/bf-test-shared-XXXXXX");
    return mkdtemp(conf.run_dir) ? 0 : -1;
}

static int drop(void **state)
{
    (void)state;
    char path[BF_CONF_TEXT + 16];
    snprintf(path, sizeof path, "%s/scoreboard", conf.run_dir);
    unlink(path);
    return rmdir(conf.run_dir);
}

static bool make_one(struct bf_shared *s)
{
    struct bf_err err;
    bf_err_clear(&err);
    return bf_shared_make(&conf, &nobody_else, s, &err);
}

static enum bf_code open_code(struct bf_shared *s, bool writable)
{
    struct bf_err err;
    bf_err_clear(&err);
    bf_shared_open(&conf, writable, s, &err);
    return err.code;
}

static void what_one_writes_another_reads(void **state)
{
    (void)state;
    struct bf_shared ours, theirs;
    struct bf_live_state out;
    struct stat about;
    assert_int_equal(open_code(&theirs, false), BF_E_NOT_FOUND_RESOURCE);
    assert_true(make_one(&ours));
    assert_int_equal(stat(ours.path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0640);
    bf_live_put(ours.live, BF_STR("velos"),
                &(struct bf_live_state){7, 8, 9, 10, BF_LIVE_SOURCE_GOOD});
    bf_board_route(ours.board, "some.route");
    assert_int_equal(open_code(&theirs, false), BF_E_NONE);
    /* Signed from the first moment that others can see it. */
    assert_int_equal(atomic_load(&theirs.board->guardian_pid), getpid());
    assert_true(bf_live_get(theirs.live, BF_STR("velos"), &out));
    assert_int_equal(out.commit, 7);
    assert_string_equal(bf_board_route_name(theirs.board, 1), "some.route");
    bf_shared_close(&theirs);
    bf_shared_remove(&conf, &ours);
    assert_int_equal(access(ours.path, F_OK), -1);
    bf_shared_close(&ours);
    assert_int_equal(open_code(&theirs, true), BF_E_NOT_FOUND_RESOURCE);
}

static void a_newer_one_takes_the_name(void **state)
{
    (void)state;
    struct bf_shared first, second, found;
    assert_true(make_one(&first));
    assert_true(make_one(&second));
    assert_int_equal(open_code(&found, true), BF_E_NONE);
    assert_string_equal(found.path, second.path);
    bf_shared_close(&found);
    bf_shared_remove(&conf, &first); /* does not take the newer one's link away */
    assert_int_equal(open_code(&found, false), BF_E_NONE);
    bf_shared_close(&found);
    bf_shared_remove(&conf, &second);
    bf_shared_close(&first);
    bf_shared_close(&second);
}

static void another_build_is_refused_politely(void **state)
{
    (void)state;
    struct bf_shared ours, theirs;
    assert_true(make_one(&ours));
    ours.board->version++;
    assert_int_equal(open_code(&theirs, false), BF_E_CONFLICT);
    assert_null(theirs.board);
    assert_non_null(theirs.head); /* its master can still be asked to end */
    bf_shared_close(&theirs);
    atomic_store(&ours.board->magic, 0);
    assert_int_equal(open_code(&theirs, false), BF_E_NOT_FOUND_RESOURCE);
    bf_shared_close(&theirs);
    assert_int_equal(truncate(ours.path, 100), 0);
    assert_int_equal(open_code(&theirs, false), BF_E_NOT_FOUND_RESOURCE);
    bf_shared_remove(&conf, &ours);
    bf_shared_close(&ours);
}

static void left_overs_are_swept_and_nothing_else(void **state)
{
    (void)state;
    struct bf_shared alive, dead, foreign;
    assert_true(make_one(&alive) && make_one(&dead) && make_one(&foreign));
    struct bf_identity self = bf_identity_self();
    atomic_store(&dead.board->guardian_start, self.start + 1); /* the number was given away again */
    atomic_store(&foreign.board->guardian_pid, 1 << 22);
    foreign.board->pid_space++;
    bf_shared_sweep();
    assert_int_equal(access(alive.path, F_OK), 0);
    assert_int_equal(access(foreign.path, F_OK), 0);
    if (strncmp(dead.path, "/dev/shm/", 9) == 0)
        assert_int_equal(access(dead.path, F_OK), -1);
    /* A worker that still serves keeps it, whoever else is dead. */
    atomic_store(&alive.board->guardian_start, self.start + 1);
    struct bf_slot *slot = bf_board_take(alive.board, BF_POOL_READ, 1);
    atomic_store(&slot->pid, self.pid);
    atomic_store(&slot->start, self.start);
    bf_shared_sweep();
    assert_int_equal(access(alive.path, F_OK), 0);
    bf_shared_remove(&conf, &alive);
    bf_shared_remove(&conf, &dead);
    bf_shared_remove(&conf, &foreign);
    bf_shared_close(&alive);
    bf_shared_close(&dead);
    bf_shared_close(&foreign);
}

static void a_process_is_its_pid_and_its_start(void **state)
{
    (void)state;
    pid_t parent;
    struct bf_identity self = bf_identity_self();
    assert_int_equal(self.pid, getpid());
    assert_true(bf_identity_alive(self, &parent));
    assert_int_equal(parent, getppid());
    assert_false(bf_identity_alive((struct bf_identity){self.pid, self.start + 1}, NULL));
    assert_false(bf_identity_alive((struct bf_identity){0, 0}, NULL));
    assert_false(bf_identity_kill((struct bf_identity){0, 0}, SIGKILL));
    assert_false(bf_identity_kill((struct bf_identity){1, 0}, SIGKILL));
    assert_false(bf_identity_kill((struct bf_identity){-1, 0}, SIGKILL));
    assert_false(bf_identity_kill((struct bf_identity){self.pid, self.start + 1}, SIGKILL));
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    struct bf_identity id = bf_identity_of(child);
    assert_true(bf_identity_alive(id, &parent));
    assert_int_equal(parent, getpid());
    assert_true(bf_identity_kill(id, SIGKILL));
    siginfo_t ended;
    waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT);
    assert_false(bf_identity_alive(id, NULL)); /* a zombie */
    waitpid(child, NULL, 0);
    assert_false(bf_identity_kill(id, SIGKILL));
    assert_int_equal(bf_identity_of(child).pid, 0);
}

static void names_with_blanks_and_brackets_are_read(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        bf_process_title(") Z 1 (");
        pause();
        _exit(0);
    }
    usleep(50000);
    pid_t parent = 0;
    assert_true(bf_identity_alive(bf_identity_of(child), &parent));
    assert_int_equal(parent, getpid());
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void accounts_must_exist(void **state)
{
    (void)state;
    struct bf_privileges p;
    struct bf_err err;
    bf_err_clear(&err);
    snprintf(conf.os_group, sizeof conf.os_group, "no-such-group");
    assert_false(bf_privileges_find(&conf, &p, &err));
    assert_non_null(strstr(err.message, "no-such-group"));
    bf_err_clear(&err);
    snprintf(conf.os_group, sizeof conf.os_group, "root");
    assert_true(bf_privileges_find(&conf, &p, &err));
    assert_true(p.has_group);
    assert_int_equal(p.group, 0);
    assert_false(p.change);
    if (geteuid() == 0) {
        snprintf(conf.os_user, sizeof conf.os_user, "no-such-account");
        assert_false(bf_privileges_find(&conf, &p, &err));
        bf_err_clear(&err);
        snprintf(conf.os_user, sizeof conf.os_user, "nobody");
        assert_true(bf_privileges_find(&conf, &p, &err));
        assert_true(p.change);
    }
}

static void privileges_are_given_up_for_good(void **state)
{
    (void)state;
    struct bf_privileges p;
    struct bf_err err;
    bf_err_clear(&err);
    if (geteuid() != 0)
        skip();
    snprintf(conf.os_user, sizeof conf.os_user, "nobody");
    assert_true(bf_privileges_find(&conf, &p, &err));
    pid_t child = fork();
    if (child == 0) {
        bool gone = bf_privileges_drop(&p) && getuid() == p.uid && geteuid() == p.uid &&
                    getgid() == p.gid && setuid(0) != 0 && access("/etc/shadow", R_OK) != 0 &&
                    umask(0) == 077;
        _exit(gone ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

static void only_this_machine_reads_metrics(void **state)
{
    (void)state;
    static const char *const near[] = {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"};
    static const char *const far[] = {
        "",      "10.0.0.1",        "128.0.0.1",       "::2",     "::ffff:10.0.0.1", "127.0.0.1 ",
        "127.1", "localhost",       "::1%lo",          "fe80::1", "1127.0.0.1",      "0x7f000001",
        "unix:", "::ffff:7f00:1.2", "::fffe:127.0.0.1"};
    for (size_t i = 0; i < sizeof near / sizeof near[0]; i++)
        assert_true(bf_ops_is_loopback(bf_str_of(near[i])));
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++)
        assert_false(bf_ops_is_loopback(bf_str_of(far[i])));
    char long_one[300];
    memset(long_one, '1', sizeof long_one);
    assert_false(bf_ops_is_loopback((struct bf_str){long_one, sizeof long_one}));
}

static void metrics_are_in_the_text_format(void **state)
{
    (void)state;
    struct bf_shared s;
    struct bf_buf text;
    bf_buf_init(&text, 1 << 20);
    assert_true(make_one(&s));
    struct bf_slot *slot = bf_board_take(s.board, BF_POOL_READ, 1);
    unsigned route = bf_board_route(s.board, "explore.records");
    bf_board_count(slot, route, &(struct bf_outcome){.status = 200, .total_us = 1700, .rows = 3});
    bf_board_count(slot, route, &(struct bf_outcome){.status = 404, .total_us = 80});
    int64_t now = bf_clock_wall_us();
    bf_live_put(s.live, BF_STR("velos"),
                &(struct bf_live_state){5, now - 2500000, 0, 302, BF_LIVE_SOURCE_GOOD});
    bf_metrics_print(&s, &text);
    bf_buf_char(&text, '\0');
    static const char *const lines[] = {
        "# TYPE beffroi_requests_total counter\n",
        "beffroi_requests_total{pool=\"read\",route=\"explore.records\",class=\"2xx\"} 1\n",
        "beffroi_requests_total{pool=\"read\",route=\"explore.records\",class=\"4xx\"} 1\n",
        "# TYPE beffroi_request_seconds histogram\n",
        "_bucket{pool=\"read\",route=\"explore.records\",le=\"0.000100\"} 1\n",
        "_bucket{pool=\"read\",route=\"explore.records\",le=\"0.001000\"} 1\n",
        "_bucket{pool=\"read\",route=\"explore.records\",le=\"0.002500\"} 2\n",
        "_bucket{pool=\"read\",route=\"explore.records\",le=\"+Inf\"} 2\n",
        "beffroi_request_seconds_sum{pool=\"read\",route=\"explore.records\"} 0.001780\n",
        "beffroi_request_seconds_count{pool=\"read\",route=\"explore.records\"} 2\n",
        "beffroi_rows_total{pool=\"read\",route=\"explore.records\"} 3\n",
        "beffroi_workers{pool=\"read\",state=\"starting\"} 1\n",
        "beffroi_database_up 0\n",
        "beffroi_dataset_commit{dataset=\"velos\"} 5\n",
        "beffroi_dataset_commit_age_seconds{dataset=\"velos\"} 2.5",
        "beffroi_dataset_records{dataset=\"velos\"} 302\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (!strstr(text.p, lines[i]))
            fail_msg("missing: %s", lines[i]);
    bf_live_hear(s.live, true, bf_clock_mono_us());
    assert_true(bf_metrics_hearing(&s));
    bf_live_hear(s.live, true, bf_clock_mono_us() - 60 * 1000000); /* of a clock that hangs */
    assert_false(bf_metrics_hearing(&s));
    bf_buf_fini(&text);
    bf_shared_remove(&conf, &s);
    bf_shared_close(&s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, drop)
    const struct CMUnitTest tests[] = {
        TEST(what_one_writes_another_reads),
        TEST(a_newer_one_takes_the_name),
        TEST(another_build_is_refused_politely),
        TEST(left_overs_are_swept_and_nothing_else),
        TEST(a_process_is_its_pid_and_its_start),
        TEST(names_with_blanks_and_brackets_are_read),
        TEST(accounts_must_exist),
        TEST(privileges_are_given_up_for_good),
        TEST(only_this_machine_reads_metrics),
        TEST(metrics_are_in_the_text_format),
    };
    return cmocka_run_group_tests_name("worker/shared", tests, NULL, NULL);
}
