#include "worker/worker.h"

#include "api/shed.h"
#include "api/keys/signer.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/self.h"
#include "store/clock_process.h"
#include "pull/puller.h"
#include "worker/accountant.h"
#include "worker/canary.h"
#include "worker/confine.h"
#include "worker/fcgi.h"
#include "worker/ops.h"
#include "worker/waiting.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    EXIT_FAILED = 70, /* EX_SOFTWARE */
    LOOK_EVERY_US = 20 * 1000,
    WEIGH_EVERY = 512, /* requests between two looks at the memory */
    PAUSE_MS = 50,
    TURN_MS = 2, /* between two looks of one who is ready, and not asked yet */
    DEFER_US = 200,
    LOAD_FIRST_US = 200 * 1000,
    LOAD_MOST_US = 2 * 1000 * 1000,
    ROUTES = BF_BOARD_ROUTES,
};

struct route_number {
    const struct bf_route *route;
    unsigned number;
};

struct worker {
    const struct bf_worker_setup *setup;
    struct bf_slot *slot;
    struct bf_fcgi *fcgi;
    struct bf_server *server; /* NULL: no catalogue yet */
    struct bf_conn *owner;    /* of the admin pool: made before it gave up the account that may */
    struct bf_signer *signer; /* the same */
    sigset_t term;
    bool stop;
    int64_t looked_us;    /* when SIGTERM was looked for */
    int64_t next_load_us; /* not before this is the catalogue tried again */
    int64_t load_pause_us;
    char last_why[BF_BOARD_TEXT];
    size_t peak; /* of memory, when it was looked at */
    struct route_number routes[ROUTES];
    size_t nroutes;
    struct bf_crew_view crew;
};

/* ---- becoming a worker --------------------------------------------------------------------- */

/* Also the master writes pid and start, but it may be killed before it comes to it. */
static bool sign_in(const struct bf_worker_setup *setup)
{
    struct bf_identity self = bf_identity_self();
    atomic_store(&setup->slot->start, self.start);
    atomic_store(&setup->slot->pid, self.pid);
    return getppid() == setup->parent;
}

/* SIGTERM stays blocked: libfcgi's reads would break on it. A Ctrl-C at the terminal reaches the
 * whole group, but it is the guardian that ends us in order. */
static void set_signals(sigset_t *term)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(term);
    sigaddset(term, SIGTERM);
    sigprocmask(SIG_SETMASK, term, NULL);
}

/* What may be done before the account is given up. */
static bool enter(const struct bf_worker_setup *setup, sigset_t *term)
{
    char title[16];
    unsigned pool = atomic_load(&setup->slot->pool);
    snprintf(title, sizeof title, "beffroi:%s", bf_pool_name(pool));
    bf_process_title(title);
    set_signals(term);
    return sign_in(setup);
}

static bool become(const struct bf_worker_setup *setup, sigset_t *term)
{
    return enter(setup, term) && bf_privileges_drop(setup->privileges);
}

static bool open_connection(struct worker *w)
{
    unsigned pool = atomic_load(&w->slot->pool);
    for (unsigned other = 0; other < BF_POOLS; other++)
        if (other != pool)
            close(w->setup->sockets[other]);
    if (!bf_fcgi_start() || !bf_fcgi_self_test()) {
        bf_log(BF_LOG_ERROR, "worker.fcgi",
               "libfcgi does not behave as this build expects: "
               "version 2.4.2 is needed");
        return false;
    }
    w->fcgi = bf_fcgi_new(w->setup->sockets[pool], &w->term, w->setup->conf->io_timeout_ms);
    return w->fcgi != NULL;
}

/* ---- loading ------------------------------------------------------------------------------- */

static void number_routes(struct worker *w)
{
    const struct bf_route *route;
    for (w->nroutes = 0; w->nroutes < ROUTES; w->nroutes++) {
        route = bf_server_route(w->server, w->nroutes);
        if (!route)
            return;
        w->routes[w->nroutes] =
            (struct route_number){route, bf_board_route(w->setup->shared->board, route->name)};
    }
}

/* The same reason again and again is one line in the log. */
static void load_failed(struct worker *w, const struct bf_err *err)
{
    bf_board_say(w->slot->why, "%s (%s)", err->message, err->detail);
    if (strcmp(w->slot->why, w->last_why) != 0)
        bf_log(BF_LOG_WARNING, "worker.waits", "pool=%s %s",
               bf_pool_name(atomic_load(&w->slot->pool)), w->slot->why);
    memcpy(w->last_why, w->slot->why, sizeof w->last_why);
    /* Jitter by the pid, so that workers do not come in step. */
    w->next_load_us = bf_clock_mono_us() + w->load_pause_us + getpid() % 64 * 1000;
    w->load_pause_us = w->load_pause_us * 2 < LOAD_MOST_US ? w->load_pause_us * 2 : LOAD_MOST_US;
    atomic_store(&w->slot->doing, BF_DOING_IDLE);
}

static unsigned free_others(const void *self, int64_t slow_us)
{
    const struct worker *w = self;
    return bf_board_free_others(w->setup->shared->board, w->slot, slow_us);
}

/* Exports and pushes are slow by nature. */
static const struct bf_crew_view *view_crew(struct worker *w)
{
    const struct bf_conf *conf = w->setup->conf;
    w->crew = (struct bf_crew_view){.free_others = free_others,
                                    .self = w,
                                    .critical_us = &w->setup->shared->board->critical_us,
                                    .floor = (unsigned)conf->critical_workers,
                                    .slow_us = conf->critical_slow_ms * 1000};
    return atomic_load(&w->slot->pool) == BF_POOL_READ ? &w->crew : NULL;
}

static uint32_t seat_of(const struct worker *w)
{
    return (uint32_t)(w->slot - w->setup->shared->board->slots);
}

static bool runs_handlers(const struct worker *w)
{
    unsigned pool = atomic_load(&w->slot->pool);
    return pool == BF_POOL_READ || pool == BF_POOL_EXPORT;
}

static void load(struct worker *w)
{
    const struct bf_shared *shared = w->setup->shared;
    const struct bf_server_setup setup = {
        .conf = w->setup->conf,
        .pool = (enum bf_pool)atomic_load(&w->slot->pool),
        .live = shared->live,
        .conn = w->owner,
        .signer = w->signer,
        .access = shared->access,
        .used = shared->used,
        .quarantine = shared->quarantine,
        .fuses = shared->fuses,
        .hot = shared->hot,
        .asked = shared->asked,
        .rates = shared->rates,
        .quotas = shared->quotas,
        .usage = shared->usage,
        .crew = view_crew(w),
        .seats = &shared->board->seats,
        .seat = seat_of(w),
        .routes = bf_ops_routes,
        .owner = (void *)(uintptr_t)shared,
        .change = bf_board_change(shared->board, atomic_load(&w->slot->generation)),
        .newest = bf_board_starts(shared->board, atomic_load(&w->slot->generation)),
        .generation = atomic_load(&w->slot->generation)};
    struct bf_err err;
    if (bf_clock_mono_us() < w->next_load_us)
        return;
    bf_err_clear(&err);
    w->server = bf_server_new(&setup, &err);
    if (!w->server) {
        load_failed(w, &err);
        return;
    }
    number_routes(w);
    if (runs_handlers(w))
        bf_process_bound((size_t)w->setup->conf->worker_memory_bytes);
    if (w->setup->conf->confine_workers && setup.pool != BF_POOL_ADMIN)
        bf_confine(bf_server_over_network(w->server));
    uint64_t rss = bf_self_rss();
    atomic_store(&w->slot->rss_0, rss);
    atomic_store(&w->slot->rss, rss);
    atomic_store(&w->slot->load_us, bf_clock_mono_us() - atomic_load(&w->slot->forked_us));
    memset(w->slot->why, 0, sizeof w->slot->why);
    atomic_store(&w->slot->doing, BF_DOING_IDLE);
    atomic_store(&w->slot->loaded, 1);
    bf_log(BF_LOG_DEBUG, "worker.ready", "pool=%s", bf_pool_name((unsigned)setup.pool));
}

/* ---- requests ------------------------------------------------------------------------------ */

/* The start before the state: the master never sees a request without its start. The state before
 * the next look at the duty: who is drained at a request takes no other. */
static void say(struct worker *w, enum bf_doing doing, int64_t since)
{
    atomic_store_explicit(&w->slot->request_us, since, memory_order_relaxed);
    atomic_store(&w->slot->doing, doing);
}

static unsigned number_of(const struct worker *w, const struct bf_route *route)
{
    for (size_t i = 0; i < w->nroutes; i++)
        if (w->routes[i].route == route)
            return w->routes[i].number;
    return route ? bf_board_route(w->setup->shared->board, route->name) : 0;
}

static void retire(struct worker *w, const char *why)
{
    if (atomic_load_explicit(&w->slot->retiring, memory_order_relaxed))
        return;
    bf_board_say(w->slot->why, "%s", why);
    atomic_store(&w->slot->retiring, 1);
}

/* Of a worker that serves plain tables only now and then. A handler may take much with each of its
 * requests: then there is not even the time to wait for a successor, before memory is short for
 * others. */
static void weigh(struct worker *w, bool hooked)
{
    const struct bf_conf *conf = w->setup->conf;
    uint64_t requests = atomic_load(&w->slot->requests);
    if (requests >= (uint64_t)conf->worker_requests)
        retire(w, "has answered enough requests");
    if (requests % WEIGH_EVERY && !(hooked && bf_self_peak() > w->peak))
        return;
    uint64_t rss = bf_self_rss();
    uint64_t growth = rss - atomic_load(&w->slot->rss_0);
    w->peak = bf_self_peak();
    atomic_store(&w->slot->rss, rss);
    if (rss < atomic_load(&w->slot->rss_0) || growth <= (uint64_t)conf->worker_growth_bytes)
        return;
    retire(w, "has grown too large");
    w->stop |= hooked && growth > 2 * (uint64_t)conf->worker_growth_bytes;
}

static bool is_writer(const struct worker *w)
{
    return atomic_load_explicit(&w->slot->pool, memory_order_relaxed) == BF_POOL_PUSH;
}

static void answer(struct worker *w)
{
    struct bf_outcome outcome = {0};
    struct bf_http_io *io = bf_fcgi_io(w->fcgi);
    if (w->server)
        bf_server_handle(w->server, bf_fcgi_env(w->fcgi), io, &outcome);
    else
        bf_waiting_answer(w->setup->shared, bf_fcgi_env(w->fcgi), io, &outcome);
    if (!bf_fcgi_end(w->fcgi, outcome.broken))
        outcome.broken = true;
    bf_board_count(w->slot, number_of(w, outcome.route), &outcome);
    if (is_writer(w))
        atomic_store_explicit(&w->setup->shared->board->last_writer, seat_of(w) + 1,
                              memory_order_relaxed);
    if (w->server)
        bf_server_reset(w->server);
    weigh(w, outcome.hooked);
}

/* A writer that wrote last knows the rows of the last commit; another one compares all of them, and
 * then the first one has to. It is ready for the next push a moment after its answer, and one on
 * the same connection comes as soon: the others leave it that moment. */
static void let_last_go_first(struct worker *w)
{
    if (!is_writer(w))
        return;
    uint32_t last =
        atomic_load_explicit(&w->setup->shared->board->last_writer, memory_order_relaxed);
    bf_fcgi_defer(w->fcgi, last && last != seat_of(w) + 1 ? DEFER_US : 0);
}

static void serve_one(struct worker *w)
{
    int64_t now = bf_clock_mono_us();
    say(w, BF_DOING_READ, now);
    if (bf_fcgi_begin(w->fcgi)) {
        say(w, BF_DOING_REQUEST, now);
        answer(w);
    }
    say(w, BF_DOING_IDLE, 0);
}

/* false: nobody came. */
static bool serve_next(struct worker *w)
{
    let_last_go_first(w);
    switch (bf_fcgi_accept(w->fcgi)) {
    case BF_FCGI_CONNECTION:
        serve_one(w);
        return true;
    case BF_FCGI_NO_DESCRIPTOR: /* something keeps files open: a new process has none */
        retire(w, "has too many open files");
        break;
    case BF_FCGI_FAILED:
        poll(NULL, 0, PAUSE_MS);
        break;
    case BF_FCGI_NOTHING:
    default:
        break;
    }
    return false;
}

/* The admin pool cannot knock again at the database, nor read new private keys: another one can. */
static void look_at_account(struct worker *w)
{
    if (w->setup->privileges->change && !bf_conn_is_up(w->owner))
        retire(w, "has lost the database");
    else if (bf_signer_is_old(w->signer))
        retire(w, "has not read the newest signing keys");
}

/* An idle worker is woken by SIGTERM; a busy one looks for it every 20 ms, which is a system call
 * instead of two per request. */
static void look_up(struct worker *w)
{
    int64_t now = bf_clock_mono_us();
    if (atomic_load(&w->slot->duty) != BF_DUTY_SERVE)
        w->stop = true;
    if (now - w->looked_us < LOOK_EVERY_US)
        return;
    w->looked_us = now;
    atomic_store_explicit(&w->slot->beat_us, now, memory_order_relaxed);
    if (sigtimedwait(&w->term, NULL, &(struct timespec){0}) == SIGTERM)
        w->stop = true;
    if (w->server && w->signer)
        look_at_account(w);
}

/* ---- the admin pool ------------------------------------------------------------------------ */

/* As the database's owner and with the private keys, then under the account of all workers. Waits
 * for the database as long as it is away. false: it is not to be. */
static bool become_admin(struct worker *w)
{
    struct bf_err err;
    const struct bf_worker_setup *setup = w->setup;
    if (!enter(setup, &w->term))
        return false;
    w->signer = bf_signer_new(setup->conf);
    w->owner = bf_conn_new(setup->conf, BF_ROLE_OWNER);
    if (!w->signer || !w->owner)
        return false;
    for (bf_err_clear(&err); !bf_conn_ready(w->owner, &err); bf_err_clear(&err)) {
        load_failed(w, &err);
        look_up(w);
        if (w->stop)
            return false;
        poll(NULL, 0, PAUSE_MS);
    }
    if (setup->privileges->change)
        bf_conn_keep(w->owner);
    return bf_privileges_drop(setup->privileges);
}

static bool is_admin(const struct worker *w)
{
    return atomic_load(&w->slot->pool) == BF_POOL_ADMIN;
}

/* A worker without a catalogue leaves requests to those who have one, and one whose generation has
 * not taken over yet to the old one. */
static bool may_accept(const struct worker *w)
{
    const struct bf_board *board = w->setup->shared->board;
    unsigned pool = atomic_load_explicit(&w->slot->pool, memory_order_relaxed);
    uint64_t generation = atomic_load_explicit(&w->slot->generation, memory_order_relaxed);
    return (w->server && generation <= atomic_load(&board->serving)) ||
           atomic_load(&board->pools[pool].must_answer);
}

static void loop(struct worker *w)
{
    for (;;) {
        if (!w->server)
            load(w);
        look_up(w);
        if (w->stop)
            return;
        if (may_accept(w))
            serve_next(w);
        else
            poll(NULL, 0, w->server ? TURN_MS : PAUSE_MS);
    }
}

/* Another server has taken the sockets' place: what waits in the queue of ours is for us alone, and
 * so is what comes a moment later. */
static void empty_queue(struct worker *w)
{
    (void)sigtimedwait(&w->term, NULL, &(struct timespec){0});
    while (atomic_load(&w->setup->shared->head->relieved) && serve_next(w))
        ;
}

int bf_worker_run(const struct bf_worker_setup *setup)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return EXIT_FAILED;
    *w = (struct worker){.setup = setup, .slot = setup->slot, .load_pause_us = LOAD_FIRST_US};
    bool ok = (is_admin(w) ? become_admin(w) : become(setup, &w->term)) && open_connection(w);
    if (ok) {
        loop(w);
        empty_queue(w);
        bf_server_free(w->server);
    }
    bf_fcgi_free(w->fcgi);
    bf_signer_free(w->signer);
    bf_conn_free(w->owner);
    ok = ok || w->stop;
    free(w);
    return ok ? 0 : EXIT_FAILED;
}

/* ---- crews of one -------------------------------------------------------------------------- */

static volatile sig_atomic_t one_stop;

static void stop_one(int signal_number)
{
    (void)signal_number;
    one_stop = 1;
}

static bool become_one(const struct bf_worker_setup *setup)
{
    sigset_t term;
    if (!become(setup, &term))
        return false;
    for (unsigned pool = 0; pool < BF_POOLS; pool++)
        close(setup->sockets[pool]);
    const struct sigaction act = {.sa_handler = stop_one};
    sigaction(SIGTERM, &act, NULL);
    sigprocmask(SIG_UNBLOCK, &term, NULL);
    atomic_store(&setup->slot->doing, BF_DOING_IDLE);
    atomic_store(&setup->slot->loaded, 1);
    return true;
}

int bf_worker_run_clock(const struct bf_worker_setup *setup)
{
    if (!become_one(setup))
        return EXIT_FAILED;
    const struct bf_shared *shared = setup->shared;
    const struct bf_clock_parts parts = {.live = shared->live,
                                         .access = shared->access,
                                         .used = shared->used,
                                         .usage = shared->usage,
                                         .served = &shared->board->serving_change};
    bf_clock_process(setup->conf, &parts, &one_stop);
    return 0;
}

int bf_worker_run_accountant(const struct bf_worker_setup *setup)
{
    if (!become_one(setup))
        return EXIT_FAILED;
    bf_accountant(setup->conf, setup->shared->quotas, &one_stop);
    return 0;
}

/* It ends by SIGTERM, and what it has forked with it. */
int bf_worker_run_canary(const struct bf_worker_setup *setup)
{
    if (!become_one(setup))
        return EXIT_FAILED;
    signal(SIGTERM, SIG_DFL);
    bf_canary(setup);
    return 0;
}

int bf_worker_run_puller(const struct bf_worker_setup *setup)
{
    if (!become_one(setup))
        return EXIT_FAILED;
    bf_puller(setup->conf, bf_confine_fetch, &one_stop);
    return 0;
}
