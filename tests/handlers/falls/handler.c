/* Falls in its row hook, or spoils its process, in the way that `nom` says; any other name passes.
 * When it is opened it takes SIGSEGV over, for a signal handler that gives way to what was there
 * before. */
#include <beffroi/handler.h>

#include <locale.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

BF_HANDLER_HOST;

static volatile int zero;
static volatile char *volatile nowhere; /* NULL, which the compiler is not to know */

static void touch_nothing(void)
{
    *nowhere = 1;
}

__attribute__((noinline)) static int deeper(volatile char *above)
{
    volatile char room[4096];
    room[0] = *above;
    return zero ? 0 : deeper(room) + room[0];
}

static void overflow(void)
{
    char c = 1;
    zero = deeper(&c);
}

static void divide(void)
{
    zero = 1 / zero;
    raise(SIGFPE); /* where a division by zero is none */
}

static void leave(void)
{
    exit(0);
}

static void leave_quickly(void)
{
    quick_exit(0);
}

static void leave_at_once(void)
{
    _exit(0);
}

static void trap(void)
{
    raise(SIGTRAP);
}

static void *run(void *nothing)
{
    touch_nothing();
    return nothing;
}

/* Waits inside the handler until the thread has killed the process. */
static void thread(void)
{
    pthread_t t;
    if (pthread_create(&t, NULL, run, NULL) == 0)
        pthread_join(t, NULL);
}

/* The child's death is not the worker's. */
static void forked(void)
{
    pid_t child = fork();
    if (child == 0)
        touch_nothing();
    if (child > 0)
        waitpid(child, NULL, 0);
}

static void give_back(void)
{
    signal(SIGSEGV, SIG_DFL);
    touch_nothing();
}

/* Waits inside of the handler for whatever comes from outside. */
static void stop(void)
{
    raise(SIGSTOP);
}

static void block(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    touch_nothing();
}

static struct sigaction chained;
static sigjmp_buf out;

static void give_way(int number, siginfo_t *info, void *context)
{
    (void)context;
    sigaction(number, &chained, NULL);
    if (info->si_code <= 0) /* from outside: it does not happen again by itself */
        raise(number);
}

static void jump(int number, siginfo_t *info, void *context)
{
    chained.sa_sigaction(number, info, context);
    siglongjmp(out, 1);
}

static void take_over(void (*action)(int, siginfo_t *, void *))
{
    const struct sigaction act = {.sa_sigaction = action, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &act, &chained);
}

static void chain(void)
{
    take_over(give_way);
    touch_nothing();
}

static void survive(void)
{
    if (sigsetjmp(out, 1))
        return;
    take_over(jump);
    touch_nothing();
}

/* ---- what does not end the process by itself ---- */

static void loop(void)
{
    while (!zero)
        continue;
}

static void deadlock(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
}

static void *volatile taken;

static void take(size_t n)
{
    char *memory = malloc(n);
    memset(memory, 1, n);
    *(void **)memory = taken;
    taken = memory;
}

static void runaway(void)
{
    for (;;)
        take(1 << 20);
}

static void leak(void)
{
    for (int i = 0; i < 256; i++)
        take(1 << 20);
}

static void close_all(void)
{
    for (int fd = 3; fd < 256; fd++)
        close(fd);
}

static void change_folder(void)
{
    if (chdir("/usr") != 0)
        abort();
}

static void change_signals(void)
{
    signal(SIGALRM, SIG_IGN);
}

static void change_locale(void)
{
    if (!setlocale(LC_ALL, "C.UTF-8"))
        abort();
}

/* It would fire long after the request. */
static void leave_timer(void)
{
    const struct itimerval later = {{0, 0}, {100000, 0}};
    if (setitimer(ITIMER_PROF, &later, NULL) != 0)
        abort();
}

static const struct {
    const char *name;
    void (*fall)(void);
} ways[] = {{"segv", touch_nothing},
            {"overflow", overflow},
            {"divide", divide},
            {"abort", abort},
            {"trap", trap},
            {"exit", leave},
            {"quick", leave_quickly},
            {"at-once", leave_at_once},
            {"thread", thread},
            {"fork", forked},
            {"stop", stop},
            {"block", block},
            {"default", give_back},
            {"chain", chain},
            {"survive", survive},
            {"loop", loop},
            {"deadlock", deadlock},
            {"runaway", runaway},
            {"leak", leak},
            {"close", close_all},
            {"folder", change_folder},
            {"signals", change_signals},
            {"locale", change_locale},
            {"timer", leave_timer}};

static enum bf_rc open_dataset(struct bf_dataset *d, void **self)
{
    int name = bf->field(d, "nom");
    *self = bf->keep(d, &name, sizeof name);
    take_over(give_way);
    return BF_OK;
}

static enum bf_rc fill_row(struct bf_req *r, struct bf_row *row, void *self)
{
    const int *name = self;
    const char *text;
    size_t n;
    (void)r;
    if (!bf->get_text(row, *name, &text, &n))
        return BF_OK;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (strlen(ways[i].name) == n && memcmp(ways[i].name, text, n) == 0)
            ways[i].fall();
    return BF_OK;
}

BF_HANDLER(.name = "falls", .version = "1.0", .open = open_dataset, .row = fill_row);
