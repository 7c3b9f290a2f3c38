#include "pull/puller.h"

#include "core/clock.h"
#include "core/log.h"
#include "pull/run.h"
#include "store/catalog.h"
#include "store/ingestions.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MEMORY = 256 << 20,
    CHILDREN = 16,
    ID = 64,
    LINE = 128,
    LOOK_US = 30 * 1000 * 1000,
    WAIT_MOST_US = 1000 * 1000,
    RETRY_US = 5 * 1000 * 1000,
    BACK_OFF_MS = 200,
    PRUNE_US = 3600 * 1000 * 1000L,
};
#define CHILD_MEMORY ((rlim_t)3 << 30)

struct child {
    pid_t pid; /* 0: free */
    int fd;    /* the process, to be polled */
    char dataset[ID];
    int number; /* of the dataset */
    int64_t until_us;
    bool late;
};

struct puller {
    const struct bf_conf *conf;
    bool (*confine)(void); /* or NULL */
    struct bf_conn *conn;
    bool listening, sync; /* sync: the catalogue changed */
    struct child children[CHILDREN];
    struct bf_quarantine *falls; /* of scripts that end a run's process; NULL: no memory */
    int64_t next_look_us, next_prune_us;
};

static void complain(const char *event, const struct bf_err *err)
{
    bf_log(BF_LOG_WARNING, event, "%s: %s", err->message, err->detail);
}

/* ---- a run's own process ------------------------------------------------------------------- */

static void limit_child(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* it maps terabytes */
    const struct rlimit memory = {CHILD_MEMORY, CHILD_MEMORY};
    setrlimit(RLIMIT_AS, &memory);
#endif
}

static void tell(const char *dataset, const struct bf_pull_report *r)
{
    const struct bf_upstream_outcome *o = &r->outcome;
    if (!r->made)
        return;
    if (o->result == BF_UPSTREAM_HELD || o->result == BF_UPSTREAM_FAILED)
        bf_log(BF_LOG_WARNING, o->result == BF_UPSTREAM_HELD ? "pull.held" : "pull.failed",
               "dataset=%s run=%" PRId64 " %s %s", dataset, r->run, r->reason, r->detail);
    else
        bf_log(BF_LOG_INFO, "pull.good",
               "dataset=%s run=%" PRId64 " bytes=%" PRId64 " added=%" PRId64 " changed=%" PRId64
               " removed=%" PRId64 "%s%s",
               dataset, r->run, o->bytes, r->commit.added, r->commit.changed, r->commit.removed,
               r->note[0] ? " read: " : "", r->note);
}

/* Nothing of the parent is used here but its settings: its connection is its own. */
static _Noreturn void live_as_child(const struct puller *p, const char *dataset, pid_t parent)
{
    static struct bf_conf conf;
    const struct bf_pull_order order = {.conf = &conf, .dataset = dataset, .falls = p->falls};
    static struct bf_pull_report report;
    struct bf_err err;
    signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "beffroi:fetch", 0, 0, 0);
    if (getppid() != parent)
        _exit(1);
    limit_child();
    bf_err_clear(&err);
    if (!bf_conf_load(&conf, NULL, &err)) { /* what changed since counts, when it can be read */
        conf = *p->conf;
        bf_err_clear(&err);
    }
    if (p->confine && conf.confine_workers)
        p->confine();
    bool ok = bf_pull_run(&order, &report, &err);
    if (!ok)
        bf_log(BF_LOG_WARNING, "pull.run", "dataset=%s %s: %s", dataset, err.message, err.detail);
    else
        tell(dataset, &report);
    _exit(ok ? 0 : 1);
}

static struct child *child_of(struct puller *p, struct bf_str dataset)
{
    for (size_t i = 0; i < CHILDREN; i++)
        if (p->children[i].pid && bf_str_eq(bf_str_of(p->children[i].dataset), dataset))
            return &p->children[i];
    return NULL;
}

static struct child *free_place(struct puller *p)
{
    int64_t n = 0;
    struct child *place = NULL;
    for (size_t i = 0; i < CHILDREN; i++) {
        n += p->children[i].pid != 0;
        if (!p->children[i].pid)
            place = &p->children[i];
    }
    return n < p->conf->pull_workers ? place : NULL;
}

/* What a run may take in all: the fetch has a limit of its own, writing that of a push. */
static int64_t run_limit_us(const struct bf_conf *conf)
{
    return (int64_t)600 * 1000 * 1000 + conf->push_deadline_ms * 1000;
}

static void start(struct puller *p, struct bf_str dataset, int number)
{
    struct child *c = free_place(p);
    if (!c || dataset.n >= ID)
        return;
    memcpy(c->dataset, dataset.p, dataset.n);
    c->dataset[dataset.n] = '\0';
    pid_t self = getpid();
    pid_t pid = fork();
    if (pid == 0)
        live_as_child(p, c->dataset, self);
    if (pid < 0) {
        bf_log(BF_LOG_ERROR, "pull.fork", "the system allows no more processes");
        p->next_look_us = bf_clock_mono_us() + RETRY_US;
        return;
    }
    c->pid = pid;
    c->number = number;
    c->fd = (int)syscall(SYS_pidfd_open, pid, 0);
    c->late = false;
    c->until_us = bf_clock_mono_us() + run_limit_us(p->conf);
}

static struct bf_fall fall_of(const struct child *c, int status)
{
    if (c->late)
        return (struct bf_fall){BF_FALL_HANG, 0};
    if (WIFSIGNALED(status))
        return (struct bf_fall){BF_FALL_SIGNAL, (unsigned)WTERMSIG(status)};
    return (struct bf_fall){BF_FALL_EXIT, (unsigned)WEXITSTATUS(status)};
}

/* Whether it ended without a word of its own; and how, as a sentence. The puller is to its runs
 * what the master is to workers: what ended inside the script of its dataset is the script's. */
static bool is_lost(struct puller *p, const struct child *c, int status, char reason[LINE])
{
    struct bf_quarantine_news news;
    bool signalled = WIFSIGNALED(status);
    bool killed = signalled && WTERMSIG(status) == SIGKILL && !c->late;
    if (c->late)
        snprintf(reason, LINE, "The run took too long and was ended.");
    else if (signalled)
        snprintf(reason, LINE, "The process of the run was ended by the signal %d.",
                 WTERMSIG(status));
    if (!p->falls)
        return signalled;
    bf_quarantine_because(p->falls, c->pid, fall_of(c, status));
    bool inside =
        bf_quarantine_died(p->falls, c->pid, !killed, bf_clock_mono_us(), &news) && !killed;
    if (inside)
        snprintf(reason, LINE, "The process of the run ended inside the script of the dataset: %s.",
                 bf_fall_text(news.fall));
    return signalled || inside;
}

/* Its run has failed. Who took the source over meanwhile tells that. */
static void tell_lost(struct puller *p, const struct child *c, const char *reason)
{
    struct bf_err err;
    bool have = false;
    bf_err_clear(&err);
    bf_log(BF_LOG_WARNING, "pull.lost", "dataset=%s %s", c->dataset, reason);
    /* Its connection may outlive it for a moment. */
    for (int i = 0; i < 20 && !have; i++) {
        if (i)
            poll(NULL, 0, 50);
        if (!bf_conn_ready(p->conn, &err) || !bf_upstream_lock(p->conn, c->number, &have, &err))
            break;
    }
    if (have)
        bf_upstream_lost(p->conn, bf_str_of(c->dataset), bf_str_of(reason), &err);
    if (have && bf_conn_is_up(p->conn))
        bf_upstream_unlock(p->conn, c->number, &err);
    if (bf_err_is_set(&err))
        complain("pull.lost", &err);
}

static void bury(struct puller *p, struct child *c, int status)
{
    char reason[LINE];
    if (c->fd >= 0)
        close(c->fd);
    p->next_look_us = 0; /* something to publish, and a place for the next one */
    if (is_lost(p, c, status, reason))
        tell_lost(p, c, reason);
    else if (status != 0) /* it could not even begin: not again at once */
        p->next_look_us = bf_clock_mono_us() + RETRY_US;
    *c = (struct child){.pid = 0};
}

static void bury_all(struct puller *p)
{
    int status;
    for (size_t i = 0; i < CHILDREN; i++) {
        struct child *c = &p->children[i];
        if (c->pid && waitpid(c->pid, &status, WNOHANG) == c->pid)
            bury(p, c, status);
    }
}

static void end_late(struct puller *p, int64_t now)
{
    for (size_t i = 0; i < CHILDREN; i++) {
        struct child *c = &p->children[i];
        if (!c->pid || c->late || now < c->until_us)
            continue;
        c->late = true;
        kill(c->pid, SIGKILL);
    }
}

/* ---- what is due ---------------------------------------------------------------------------- */

static bool sync_sources(struct puller *p, struct bf_err *err)
{
    struct bf_registry registry;
    size_t left_out;
    struct bf_arena *a = bf_arena_new(MEMORY);
    if (!a)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the catalogue");
    bf_registry_init(&registry, a);
    bool ok = bf_catalog_load(p->conn, &registry, &left_out, err) &&
              bf_upstreams_sync(p->conn, &registry, err);
    bf_arena_free(a);
    return ok;
}

static bool publish(struct puller *p, struct bf_err *err)
{
    int64_t waiting;
    if (!bf_ingestions_waiting(p->conn, &waiting, err))
        return false;
    return waiting == 0 || bf_ingestions_publish(p->conn, err);
}

static bool prune(struct puller *p, int64_t now, struct bf_err *err)
{
    if (now < p->next_prune_us)
        return true;
    p->next_prune_us = now + PRUNE_US;
    return bf_ingestions_prune(p->conn, err) || err->code == BF_E_NOT_FOUND_RESOURCE;
}

static bool start_due(struct puller *p, int64_t now, struct bf_err *err)
{
    struct bf_upstream_queue queue;
    struct bf_arena *a = bf_arena_new(1 << 20);
    bool ok = a && bf_upstreams_due(p->conn, a, LOOK_US, &queue, err);
    if (ok)
        p->next_look_us = now + queue.wait_us;
    for (size_t i = 0; ok && i < queue.n; i++)
        if (!child_of(p, queue.due[i].id))
            start(p, queue.due[i].id, queue.due[i].number);
    bf_arena_free(a);
    return ok;
}

static bool listen_now(struct puller *p, struct bf_err *err)
{
    p->listening = bf_conn_ready(p->conn, err) && bf_conn_run(p->conn, "LISTEN beffroi", err);
    p->sync = true;
    p->next_look_us = 0;
    return p->listening;
}

/* The catalogue changed, or a source was asked for: look at all. Commits are of no interest. */
static void hear(struct puller *p)
{
    char what[16];
    while (bf_conn_heard(p->conn, what, sizeof what)) {
        p->sync |= strcmp(what, "catalog") == 0;
        if (strcmp(what, "commit") != 0)
            p->next_look_us = 0;
    }
}

static bool look(struct puller *p, struct bf_err *err)
{
    int64_t now = bf_clock_mono_us();
    if (!p->listening || !bf_conn_is_up(p->conn))
        if (!listen_now(p, err))
            return false;
    hear(p);
    if (p->sync && !sync_sources(p, err))
        return false;
    p->sync = false;
    if (now >= p->next_look_us && (!publish(p, err) || !start_due(p, now, err)))
        return false;
    return prune(p, now, err);
}

static void wait_for_something(struct puller *p)
{
    struct pollfd fds[CHILDREN + 1];
    int64_t wait_us = p->next_look_us - bf_clock_mono_us();
    nfds_t n = 0;
    bool blind = false; /* a process that cannot be polled */
    fds[n++] = (struct pollfd){.fd = bf_conn_socket(p->conn), .events = POLLIN};
    for (size_t i = 0; i < CHILDREN; i++) {
        if (!p->children[i].pid)
            continue;
        blind |= p->children[i].fd < 0;
        fds[n++] = (struct pollfd){.fd = p->children[i].fd, .events = POLLIN};
    }
    if (wait_us > WAIT_MOST_US)
        wait_us = WAIT_MOST_US; /* late children, and a signal that came just before */
    if (blind && wait_us > WAIT_MOST_US / 10)
        wait_us = WAIT_MOST_US / 10;
    poll(fds, n, wait_us > 0 ? (int)(wait_us / 1000) + 1 : 0);
}

static void end_all(struct puller *p)
{
    int status;
    for (size_t i = 0; i < CHILDREN; i++)
        if (p->children[i].pid)
            kill(p->children[i].pid, SIGKILL);
    for (size_t i = 0; i < CHILDREN; i++)
        if (p->children[i].pid && waitpid(p->children[i].pid, &status, 0) > 0)
            bury(p, &p->children[i], status);
}

static struct bf_quarantine *new_falls(void)
{
    void *memory =
        mmap(NULL, bf_quarantine_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void bf_puller(const struct bf_conf *conf, bool (*confine)(void), const volatile sig_atomic_t *stop)
{
    struct puller p = {.conf = conf, .confine = confine, .conn = bf_conn_new(conf, BF_ROLE_WRITER)};
    p.next_prune_us = bf_clock_mono_us() + PRUNE_US / 60;
    p.falls = new_falls();
    bool told = false;
    while (p.conn && !*stop) {
        struct bf_err err;
        bf_err_clear(&err);
        bury_all(&p);
        end_late(&p, bf_clock_mono_us());
        if (look(&p, &err)) {
            told = false;
            wait_for_something(&p);
            continue;
        }
        if (!told)
            complain("pull.deaf", &err);
        told = true;
        p.listening = false;
        poll(NULL, 0, BACK_OFF_MS);
    }
    if (p.conn)
        end_all(&p);
    bf_conn_free(p.conn);
    if (p.falls)
        munmap(p.falls, bf_quarantine_size());
}
