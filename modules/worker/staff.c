#include "worker/staff.h"

#include "core/clock.h"
#include "core/log.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TOKEN_US = 100 * 1000,
    TOKENS_MOST_US = 40 * TOKEN_US,
    PAUSE_FIRST_US = 100 * 1000,
    PAUSE_MOST_US = 5 * 1000 * 1000,
    CALM_US = 10 * 1000 * 1000, /* so long without a bad death, and it begins at 100 ms again */
    TELL_WITHIN_US = 10 * 1000 * 1000,
    TELL_MOST = 20,
    USEFUL_US = 10 * 1000 * 1000,
    UNKNOWN = -1, /* the status of an orphan: the guardian has it */
};

static size_t number_of(const struct bf_staff *s, const struct bf_slot *slot)
{
    return (size_t)(slot - s->shared->board->slots);
}

struct bf_slot *bf_staff_next(const struct bf_staff *s, uint32_t *at)
{
    struct bf_board *b = s->shared->board;
    while (*at < atomic_load(&b->slots_used) && *at < BF_BOARD_SLOTS) {
        struct bf_slot *slot = &b->slots[(*at)++];
        if (atomic_load(&slot->duty) != BF_DUTY_FREE)
            return slot;
    }
    return NULL;
}

static void say_why(const struct bf_staff *s, const struct bf_slot *slot, enum bf_fall_cause cause,
                    unsigned number)
{
    const struct bf_fall fall = {cause, number};
    bf_quarantine_because(s->shared->quarantine, atomic_load(&slot->pid), fall);
}

/* Which handler it was in, if any, is counted in the quarantine table. */
static void blame_handler(struct bf_staff *s, const struct bf_slot *slot, int status, bool overdue)
{
    struct bf_quarantine_news news;
    if (status != UNKNOWN && WIFSIGNALED(status) && !overdue)
        say_why(s, slot, BF_FALL_SIGNAL, (unsigned)WTERMSIG(status));
    else if (status != UNKNOWN && WIFEXITED(status))
        say_why(s, slot, BF_FALL_EXIT, (unsigned)WEXITSTATUS(status));
    /* A worker never ends by itself inside a handler: an exit there is the handler's, whatever its
     * status. */
    bool own_fault =
        status != UNKNOWN && (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL || overdue);
    if (bf_quarantine_died(s->shared->quarantine, atomic_load(&slot->pid), own_fault,
                           bf_clock_mono_us(), &news))
        bf_log(news.out_for_us ? BF_LOG_ERROR : BF_LOG_WARNING,
               news.ingest ? "hook.crash" : "handler.crash",
               "dataset=%s crashes=%" PRIu32 " out_for_s=%" PRId64 " %s", news.dataset,
               news.crashes, news.out_for_us / 1000000, bf_fall_text(news.fall));
}

void bf_staff_init(struct bf_staff *s)
{
    struct bf_slot *slot;
    int64_t now = bf_clock_mono_us();
    for (unsigned pool = 0; pool < BF_CREWS; pool++)
        s->crews[pool] =
            (struct bf_crew){.tokens_us = TOKENS_MOST_US, .refilled_us = now, .told_since_us = now};
    bf_board_mend(s->shared->board);
    for (uint32_t at = 0; (slot = bf_staff_next(s, &at)) != NULL;) {
        pid_t parent = 0;
        bool alive = bf_identity_alive(bf_slot_identity(slot), &parent);
        if (alive && parent == s->guardian) {
            s->orphan[number_of(s, slot)] = true;
            continue;
        }
        if (!alive) /* while there was no master */
            blame_handler(s, slot, UNKNOWN, false);
        bf_board_give_back(s->shared->board, slot);
    }
}

/* ---- back-off ------------------------------------------------------------------------------ */

static void refill(struct bf_crew *c, int64_t now)
{
    int64_t tokens = c->tokens_us + (now - c->refilled_us);
    c->tokens_us = tokens < TOKENS_MOST_US ? tokens : TOKENS_MOST_US;
    c->refilled_us = now;
    if (now - c->bad_us > CALM_US)
        c->pause_us = 0;
}

static void charge(struct bf_crew *c, unsigned pool, bool early, int64_t now)
{
    refill(c, now);
    c->tokens_us -= TOKEN_US;
    if (c->tokens_us >= 0 && !early)
        return;
    if (c->tokens_us < 0)
        c->tokens_us = 0;
    c->bad_us = now;
    c->pause_us = c->pause_us ? c->pause_us * 2 : PAUSE_FIRST_US;
    if (c->pause_us > PAUSE_MOST_US)
        c->pause_us = PAUSE_MOST_US;
    if (c->pause_us == PAUSE_MOST_US && now >= c->not_before_us)
        bf_log(BF_LOG_ERROR, "worker.storm",
               "pool=%s workers end as soon as they are started; the next one in %d s",
               bf_pool_name(pool), PAUSE_MOST_US / 1000000);
    c->not_before_us = now + c->pause_us;
}

/* ---- forking ------------------------------------------------------------------------------- */

static _Noreturn void live_as_worker(const struct bf_staff *s, const struct bf_conf *conf,
                                     struct bf_slot *slot, pid_t master)
{
    const struct bf_worker_setup setup = {conf, s->privileges, s->shared, s->sockets, slot, master};
    unsigned pool = atomic_load(&slot->pool);
    exit(pool == BF_POOL_CLOCK        ? bf_worker_run_clock(&setup)
         : pool == BF_POOL_ACCOUNTANT ? bf_worker_run_accountant(&setup)
         : pool == BF_POOL_CANARY     ? bf_worker_run_canary(&setup)
         : pool == BF_POOL_PULLER     ? bf_worker_run_puller(&setup)
                                      : bf_worker_run(&setup));
}

static bool cannot_fork(struct bf_staff *s, unsigned pool, const char *why)
{
    struct bf_crew *c = &s->crews[pool];
    bf_log(BF_LOG_ERROR, "worker.fork", "pool=%s %s", bf_pool_name(pool), why);
    c->not_before_us = bf_clock_mono_us() + 1000000;
    return false;
}

bool bf_staff_fork(struct bf_staff *s, const struct bf_conf *conf, unsigned pool,
                   uint64_t generation)
{
    struct bf_board *b = s->shared->board;
    struct bf_crew *c = &s->crews[pool];
    int64_t now = bf_clock_mono_us();
    refill(c, now);
    if (now < c->not_before_us)
        return false;
    struct bf_slot *slot = bf_board_take(b, pool, generation);
    if (!slot)
        return cannot_fork(s, pool, "every slot is taken");
    pid_t master = getpid();
    pid_t pid = fork();
    if (pid == 0)
        live_as_worker(s, conf, slot, master);
    if (pid < 0) {
        bf_board_give_back(b, slot);
        return cannot_fork(s, pool, "the system allows no more processes");
    }
    struct bf_identity id = bf_identity_of(pid);
    atomic_store(&slot->start, id.start);
    atomic_store(&slot->pid, pid);
    s->orphan[number_of(s, slot)] = s->overdue[number_of(s, slot)] = false;
    s->hooks[number_of(s, slot)] = (struct bf_hook_seen){.seat = -1};
    atomic_fetch_add(&b->pools[pool].forks, 1);
    return true;
}

void bf_staff_drain(struct bf_staff *s, struct bf_slot *slot)
{
    (void)s;
    if (atomic_load(&slot->duty) != BF_DUTY_SERVE)
        return;
    atomic_store(&slot->drain_us, bf_clock_mono_us());
    atomic_store(&slot->duty, BF_DUTY_DRAIN);
    bf_identity_kill(bf_slot_identity(slot), SIGTERM);
}

/* The client sees the kill before we collect the worker: its handler is marked before. */
void bf_staff_kill(struct bf_staff *s, struct bf_slot *slot, bool overdue)
{
    s->overdue[number_of(s, slot)] |= overdue;
    if (overdue) {
        say_why(s, slot, BF_FALL_HANG, 0);
        bf_quarantine_fell(s->shared->quarantine, atomic_load(&slot->pid));
    }
    bf_identity_kill(bf_slot_identity(slot), SIGKILL);
}

/* ---- burying ------------------------------------------------------------------------------- */

static void tell(struct bf_crew *c, unsigned pool, bool asked, const char *how, int64_t now)
{
    if (now - c->told_since_us > TELL_WITHIN_US) {
        if (c->untold)
            bf_log(BF_LOG_WARNING, "worker.ended", "pool=%s and %u more", bf_pool_name(pool),
                   c->untold);
        c->told = c->untold = 0;
        c->told_since_us = now;
    }
    if (c->told++ < TELL_MOST)
        bf_log(asked ? BF_LOG_INFO : BF_LOG_WARNING, "worker.ended", "pool=%s %s",
               bf_pool_name(pool), how);
    else
        c->untold++;
}

static void print_how(const struct bf_slot *slot, int status, bool overdue, char how[BF_BOARD_TEXT])
{
    int pid = atomic_load(&slot->pid);
    uint64_t requests = atomic_load(&slot->requests);
    if (status == UNKNOWN)
        bf_board_say(how, "worker=%d requests=%" PRIu64 " was left by an earlier master", pid,
                     requests);
    else if (WIFSIGNALED(status))
        bf_board_say(how, "worker=%d requests=%" PRIu64 " signal=%d%s%s", pid, requests,
                     WTERMSIG(status), overdue ? " because it was too slow" : "",
                     WCOREDUMP(status) ? " core" : "");
    else
        bf_board_say(how, "worker=%d requests=%" PRIu64 " exit=%d%s%s", pid, requests,
                     WEXITSTATUS(status), slot->why[0] ? " " : "", slot->why);
}

static void bury(struct bf_staff *s, struct bf_slot *slot, int status)
{
    char how[BF_BOARD_TEXT];
    size_t n = number_of(s, slot);
    unsigned pool = atomic_load(&slot->pool) % BF_CREWS;
    struct bf_board_pool *p = &s->shared->board->pools[pool];
    int64_t now = bf_clock_mono_us();
    bool asked = atomic_load(&slot->duty) == BF_DUTY_DRAIN;
    bool clean = status != UNKNOWN && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    bool early = !asked && atomic_load(&slot->doing) == BF_DOING_START;
    print_how(slot, status, s->overdue[n], how);
    tell(&s->crews[pool], pool, asked || clean, how, now);
    blame_handler(s, slot, status, s->overdue[n]);
    if (pool == BF_POOL_CLOCK) /* nobody hears the database now: what is in memory may be old */
        bf_live_hear(s->shared->live, false, now);
    /* A worker that asks to be replaced as soon as it has begun is no better than one that
     * crashes. */
    bool useless = atomic_load(&slot->retiring) && now - atomic_load(&slot->forked_us) < USEFUL_US;
    if (!asked || useless)
        charge(&s->crews[pool], pool, useless || (early && !clean), now);
    if (!asked && !clean) {
        atomic_fetch_add(&p->restarts, 1);
        memcpy(p->last_death, how, sizeof p->last_death);
        atomic_store(&p->last_death_wall, bf_clock_wall_us());
    }
    s->early_deaths += early && !clean;
    atomic_fetch_add(&p->deaths, 1);
    s->orphan[n] = s->overdue[n] = false;
    bf_board_give_back(s->shared->board, slot);
}

static struct bf_slot *slot_of(const struct bf_staff *s, pid_t pid)
{
    struct bf_slot *slot;
    for (uint32_t at = 0; (slot = bf_staff_next(s, &at)) != NULL;)
        if (atomic_load(&slot->pid) == pid && !s->orphan[number_of(s, slot)])
            return slot;
    return NULL;
}

void bf_staff_bury(struct bf_staff *s)
{
    int status;
    struct bf_slot *slot;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        slot = slot_of(s, pid);
        if (slot)
            bury(s, slot, status);
    }
    for (uint32_t at = 0; (slot = bf_staff_next(s, &at)) != NULL;)
        if (s->orphan[number_of(s, slot)] && !bf_identity_alive(bf_slot_identity(slot), NULL))
            bury(s, slot, UNKNOWN);
}
