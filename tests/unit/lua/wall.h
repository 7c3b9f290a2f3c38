/*
 * A child whose every system call beyond a few ends it: what scripts reach, seen by the kernel.
 *
 * Allowed    memory without a file behind it, clocks, the timer of lua/guard, its own number, words
 *            to stderr, the end. Everything else ends the child there and then with WALL_HIT, and
 *            it says on stderr what it was doing (wall_doing), the call's number and, of openat,
 *            the path.
 * Use        in a child: the filter is for good. false: this kernel has no such filter.
 */
#ifndef TESTS_LUA_WALL_H
#define TESTS_LUA_WALL_H

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { WALL_HIT = 99, WALL_NONE = 98 };

static const char *volatile wall_doing = "nothing";

/* The second argument of a call that was stopped. */
static inline const char *wall_path(const ucontext_t *at)
{
#if defined(__x86_64__)
    return (const char *)at->uc_mcontext.gregs[REG_RSI];
#elif defined(__aarch64__)
    return (const char *)at->uc_mcontext.regs[1];
#else
    (void)at;
    return "(another machine)";
#endif
}

static inline void wall_say(int number, siginfo_t *info, void *context)
{
    char line[512];
    bool opens = info->si_syscall == SCMP_SYS(openat);
    int n = snprintf(line, sizeof line, "%s: call %d%s%s\n", wall_doing, info->si_syscall,
                     opens ? " " : "", opens ? wall_path(context) : "");
    (void)number;
    ssize_t out = write(STDERR_FILENO, line, (size_t)n);
    (void)out;
    syscall(SYS_exit_group, WALL_HIT); /* at once: a sanitizer has its own _exit */
    _exit(WALL_HIT);
}

static inline bool wall_allow(scmp_filter_ctx ctx)
{
    static const int calls[] = {
        SCMP_SYS(munmap),
        SCMP_SYS(mremap),
        SCMP_SYS(mprotect),
        SCMP_SYS(madvise),
        SCMP_SYS(brk),
        SCMP_SYS(futex),
        SCMP_SYS(clock_gettime),
        SCMP_SYS(gettimeofday),
        SCMP_SYS(setitimer),
        SCMP_SYS(rt_sigaction),
        SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(rt_sigreturn),
        SCMP_SYS(exit_group),
        SCMP_SYS(getpid),
        SCMP_SYS(sigaltstack),
    };
    bool ok = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                               SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS)) == 0 &&
              seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                               SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO)) == 0;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        ok = ok && seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0) == 0;
    return ok;
}

static inline bool wall_stand(void)
{
    const struct sigaction action = {.sa_sigaction = wall_say, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_TRAP);
    sigaction(SIGSYS, &action, NULL);
    bool ok = ctx && wall_allow(ctx) && seccomp_load(ctx) == 0;
    /* Not freed: whatever that asks for is refused from here on. */
    return ok;
}

/* How a child ends that does this, which raises the wall itself; what it says is in said. */
static inline int wall_child(int (*act)(void *self), void *self, char *said, size_t room)
{
    int out[2], status;
    size_t all = 0;
    assert_int_equal(pipe(out), 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(out[1], STDERR_FILENO);
        _exit(act(self));
    }
    close(out[1]);
    for (ssize_t n = 1; n > 0 && all<room - 1; all += n> 0 ? (size_t)n : 0)
        n = read(out[0], said + all, room - 1 - all);
    said[all] = '\0';
    close(out[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
