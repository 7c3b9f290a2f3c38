/*
 * lua/guard: the hard limit of time, for what the meter cannot stop.
 *
 * Purpose    should a function in C below a script never come back in spite of everything, the
 *            process ends itself by abort(): the request fails, plugin/fall puts it down to the
 *            dataset, and the master starts another worker.
 * Time       BF_GUARD_US of the process's processor clock, measured by ITIMER_PROF, which belongs
 *            to this file. A busy machine kills nobody, and what only waits is the deadline of the
 *            master's affair.
 * Cost       the timer is set once in BF_GUARD_PAUSE_US, not in every call: a call that follows
 *            another reads a coarse clock (5 ns) and stores two words.
 * Rest       whoever is through with a run of calls says so, which stops the timer: SIGPROF comes
 *            to nobody who does not run a script (it could break off a write of somebody else).
 * Lifetime   process-wide, one thread; a child that is forked starts without a timer.
 */
#ifndef BF_LUA_GUARD_H
#define BF_LUA_GUARD_H

#ifdef __SANITIZE_ADDRESS__ /* which makes the same work several times as long */
enum { BF_GUARD_US = 1000000 };
#else
enum { BF_GUARD_US = 500000 };
#endif
enum { BF_GUARD_PAUSE_US = 50000 };

/* name: of the script; lives until bf_guard_leave. */
void bf_guard_enter(const char *name);
void bf_guard_leave(void);

/* A batch or request is over. Cheap where no script has run. */
void bf_guard_rest(void);

#endif
