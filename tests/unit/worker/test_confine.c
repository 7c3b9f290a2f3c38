/* A child under the filter: what its database needs it may, the rest is refused. */
#include "worker/confine.h"

#include "lua/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int socket_error(int family)
{
    int fd = socket(family, SOCK_STREAM, 0);
    int error = fd < 0 ? errno : 0;
    close(fd);
    return error;
}

/* Bits of what went wrong. */
static int look(bool network)
{
    int wrong = bf_confine(network) ? 0 : 1;
    wrong |= socket_error(AF_UNIX) == 0 ? 0 : 2;
    wrong |= (socket_error(AF_INET) == EPERM) == !network ? 0 : 4;
    wrong |= (socket_error(AF_INET6) == EPERM) == !network ? 0 : 8;
    wrong |= socket_error(AF_NETLINK) == EPERM && socket_error(AF_X25) == EPERM ? 0 : 16;
    wrong |= chdir("/") == -1 && errno == EPERM ? 0 : 32;
    wrong |= kill(getpid(), 0) == -1 && errno == EPERM ? 0 : 64;
    return wrong;
}

#ifndef __SANITIZE_ADDRESS__ /* its builds may make processes */
static void *thread(void *p)
{
    return p;
}

static int look_at_processes(void)
{
    pthread_t t;
    int wrong = 0;
    char *const none[] = {NULL};
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    wrong |= pid == -1 && errno == EPERM ? 0 : 1;
    wrong |= execve("/nowhere", none, none) == -1 && errno == EPERM ? 0 : 2;
    wrong |= pthread_create(&t, NULL, thread, NULL) == 0 && pthread_join(t, NULL) == 0 ? 0 : 4;
    return wrong;
}
#else
static int look_at_processes(void)
{
    return 0;
}
#endif

static int error_of(int fd)
{
    int error = fd < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return error;
}

/* What the run of a source may do beyond a worker, and what it may not. */
static int look_as_a_fetch(bool unused)
{
    struct sockaddr address = {.sa_family = AF_UNIX};
    int wrong = bf_confine_fetch() ? look_at_processes() : 64;
    int nameless = error_of(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    (void)unused;
    wrong |= error_of(memfd_create("essai", MFD_CLOEXEC)) == 0 && nameless != EPERM ? 0 : 8;
    wrong |= socket_error(AF_INET) == 0 && socket_error(AF_NETLINK) == EPERM ? 0 : 16;
    wrong |= bind(-1, &address, sizeof address) == -1 && errno == EPERM ? 0 : 32;
    wrong |= error_of(open("/dev/null", O_RDWR | O_CLOEXEC)) == EPERM &&
                     error_of(open("/dev/null", O_WRONLY | O_CLOEXEC)) == EPERM &&
                     error_of(open("/tmp/essai", O_RDWR | O_CREAT | O_CLOEXEC, 0600)) == EPERM &&
                     error_of(open("/dev/null", O_RDONLY | O_CLOEXEC)) == 0
                 ? 0
                 : 128;
    return wrong;
}

static int status_of(int (*child)(bool), bool network)
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(child(network));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void with_a_local_database(void **state)
{
    (void)state;
    assert_int_equal(status_of(look, false), 0);
}

static void with_a_database_over_tcp(void **state)
{
    (void)state;
    assert_int_equal(status_of(look, true), 0);
}

static void as_the_run_of_a_source(void **state)
{
    (void)state;
    assert_int_equal(status_of(look_as_a_fetch, false), 0);
}

static int end_by_abort(bool network)
{
    bf_confine(network);
    signal(SIGABRT, SIG_DFL);
    abort();
}

static void abort_is_still_an_end(void **state)
{
    (void)state;
    int status = status_of(end_by_abort, false);
    assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGABRT : WEXITSTATUS(status) != 0);
}

/* The timer that counts how long a script works is set after the filter, call for call. */
static int hang_in_a_script(bool network)
{
    const struct rlimit enough = {10, 10}; /* should it never end: another signal */
    setrlimit(RLIMIT_CPU, &enough);
    bf_confine(network);
    signal(SIGABRT, SIG_DFL);
    bf_guard_enter("essai/hook.lua");
    for (volatile int i = 0; i >= 0; i = 1 - i)
        continue;
    return 0;
}

static void a_script_that_hangs_still_ends_its_process(void **state)
{
    (void)state;
    int status = status_of(hang_in_a_script, false);
    assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGABRT : WEXITSTATUS(status) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_a_local_database),
        cmocka_unit_test(with_a_database_over_tcp),
        cmocka_unit_test(as_the_run_of_a_source),
        cmocka_unit_test(abort_is_still_an_end),
        cmocka_unit_test(a_script_that_hangs_still_ends_its_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
