#include "lua/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *volatile inside; /* the script that is running; NULL: none */
static int64_t armed_us;            /* when the timer was set; 0: it is not */

static void say(const char *text)
{
    ssize_t n = write(STDERR_FILENO, text, strlen(text));
    (void)n;
}

static void on_time(int number)
{
    const char *name = inside;
    int saved = errno;
    (void)number;
    if (name) {
        say("{\"level\":\"error\",\"event\":\"lua.hang\",\"detail\":\"script=");
        say(name);
        say(" does not come back from a function of the library; the process ends\"}\n");
        abort();
    }
    errno = saved;
}

static int64_t coarse_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 + 1; /* never 0 */
}

static void set_timer(long us)
{
    const struct itimerval at = {.it_value = {us / 1000000, us % 1000000}};
    setitimer(ITIMER_PROF, &at, NULL);
}

/* Each time, and not once in a process: a handler in C may have changed what a signal does. */
static void arm(int64_t now)
{
    struct sigaction action = {.sa_handler = on_time, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigset_t signals;
    sigemptyset(&action.sa_mask);
    sigaction(SIGPROF, &action, NULL);
    sigemptyset(&signals);
    sigaddset(&signals, SIGPROF);
    sigprocmask(SIG_UNBLOCK, &signals, NULL);
    set_timer(BF_GUARD_US);
    armed_us = now;
}

void bf_guard_enter(const char *name)
{
    int64_t now = coarse_us();
    if (!armed_us || now - armed_us >= BF_GUARD_PAUSE_US)
        arm(now);
    inside = name;
}

void bf_guard_leave(void)
{
    inside = NULL;
}

void bf_guard_rest(void)
{
    if (armed_us)
        set_timer(0);
    armed_us = 0;
}
