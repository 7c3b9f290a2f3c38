#include "plugin/damage.h"

#include "core/self.h"

#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>

enum { SIGNALS = 14, GROWTH = 128 << 20 };

/* Those that plugin/fall listens to, those that end a worker by default, and those that we ignore
 * or block. */
static const int looked_at[SIGNALS] = {SIGSEGV, SIGBUS,  SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS,
                                       SIGPIPE, SIGTERM, SIGHUP, SIGINT, SIGALRM, SIGUSR1, SIGCHLD};

static struct {
    dev_t dev; /* of the working directory */
    ino_t ino;
    void (*actions[SIGNALS])(int);
    sigset_t mask;
    size_t peak; /* of resident memory, when the request began */
    size_t growth;
} sound = {.growth = GROWTH};

void bf_damage_allow(size_t bytes)
{
    sound.growth = bytes;
}

/* sa_handler and sa_sigaction are one word. */
static void (*action_of(int number))(int)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 ? now.sa_handler : SIG_ERR;
}

void bf_damage_learn(void)
{
    struct stat here = {0};
    stat(".", &here);
    sound.dev = here.st_dev;
    sound.ino = here.st_ino;
    for (int i = 0; i < SIGNALS; i++)
        sound.actions[i] = action_of(looked_at[i]);
    sigemptyset(&sound.mask);
    sigprocmask(SIG_BLOCK, NULL, &sound.mask);
}

void bf_damage_begin(void)
{
    bf_self_note(NULL);
    sound.peak = bf_self_peak();
}

static bool moved(void)
{
    struct stat here = {0};
    stat(".", &here);
    return here.st_dev != sound.dev || here.st_ino != sound.ino;
}

static bool signals_changed(void)
{
    sigset_t now;
    sigemptyset(&now);
    sigprocmask(SIG_BLOCK, NULL, &now);
    bool changed = false;
    for (int i = 0; i < SIGNALS; i++)
        changed |= action_of(looked_at[i]) != sound.actions[i] ||
                   sigismember(&now, looked_at[i]) != sigismember(&sound.mask, looked_at[i]);
    return changed;
}

/* Numbers are printed with the locale's comma. */
static bool locale_changed(void)
{
    const char *name = setlocale(LC_ALL, NULL);
    return uselocale((locale_t)0) != LC_GLOBAL_LOCALE || !name || strcmp(name, "C") != 0;
}

/* Its signal would come to somebody else's request. That of lua/guard rests by now. */
static bool timer_runs(void)
{
    static const enum __itimer_which timers[] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};
    struct itimerval now;
    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++)
        if (getitimer(timers[i], &now) == 0 && (now.it_value.tv_sec || now.it_value.tv_usec))
            return true;
    return false;
}

/* What was taken and given back is no matter. */
static bool has_grown(void)
{
    return bf_self_peak() > sound.peak + sound.growth && bf_self_rss() > sound.peak + sound.growth;
}

enum bf_fall_cause bf_damage_find_in_open(void)
{
    if (!bf_self_whole())
        return BF_FALL_DESCRIPTORS;
    if (moved())
        return BF_FALL_FOLDER;
    if (locale_changed())
        return BF_FALL_LOCALE;
    if (timer_runs())
        return BF_FALL_TIMER;
    return has_grown() ? BF_FALL_MEMORY : BF_FALL_UNKNOWN;
}

enum bf_fall_cause bf_damage_find(void)
{
    enum bf_fall_cause cause = bf_damage_find_in_open();
    return cause == BF_FALL_UNKNOWN && signals_changed() ? BF_FALL_SIGNALS : cause;
}
