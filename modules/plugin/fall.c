#include "plugin/fall.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { FAULTS = 7, STACK = 64 * 1024 };

static const int faults[FAULTS] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

static struct bf_quarantine *watched;
static struct sigaction before[FAULTS];
static volatile sig_atomic_t fell[FAULTS];

/* The instruction that faulted runs again when the signal handler returns. */
static bool happens_again(int number, const siginfo_t *info)
{
    return info->si_code > 0 &&
           (number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL);
}

/* The second time it was called by a handler's own signal handler, which what was there before us
 * may be: no way back to that. */
static void on_fault(int number, siginfo_t *info, void *context)
{
    const struct sigaction end = {.sa_handler = SIG_DFL};
    int saved = errno;
    (void)context;
    bf_quarantine_fell(watched, getpid());
    for (int i = 0; i < FAULTS; i++) {
        if (faults[i] != number)
            continue;
        sigaction(number, fell[i] ? &end : &before[i], NULL);
        fell[i] = 1;
    }
    if (!happens_again(number, info))
        raise(number);
    errno = saved;
}

static void on_exit_inside(void)
{
    bf_quarantine_fell(watched, getpid());
}

/* A stack that overflowed has no room for a signal handler. A sanitizer may have given one. */
static void set_stack(void)
{
    static char memory[STACK];
    stack_t stack = {.ss_flags = SS_DISABLE};
    if (sigaltstack(NULL, &stack) == 0 && !(stack.ss_flags & SS_DISABLE))
        return;
    stack = (stack_t){.ss_sp = memory, .ss_size = sizeof memory};
    sigaltstack(&stack, NULL);
}

static void watch(int i)
{
    struct sigaction old, ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    if (fell[i] || sigaction(faults[i], NULL, &old) != 0 || old.sa_sigaction == on_fault)
        return;
    if (old.sa_handler == SIG_IGN) /* it would live on */
        old = (struct sigaction){.sa_handler = SIG_DFL};
    before[i] = old;
    sigemptyset(&ours.sa_mask);
    sigaction(faults[i], &ours, NULL);
}

void bf_fall_watch(struct bf_quarantine *q)
{
    if (!watched) {
        atexit(on_exit_inside);
        at_quick_exit(on_exit_inside);
    }
    watched = q;
    set_stack();
    for (int i = 0; i < FAULTS; i++)
        watch(i);
}
