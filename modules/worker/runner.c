#include "worker/runner.h"

#include "api/server.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/log.h"
#include "core/self.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    LOAD_US = 15 * 1000 * 1000, /* longest time to read the catalogue */
    ITEM_MOST_MS = 30 * 1000,
    GROWTH = 512 << 20, /* bytes more than the canary has */
    LOOK_NS = 2 * 1000 * 1000,
    EXIT_NOT_LOADED = 3,
};

/* What the process writes, and who forked it reads. */
struct stage {
    _Atomic uint64_t at;      /* the item under way and 1; 0: it loads */
    _Atomic int64_t since_us; /* when that began */
    _Atomic uint32_t done;    /* it has come to the end of the items */
    char why[BF_RUNNER_TEXT]; /* why it cannot load */
    struct bf_answer answers[];
};

struct bf_runner {
    struct bf_runner_setup setup;
    struct stage *stage;
    size_t size;
    _Atomic uint64_t change;
    const bool *wanted; /* NULL: all */
};

struct bf_runner *bf_runner_new(const struct bf_runner_setup *setup)
{
    struct bf_runner *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->setup = *setup;
    r->size = sizeof *r->stage + setup->n * sizeof *r->stage->answers;
    r->stage = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (r->stage != MAP_FAILED)
        return r;
    free(r);
    return NULL;
}

void bf_runner_free(struct bf_runner *r)
{
    if (!r)
        return;
    munmap(r->stage, r->size);
    free(r);
}

const struct bf_answer *bf_runner_answer(const struct bf_runner *r, size_t item)
{
    return &r->stage->answers[item];
}

/* ---- in the process ------------------------------------------------------------------------ */

static void open_handler(struct bf_server *s, const struct bf_item *item, struct bf_answer *answer)
{
    const char *out = NULL;
    answer->code = bf_server_open(s, item->dataset, &out);
    answer->out = out != NULL;
    snprintf(answer->why, sizeof answer->why, "%s", out ? out : "");
}

/* Where an answer goes: only what it was is kept. */
struct sink {
    struct bf_http_io io;
    struct bf_digest *digest;
    unsigned ends; /* bytes of the blank line between head and body so far */
};

static ssize_t no_body(void *self, void *to, size_t room)
{
    (void)self;
    (void)to;
    (void)room;
    return 0;
}

static bool swallow(void *self, const void *p, size_t n)
{
    static const char blank[] = "\r\n\r\n";
    struct sink *sink = self;
    const char *from = p;
    for (; n && sink->ends < 4; from++, n--)
        sink->ends = *from == blank[sink->ends] ? sink->ends + 1 : *from == '\r';
    if (n)
        bf_digest_add(sink->digest, from, n);
    return true;
}

static bool never_gone(void *self)
{
    (void)self;
    return false;
}

static void ask(struct bf_server *s, const struct bf_item *item, struct bf_answer *answer)
{
    char target[BF_ASKED_BYTES + 16], query[BF_ASKED_BYTES + 16];
    struct bf_str parameters;
    struct bf_outcome outcome = {0};
    struct sink sink = {.digest = bf_digest_new()};
    sink.io = (struct bf_http_io){&sink, no_body, swallow, never_gone, -1};
    bf_str_cut(item->what, '?', &parameters);
    snprintf(target, sizeof target, "REQUEST_URI=%.*s", BF_STR_ARG(item->what));
    snprintf(query, sizeof query, "QUERY_STRING=%.*s", BF_STR_ARG(parameters));
    const char *const env[] = {"REQUEST_METHOD=GET", target, query, "REMOTE_ADDR=127.0.0.1",
                               "REQUEST_ID=canary",  NULL};
    bf_digest_begin(sink.digest);
    bf_server_handle(s, env, &sink.io, &outcome);
    bf_digest_end(sink.digest, answer->body);
    bf_digest_free(sink.digest);
    bf_server_reset(s);
    answer->status = outcome.broken ? 500 : outcome.status;
    answer->commit = outcome.commit;
    snprintf(answer->route, sizeof answer->route, "%s", outcome.route ? outcome.route->name : "");
}

static void make(struct bf_server *s, const struct bf_item *item, struct bf_answer *answer)
{
    struct bf_err err;
    bf_err_clear(&err);
    if (!bf_server_rehearse(s, item->dataset, item->what, answer->records, &err))
        bf_log(BF_LOG_WARNING, "canary.records", "dataset=%.*s %s: %s", BF_STR_ARG(item->dataset),
               err.message, err.detail);
}

static struct bf_server *load(struct bf_runner *r)
{
    const struct bf_shared *shared = r->setup.shared;
    const struct bf_server_setup setup = {.conf = r->setup.conf,
                                          .pool = BF_POOL_READ,
                                          .live = shared->live,
                                          .access = shared->access,
                                          .change = &r->change,
                                          .trial = true};
    struct bf_err err;
    bf_err_clear(&err);
    struct bf_server *s = bf_server_new(&setup, &err);
    if (!s)
        snprintf(r->stage->why, sizeof r->stage->why, "%.80s (%.40s)", err.message, err.detail);
    return s;
}

static _Noreturn void live(struct bf_runner *r, size_t from, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bf_process_title("beffroi:runner");
    setpgid(0, 0);
    if (getppid() != parent)
        _exit(EXIT_NOT_LOADED);
    struct bf_server *s = load(r);
    if (!s)
        _exit(EXIT_NOT_LOADED);
    static void (*const does[])(struct bf_server *, const struct bf_item *, struct bf_answer *) = {
        [BF_ITEM_OPEN] = open_handler, [BF_ITEM_REQUEST] = ask, [BF_ITEM_RECORDS] = make};
    for (size_t i = from; i < r->setup.n; i++) {
        struct bf_answer *answer = &r->stage->answers[i];
        if (r->wanted && !r->wanted[i])
            continue;
        atomic_store(&r->stage->since_us, bf_clock_mono_us());
        atomic_store(&r->stage->at, i + 1);
        does[r->setup.items[i].kind](s, &r->setup.items[i], answer);
        atomic_store(&answer->came, BF_CAME_ANSWER);
    }
    atomic_store(&r->stage->done, 1);
    _exit(0); /* handlers are not closed: their close hooks are no matter of a trial */
}

/* ---- beside it ----------------------------------------------------------------------------- */

/* What must end it now; NULL: nothing. */
static const char *too_much(const struct bf_runner *r, pid_t pid)
{
    int64_t now = bf_clock_mono_us();
    int64_t read_ms = r->setup.conf->read_deadline_ms;
    int64_t item_us = (read_ms < ITEM_MOST_MS ? read_ms : ITEM_MOST_MS) * 1000;
    bool loads = atomic_load(&r->stage->at) == 0;
    if (now - atomic_load(&r->stage->since_us) > (loads ? LOAD_US : item_us))
        return loads ? "did not load in time" : "did not come to an end";
    return bf_process_rss_of(pid) > bf_self_rss() + GROWTH ? "took too much memory" : NULL;
}

static void say_end(char why[BF_RUNNER_TEXT], int status, const char *killed)
{
    if (killed)
        snprintf(why, BF_RUNNER_TEXT, "%s", killed);
    else if (WIFSIGNALED(status))
        snprintf(why, BF_RUNNER_TEXT, "crashed with signal %d", WTERMSIG(status));
    else
        snprintf(why, BF_RUNNER_TEXT, "ended its process with status %d", WEXITSTATUS(status));
}

/* Until the process has ended; why it did, unless it did all it had to. */
static bool wait_for(struct bf_runner *r, pid_t pid, char why[BF_RUNNER_TEXT])
{
    int status = 0;
    const char *killed = NULL;
    const struct timespec pause = {.tv_nsec = LOOK_NS};
    bool over = false;
    for (pid_t got; (got = waitpid(pid, &status, WNOHANG)) != pid; nanosleep(&pause, NULL)) {
        if (got < 0 && errno != EINTR)
            break;
        over = over || bf_clock_mono_us() > r->setup.until_us;
        killed = killed ? killed : too_much(r, pid);
        if (killed || over)
            kill(pid, SIGKILL);
    }
    kill(-pid, SIGKILL); /* what it may have left behind */
    if (!killed && (over || atomic_load(&r->stage->done)))
        return true;
    say_end(why, status, killed);
    return false;
}

/* One process, from that item on. *next: the item behind the last one that it has come to. */
static bool run_once(struct bf_runner *r, size_t from, size_t *next, char why[BF_RUNNER_TEXT])
{
    pid_t self = getpid();
    atomic_store(&r->stage->at, 0);
    atomic_store(&r->stage->done, 0);
    atomic_store(&r->stage->since_us, bf_clock_mono_us());
    *next = from;
    pid_t pid = fork();
    if (pid == 0)
        live(r, from, self);
    if (pid < 0) {
        snprintf(why, BF_RUNNER_TEXT, "the system allows no more processes");
        return false;
    }
    if (wait_for(r, pid, why)) {
        *next = r->setup.n;
        return true;
    }
    size_t at = atomic_load(&r->stage->at);
    if (at == 0) {
        if (r->stage->why[0])
            memcpy(why, r->stage->why, BF_RUNNER_TEXT);
        return false;
    }
    struct bf_answer *answer = &r->stage->answers[at - 1];
    memcpy(answer->why, why, sizeof answer->why);
    atomic_store(&answer->came, BF_CAME_FALL);
    *next = at;
    return true;
}

bool bf_runner_run(struct bf_runner *r, uint64_t change, const bool *wanted,
                   char why[BF_RUNNER_TEXT])
{
    atomic_store(&r->change, change);
    r->wanted = wanted;
    for (size_t i = 0; i < r->setup.n; i++)
        if (!wanted || wanted[i])
            atomic_store(&r->stage->answers[i].came, BF_CAME_NOTHING);
    r->stage->why[0] = '\0';
    size_t at = 0;
    for (int falls = 0; at < r->setup.n && falls < BF_RUNNER_FALLS; falls++)
        if (!run_once(r, at, &at, why))
            return false;
    return true;
}
