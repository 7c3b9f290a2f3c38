/* Workers that fall inside a real handler, in every way that we could think of: what the table says
 * at the moment when the client sees the end, and what the worker ended by. */
#include "core/self.h"
#include "fixture.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define MANIFEST                                                                                  \
    "{\"id\":\"evil\",\"title\":{\"fr\":\"T\"},\"publisher\":\"P\",\"licence\":{\"name\":\"L\"}," \
    "\"key\":[\"nom\"],\"fields\":[{\"name\":\"nom\",\"type\":\"text\"}],\"handler\":\"falls\"}"

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = true }; /* its report ends the process instead of the signal */
#else
enum { SANITIZED = false };
#endif

enum { ANSWERED = 12, REFUSED };

static struct fixture f;

static int setup(void **state)
{
    (void)state;
    fixture_init(&f);
    void *q =
        mmap(NULL, bf_quarantine_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(q != MAP_FAILED);
    f.quarantine = q;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    munmap(f.quarantine, bf_quarantine_size());
    fixture_fini(&f);
    return 0;
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * (int64_t)1000000 + t.tv_nsec / 1000;
}

static uint32_t crashes(void)
{
    struct bf_quarantine_state one = {0};
    return bf_quarantine_list(f.quarantine, now(), &one, 1) ? one.crashes : 0;
}

/* ---- workers ---- */

struct worker {
    pid_t pid;
    int client;
};

static bool ask_row(const char *name)
{
    struct bf_cell row;
    if (!fixture_ask(&f, "nom"))
        return false;
    row = cell(&f, TEXT(name));
    bf_binding_row(f.binding, &f.hook, &row, 1);
    bf_binding_finish(f.binding, &f.hook);
    return true;
}

/* A descriptor that the worker lives by. */
static int held;

static int held_of(const void *self)
{
    return *(const int *)self;
}

static _Noreturn void work(const char *name, const char *then)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(null, STDOUT_FILENO); /* exit() would print what cmocka has buffered */
    dup2(null, STDERR_FILENO); /* a sanitizer's report */
    for (size_t i = 0; i < sizeof faults / sizeof faults[0] && !SANITIZED; i++)
        signal(faults[i], SIG_DFL); /* cmocka has its own */
    held = null;
    bf_self_hold(&held, held_of);
    fixture_bind(&f, "tests/handlers/falls.so", MANIFEST);
    if (!ask_row(name))
        _exit(REFUSED);
    if (strcmp(then, "stop-outside") == 0)
        raise(SIGSTOP);
    else if (!ask_row(then))
        _exit(REFUSED);
    bf_plugins_free(f.plugins);
    _exit(ANSWERED);
}

/* One that serves two rows of those names for a client. */
static struct worker begin(const char *name, const char *then)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        work(name, then);
    }
    close(ends[1]);
    return (struct worker){pid, ends[0]};
}

static void wait_until_closed(struct worker w)
{
    char c;
    assert_int_equal(read(w.client, &c, 1), 0);
    close(w.client);
}

static void wait_until_stopped(struct worker w)
{
    int status;
    assert_int_equal(waitpid(w.pid, &status, WUNTRACED), w.pid);
    assert_true(WIFSTOPPED(status));
}

static int collect(struct worker w, bool inside)
{
    int status;
    struct bf_quarantine_news news;
    assert_int_equal(waitpid(w.pid, &status, 0), w.pid);
    assert_int_equal(bf_quarantine_died(f.quarantine, w.pid, true, now(), &news), inside);
    return status;
}

static void ended_by(int status, int number)
{
    if (!SANITIZED)
        assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : 0, number);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) < ANSWERED);
}

/* ---- tests ---- */

struct way {
    const char *name;
    int signal;    /* 0: it exits */
    uint32_t seen; /* crashes in the table when the client sees the end */
};

static const struct way ways[] = {
    {"segv", SIGSEGV, 1}, {"overflow", SIGSEGV, 1}, {"divide", SIGFPE, 1}, {"abort", SIGABRT, 1},
    {"trap", SIGTRAP, 1}, {"thread", SIGSEGV, 1},   {"chain", SIGSEGV, 1}, {"exit", 0, 1},
    {"quick", 0, 1},      {"at-once", 0, 0},        {"block", SIGSEGV, 0}, {"default", SIGSEGV, 0},
};

static void each_fall_is_marked_before_it_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct worker w = begin(ways[i].name, "fine");
        wait_until_closed(w);
        assert_int_equal(crashes(), ways[i].seen);
        int status = collect(w, true);
        assert_int_equal(crashes(), 1);
        if (ways[i].signal)
            ended_by(status, ways[i].signal);
        else
            assert_int_equal(status, 0);
        memset((void *)f.quarantine, 0, bf_quarantine_size());
    }
}

/* What a client does that tries again as soon as it sees the end, and nobody collects anything. */
static void nobody_falls_a_fourth_time(void **state)
{
    (void)state;
    struct worker fallen[3], fourth;
    for (int i = 0; i < 3; i++) {
        fallen[i] = begin("segv", "fine");
        wait_until_closed(fallen[i]);
    }
    fourth = begin("segv", "fine");
    wait_until_closed(fourth);
    assert_int_equal(WEXITSTATUS(collect(fourth, false)), REFUSED);
    for (int i = 0; i < 3; i++)
        ended_by(collect(fallen[i], true), SIGSEGV);
    assert_int_equal(crashes(), 3);
}

static void two_that_fall_at_once_are_two(void **state)
{
    (void)state;
    struct worker w[2];
    for (int i = 0; i < 2; i++) { /* not at once: they install the handler under the same name */
        w[i] = begin("stop", "fine");
        wait_until_stopped(w[i]);
    }
    for (int i = 0; i < 2; i++)
        kill(w[i].pid, SIGSEGV);
    for (int i = 0; i < 2; i++)
        kill(w[i].pid, SIGCONT);
    for (int i = 0; i < 2; i++)
        wait_until_closed(w[i]);
    assert_int_equal(crashes(), 2);
    for (int i = 0; i < 2; i++)
        ended_by(collect(w[i], true), SIGSEGV);
    assert_int_equal(crashes(), 2);
}

/* From outside, and outside of the handler: no crash of it, and the signal ends the worker. */
static void a_signal_elsewhere_blames_nobody(void **state)
{
    (void)state;
    static const int numbers[] = {SIGSEGV, SIGABRT, SIGTRAP, SIGSYS};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct worker w = begin("fine", "stop-outside");
        wait_until_stopped(w);
        kill(w.pid, numbers[i]);
        kill(w.pid, SIGCONT);
        wait_until_closed(w);
        assert_int_equal(crashes(), 0);
        ended_by(collect(w, false), numbers[i]);
    }
    assert_int_equal(crashes(), 0);
}

static void a_child_of_the_handler_is_not_the_worker(void **state)
{
    (void)state;
    struct worker w = begin("fork", "fork");
    wait_until_closed(w);
    assert_int_equal(WEXITSTATUS(collect(w, false)), ANSWERED);
    assert_int_equal(crashes(), 0);
}

static struct bf_fall cause(void)
{
    struct bf_quarantine_state one = {0};
    assert_int_equal(bf_quarantine_list(f.quarantine, now(), &one, 1), 1);
    return one.fall;
}

/* The hook came back, and what it left behind would cost other people's requests. */
static void who_spoils_its_process_ends_as_if_it_had_crashed(void **state)
{
    static const struct {
        const char *name;
        enum bf_fall_cause cause;
    } spoilt[] = {{"close", BF_FALL_DESCRIPTORS}, {"folder", BF_FALL_FOLDER},
                  {"signals", BF_FALL_SIGNALS},   {"survive", BF_FALL_SIGNALS},
                  {"locale", BF_FALL_LOCALE},     {"leak", BF_FALL_MEMORY}};
    (void)state;
    for (size_t i = 0; i < sizeof spoilt / sizeof spoilt[0]; i++) {
        struct worker w = begin(spoilt[i].name, "fine");
        wait_until_closed(w);
        if (spoilt[i].cause != BF_FALL_DESCRIPTORS) /* which the client sees before anybody */
            assert_int_equal(crashes(), 1);
        assert_int_equal(WEXITSTATUS(collect(w, true)), 70);
        assert_int_equal(crashes(), 1);
        assert_int_equal(cause().cause, spoilt[i].cause);
        memset((void *)f.quarantine, 0, bf_quarantine_size());
    }
}

static void what_it_fell_by_is_told(void **state)
{
    (void)state;
    struct worker w = begin("abort", "fine");
    wait_until_closed(w);
    bf_quarantine_because(f.quarantine, w.pid, (struct bf_fall){BF_FALL_SIGNAL, SIGABRT});
    bf_quarantine_because(f.quarantine, w.pid, (struct bf_fall){BF_FALL_HANG, 0});
    collect(w, true);
    assert_int_equal(cause().cause, BF_FALL_SIGNAL);
    assert_string_equal(bf_fall_text(cause()), strsignal(SIGABRT));
    for (enum bf_fall_cause c = BF_FALL_UNKNOWN; c < BF_FALL_CAUSES; c++)
        assert_non_null(bf_fall_text((struct bf_fall){c, 0}));
}

/* From one look to the next: the same call, or another one. */
static void a_call_that_does_not_come_back_is_seen(void **state)
{
    int place = -1;
    uint32_t first = 0, second = 0;
    (void)state;
    struct worker w = begin("fine", "stop");
    wait_until_stopped(w);
    assert_true(bf_quarantine_inside(f.quarantine, w.pid, &place, &first));
    assert_true(place >= 0);
    assert_true(bf_quarantine_inside(f.quarantine, w.pid, &place, &second));
    assert_int_equal(first, second);
    kill(w.pid, SIGKILL);
    wait_until_closed(w);
    collect(w, true);
    assert_false(bf_quarantine_inside(f.quarantine, w.pid, &place, &second));
    w = begin("fine", "stop-outside");
    wait_until_stopped(w);
    assert_false(bf_quarantine_inside(f.quarantine, w.pid, &place, &second));
    kill(w.pid, SIGKILL);
    wait_until_closed(w);
    collect(w, false);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(each_fall_is_marked_before_it_is_seen),
        T(nobody_falls_a_fourth_time),
        T(two_that_fall_at_once_are_two),
        T(a_signal_elsewhere_blames_nobody),
        T(a_child_of_the_handler_is_not_the_worker),
        T(who_spoils_its_process_ends_as_if_it_had_crashed),
        T(what_it_fell_by_is_told),
        T(a_call_that_does_not_come_back_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
