#include "worker/guardian.h"

#include "core/clock.h"
#include "core/log.h"
#include "limits/quota_memory.h"
#include "worker/master.h"
#include "worker/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PATH = BF_CONF_TEXT + 32,
    QUICK_US = 400 * 1000, /* a master that did not live so long died quickly */
    QUICK_FREE = 20,       /* so many in a row are started again at once */
    PAUSE_FIRST_MS = 50,
    PAUSE_MOST_MS = 5000,
};

struct guardian {
    const struct bf_conf *conf;
    struct bf_privileges privileges;
    struct bf_shared shared;
    struct bf_takeover takeover;
    int sockets[BF_POOLS];
    int pid_file;
    sigset_t signals, before;
    pid_t master;
    int64_t forked_us;
    unsigned quick_deaths;
    bool stopping;
};

/* ---- files --------------------------------------------------------------------------------- */

static bool fail(struct bf_err *err, const char *path)
{
    return BF_FAIL_WITH(err, BF_E_INTERNAL, "%s: %s", path, strerror(errno));
}

/* What workers write must be theirs, also when only root may make files in run_dir. */
static bool give_to_workers(const struct guardian *g, const char *path, struct bf_err *err)
{
    if (g->privileges.change && chown(path, g->privileges.uid, g->privileges.gid) != 0)
        return fail(err, path);
    return true;
}

static bool make_places(const struct guardian *g, struct bf_err *err)
{
    char path[PATH];
    if (mkdir(g->conf->run_dir, 0755) != 0 && errno != EEXIST)
        return fail(err, g->conf->run_dir);
    snprintf(path, sizeof path, "%s/log", g->conf->run_dir);
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return fail(err, path);
    if (!give_to_workers(g, path, err))
        return false;
    static const char *const files[] = {"log/access.jsonl", "clock.lock", "quota.lock"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", g->conf->run_dir, files[i]);
        int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
        if (fd < 0)
            return fail(err, path);
        close(fd);
        if (!give_to_workers(g, path, err))
            return false;
    }
    return true;
}

/* A lock of fcntl: it ends with the process, children do not inherit it, and tells its holder. */
static bool lock(struct guardian *g, struct bf_err *err)
{
    char path[PATH], text[32];
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    snprintf(path, sizeof path, "%s/beffroi.pid", g->conf->run_dir);
    g->pid_file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (g->pid_file < 0)
        return fail(err, path);
    if (fcntl(g->pid_file, F_SETLK, &whole) != 0) {
        whole.l_pid = 0;
        fcntl(g->pid_file, F_GETLK, &whole);
        return BF_FAIL_WITH(err, BF_E_CONFLICT, "a server runs already in %s: process %d",
                            g->conf->run_dir, (int)whole.l_pid);
    }
    int n = snprintf(text, sizeof text, "%d\n", (int)getpid());
    if (ftruncate(g->pid_file, 0) != 0 || write(g->pid_file, text, (size_t)n) != n)
        return fail(err, path);
    return true;
}

static void remove_all(const struct guardian *g)
{
    char path[PATH];
    bf_sockets_remove(g->conf);
    bf_shared_remove(g->conf, &g->shared);
    snprintf(path, sizeof path, "%s/beffroi.pid", g->conf->run_dir);
    unlink(path);
}

/* What an earlier guardian left: its memory tells who still serves. */
static void find_predecessor(struct guardian *g)
{
    struct bf_err ignored;
    bf_err_clear(&ignored);
    bool found = bf_shared_open(g->conf, true, &g->takeover.old, &ignored);
    if (!found && ignored.code != BF_E_CONFLICT)
        g->takeover.old.head = NULL;
}

/* Not made anew: what the last server had not spent, or told of what was asked, is in there. */
static bool open_files(struct guardian *g, struct bf_err *err)
{
    gid_t group = g->privileges.has_group ? g->privileges.group : (gid_t)-1;
    g->shared.quotas = bf_quotas_open(g->conf->run_dir, group, err);
    g->shared.usage = g->shared.quotas ? bf_usage_open(g->conf->run_dir, group, err) : NULL;
    return g->shared.usage != NULL;
}

static bool make_all(struct guardian *g, struct bf_err *err)
{
    umask(077);
    if (!bf_privileges_find(g->conf, &g->privileges, err) || !make_places(g, err) || !lock(g, err))
        return false;
    find_predecessor(g);
    if (!bf_shared_make(g->conf, &g->privileges, &g->shared, err) || !open_files(g, err) ||
        !bf_sockets_open(g->conf, &g->privileges, g->sockets, err))
        return false;
    bf_shared_sweep();
    if (g->takeover.old.head)
        unlink(g->takeover.old.path); /* mapped; nobody looks for it any more */
    return true;
}

/* ---- the master ---------------------------------------------------------------------------- */

static _Noreturn void live_as_master(const struct guardian *g, pid_t guardian)
{
    const struct bf_master_setup setup = {.conf = g->conf,
                                          .privileges = &g->privileges,
                                          .shared = &g->shared,
                                          .sockets = g->sockets,
                                          .takeover = (struct bf_takeover *)(uintptr_t)&g->takeover,
                                          .guardian = guardian};
    close(g->pid_file);
    exit(bf_master_run(&setup));
}

static bool start_master(struct guardian *g)
{
    pid_t self = getpid();
    g->forked_us = bf_clock_mono_us();
    g->master = fork();
    if (g->master == 0)
        live_as_master(g, self);
    if (g->master < 0)
        bf_log(BF_LOG_ERROR, "guardian.fork", "%s", strerror(errno));
    if (g->master > 0 && g->stopping)
        kill(g->master, SIGTERM); /* it has the workers of its predecessor to end */
    return g->master > 0;
}

/* How long to wait before the next master. */
static int pause_ms(struct guardian *g)
{
    bool quick = bf_clock_mono_us() - g->forked_us < QUICK_US;
    g->quick_deaths = quick ? g->quick_deaths + 1 : 0;
    if (g->quick_deaths <= QUICK_FREE)
        return 0;
    unsigned doublings = g->quick_deaths - QUICK_FREE - 1;
    return doublings > 6 ? PAUSE_MOST_MS : PAUSE_FIRST_MS << doublings;
}

/* Also the workers of a master that died are our children now. true: the master has ended. */
static bool reap(struct guardian *g, int *status)
{
    bool ended = false;
    int one;
    for (pid_t pid; (pid = waitpid(-1, &one, WNOHANG)) > 0;) {
        if (pid != g->master)
            continue;
        ended = true;
        *status = one;
    }
    return ended;
}

/* false: the server ends. */
static bool replace_master(struct guardian *g, int status)
{
    g->master = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return false;
    atomic_fetch_add(&g->shared.board->master_restarts, 1);
    int wait = pause_ms(g);
    bf_log(BF_LOG_WARNING, "master.ended", "%s=%d, the next one in %d ms",
           WIFSIGNALED(status) ? "signal" : "exit",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), wait);
    struct timespec pause = {.tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000L};
    nanosleep(&pause, NULL);
    while (!start_master(g))
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    return true;
}

static void pass_on(struct guardian *g, int number)
{
    if (number == SIGINT)
        number = SIGTERM;
    if (number == SIGTERM)
        g->stopping = true;
    if (g->master > 0)
        kill(g->master, number);
}

static void watch(struct guardian *g)
{
    int status = 0;
    for (;;) {
        int number = sigwaitinfo(&g->signals, NULL);
        if (number == SIGCHLD && reap(g, &status) && !replace_master(g, status))
            return;
        if (number > 0 && number != SIGCHLD)
            pass_on(g, number);
    }
}

static void set_signals(struct guardian *g)
{
    sigemptyset(&g->signals);
    sigaddset(&g->signals, SIGCHLD);
    sigaddset(&g->signals, SIGTERM);
    sigaddset(&g->signals, SIGINT);
    sigaddset(&g->signals, SIGHUP);
    sigaddset(&g->signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &g->signals, &g->before);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    bf_process_title("beffroi");
}

int bf_guardian_run(const struct bf_conf *conf, struct bf_err *err)
{
    static struct guardian g; /* static: children keep it reachable, and there is only one */
    g = (struct guardian){.conf = conf, .pid_file = -1};
    set_signals(&g);
    if (!make_all(&g, err))
        return 1;
    bf_log(BF_LOG_INFO, "serve.start",
           "run_dir=%s read=%" PRId64 " export=%" PRId64 " push=%" PRId64 "%s", conf->run_dir,
           conf->read_workers, conf->export_workers, conf->push_workers,
           bf_takeover_needed(&g.takeover) ? " relieving an earlier server" : "");
    if (!start_master(&g)) {
        remove_all(&g);
        return 1;
    }
    watch(&g);
    remove_all(&g);
    bf_log(BF_LOG_INFO, "serve.end", "all workers have ended");
    return 0;
}
