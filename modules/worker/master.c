#include "worker/master.h"

#include "core/clock.h"
#include "core/log.h"
#include "worker/staff.h"
#include "worker/watch.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK_MS = 50,
    BUSY_TICK_MS = 10, /* while a generation is coming */
    COMING_US = 10 * 1000 * 1000,
    CANARY_US = 180 * 1000 * 1000, /* it has limits of its own, and should not come to this one */
    AGAIN_US = 5 * 1000 * 1000,
    REFUSED_FIRST_US = 60 * 1000 * 1000,
    REFUSED_MOST_US = 600 * 1000 * 1000,
};

struct master {
    const struct bf_master_setup *setup;
    struct bf_board *board;
    struct bf_staff staff;
    struct bf_conf conf, coming_conf; /* of the serving and of the coming generation */
    sigset_t signals;
    uint64_t serving, coming; /* 0: none */
    int64_t coming_since_us, again_us;
    int64_t refused_us; /* pause after the next refusal; 0: the last generation was not refused */
    uint64_t catalog;
    struct bf_trial *trial; /* of the coming generation, or of one whose old workers still listen */
    struct bf_slot *canary; /* forked for it; NULL: not yet */
    bool reload_asked, conf_asked, logs_asked;
    bool again_conf; /* what is to be tried again was to read the settings */
    bool looked_behind;
    bool logs_alone; /* the coming generation serves what the old one does */
    bool stopping, in_a_hurry;
    bool alone, relieved_all;
};

/* ---- counting ------------------------------------------------------------------------------ */

struct head_count {
    unsigned here; /* serve and do not ask to be replaced */
    unsigned good; /* and have the catalogue */
};

/* generation 0: of any. The crews of one always count. */
static struct head_count count(const struct master *m, unsigned pool, uint64_t generation)
{
    struct head_count n = {0, 0};
    struct bf_slot *slot;
    for (uint32_t at = 0; (slot = bf_staff_next(&m->staff, &at)) != NULL;) {
        if (atomic_load(&slot->pool) != pool || atomic_load(&slot->duty) != BF_DUTY_SERVE ||
            (generation && atomic_load(&slot->generation) != generation))
            continue;
        n.good += bf_slot_good(slot) && !(generation && atomic_load(&slot->retiring));
        n.here += !(generation && atomic_load(&slot->retiring));
    }
    return n;
}

static bool all_good(const struct master *m, const struct bf_conf *conf, uint64_t generation)
{
    for (unsigned pool = 0; pool < BF_POOLS_PUBLIC; pool++)
        if (count(m, pool, generation).good < bf_pool_workers(conf, pool))
            return false;
    return true;
}

/* ---- generations --------------------------------------------------------------------------- */

static void end_coming(struct master *m)
{
    atomic_store(&m->trial->took_us, bf_clock_mono_us() - m->coming_since_us);
    m->coming = 0;
}

static void end_trial(struct master *m, enum bf_trial_end end)
{
    atomic_store(&m->trial->end, end);
    m->trial = NULL;
}

/* Until a worker of another generation has heard that it is drained it may take another request.
 * One that works on a request hears it before the next. */
static bool old_ones_listen(const struct master *m)
{
    struct bf_slot *slot;
    for (uint32_t at = 0; (slot = bf_staff_next(&m->staff, &at)) != NULL;)
        if (atomic_load(&slot->pool) < BF_POOLS && atomic_load(&slot->generation) != m->serving &&
            atomic_load(&slot->doing) != BF_DOING_REQUEST)
            return true;
    return false;
}

static void end_when_alone(struct master *m)
{
    if (!old_ones_listen(m))
        end_trial(m, BF_TRIAL_SERVES);
}

/* The new ones accept from the moment on in which they are said to serve. The trial ends when they
 * alone do: who was told so is never answered by an old one. */
static void take_over(struct master *m)
{
    struct bf_slot *slot;
    uint64_t generation = m->coming;
    bool first = atomic_load(&m->board->serving) == 0;
    atomic_store(&m->board->serving_change, atomic_load(&m->board->coming_change));
    atomic_store(&m->board->serving, generation);
    atomic_store(&m->board->serving_wall, bf_clock_wall_us());
    for (uint32_t at = 0; (slot = bf_staff_next(&m->staff, &at)) != NULL;)
        if (atomic_load(&slot->pool) < BF_POOLS && atomic_load(&slot->generation) != m->coming)
            bf_staff_drain(&m->staff, slot);
    if (!first)
        atomic_fetch_add(&m->board->reloads, 1);
    m->serving = generation;
    m->conf = m->coming_conf;
    end_coming(m);
    if (m->logs_alone) { /* what was refused still waits */
        m->reload_asked = true;
        m->again_us = bf_clock_mono_us() + m->refused_us;
    } else {
        m->refused_us = 0;
        m->again_conf = false;
    }
    bf_log(BF_LOG_INFO, "generation.serves", "generation=%" PRIu64, m->serving);
}

static void read_settings(struct master *m)
{
    struct bf_err err;
    bf_err_clear(&err);
    m->coming_conf = m->conf;
    if (!m->conf_asked || bf_conf_load(&m->coming_conf, NULL, &err))
        return;
    bf_log(BF_LOG_ERROR, "reload.settings", "the old settings stay: %s", err.message);
    bf_board_say(m->trial->settings_why, "%s", err.message);
    m->coming_conf = m->conf;
}

/* There is a generation that knows what it serves: what comes after it must be as good. */
static bool to_protect(const struct master *m)
{
    return m->serving && atomic_load(&m->board->serving_change);
}

/* Logs are opened anew by new workers. That must not wait for a catalogue that was refused to be
 * put right: they serve what the old ones do. */
static bool for_logs_alone(const struct master *m)
{
    return m->logs_asked && !m->conf_asked && m->refused_us && to_protect(m);
}

static void begin_generation(struct master *m)
{
    struct bf_live_facts facts;
    m->logs_alone = for_logs_alone(m);
    m->conf_asked |= m->again_conf && !m->logs_alone;
    m->coming = atomic_fetch_add(&m->board->generation, 1) + 1;
    m->coming_since_us = bf_clock_mono_us();
    m->trial = bf_trial_begin(m->board->trials, m->coming);
    m->canary = NULL;
    atomic_store(&m->trial->begun_wall, bf_clock_wall_us());
    atomic_store(&m->trial->settings, m->conf_asked);
    atomic_store(&m->trial->all, m->conf_asked);
    read_settings(m);
    m->reload_asked = m->conf_asked = m->logs_asked = false;
    bf_live_facts(m->setup->shared->live, &facts);
    m->catalog = facts.catalog;
    atomic_store(&m->board->catalog_seen, facts.catalog);
    atomic_store(&m->board->coming_change,
                 m->logs_alone ? atomic_load(&m->board->serving_change) : 0);
    m->staff.early_deaths = 0;
    for (unsigned pool = 0; pool < BF_CREWS; pool++)
        atomic_store(&m->board->pools[pool].wanted, bf_pool_workers(&m->coming_conf, pool));
    bf_log(BF_LOG_DEBUG, "generation.begins", "generation=%" PRIu64, m->coming);
    if (!to_protect(m))
        take_over(m);
}

/* ---- the canary ---------------------------------------------------------------------------- */

/* NULL: it has ended. Its slot may be somebody else's by now. */
static struct bf_slot *canary(const struct master *m)
{
    bool there = m->canary && atomic_load(&m->canary->duty) != BF_DUTY_FREE &&
                 atomic_load(&m->canary->pool) == BF_POOL_CANARY &&
                 atomic_load(&m->canary->generation) == m->coming;
    return there ? m->canary : NULL;
}

static void send_canary(struct master *m)
{
    struct bf_slot *slot;
    if (m->canary || !bf_staff_fork(&m->staff, &m->coming_conf, BF_POOL_CANARY, m->coming))
        return;
    for (uint32_t at = 0; (slot = bf_staff_next(&m->staff, &at)) != NULL;)
        if (atomic_load(&slot->pool) == BF_POOL_CANARY &&
            atomic_load(&slot->generation) == m->coming)
            m->canary = slot;
}

/* What it says, or that it has ended without a word. */
static enum bf_verdict verdict(const struct master *m)
{
    bool gone = m->canary && !canary(m); /* looked at first: it speaks before it ends */
    enum bf_verdict said = (enum bf_verdict)atomic_load(&m->trial->verdict);
    return said == BF_VERDICT_NONE && gone ? BF_VERDICT_UNABLE : said;
}

/* The reason that a worker of the coming generation gives, or how one ended. */
static void reason_of_failure(const struct master *m, char why[BF_BOARD_TEXT])
{
    struct bf_slot *slot;
    bool good = all_good(m, &m->coming_conf, m->coming);
    bf_board_say(why, good ? "the canary has not said whether it is good"
                           : "the workers did not become ready in time");
    for (unsigned pool = 0; m->staff.early_deaths && pool < BF_POOLS; pool++)
        if (m->board->pools[pool].last_death[0])
            memcpy(why, m->board->pools[pool].last_death, BF_BOARD_TEXT);
    for (uint32_t at = 0; (slot = bf_staff_next(&m->staff, &at)) != NULL;)
        if (atomic_load(&slot->generation) == m->coming && slot->why[0])
            memcpy(why, slot->why, BF_BOARD_TEXT);
    why[BF_BOARD_TEXT - 1] = '\0';
}

/* Whoever watches the log or `status` must find what is to be put right. */
static void tell_why(const struct master *m)
{
    uint32_t n = atomic_load(&m->trial->findings);
    for (uint32_t i = 0; i < n && i < BF_TRIAL_FINDINGS; i++)
        if (atomic_load(&m->trial->finding[i].bad))
            bf_log(BF_LOG_ERROR, "generation.finding", "generation=%" PRIu64 " %s", m->coming,
                   m->trial->finding[i].text);
    memcpy(m->board->last_failure, m->trial->why, sizeof m->board->last_failure);
    bf_log(BF_LOG_ERROR, "generation.failed", "generation=%" PRIu64 " the old one stays: %s",
           m->coming, m->trial->why);
}

static void dismiss(struct master *m)
{
    struct bf_slot *slot;
    for (uint32_t at = 0; (slot = bf_staff_next(&m->staff, &at)) != NULL;) {
        unsigned pool = atomic_load(&slot->pool);
        if ((pool >= BF_POOLS && pool != BF_POOL_CANARY) ||
            atomic_load(&slot->generation) != m->coming)
            continue;
        bf_staff_drain(&m->staff, slot);
        bf_staff_kill(&m->staff, slot, false);
    }
}

/* The wish remains: what could not be loaded now (a database that is away) can be later. What was
 * refused is tried again when something has changed, or after a long pause: what it was refused for
 * may have been the hour. */
static void wish_again(struct master *m, bool refused)
{
    if (!refused)
        m->refused_us = 0;
    else
        m->refused_us = !m->refused_us ? REFUSED_FIRST_US : m->refused_us * 2;
    if (m->refused_us > REFUSED_MOST_US)
        m->refused_us = REFUSED_MOST_US;
    m->again_us = bf_clock_mono_us() + (refused ? m->refused_us : AGAIN_US);
    m->reload_asked = true;
    m->again_conf |= atomic_load(&m->trial->settings);
}

static void give_up(struct master *m, bool refused)
{
    if (!m->trial->why[0])
        reason_of_failure(m, m->trial->why);
    tell_why(m);
    dismiss(m);
    for (unsigned pool = 0; pool < BF_CREWS; pool++)
        atomic_store(&m->board->pools[pool].wanted, bf_pool_workers(&m->conf, pool));
    atomic_fetch_add(&m->board->reloads_failed, 1);
    wish_again(m, refused);
    end_coming(m);
    end_trial(m, refused ? BF_TRIAL_REFUSED : BF_TRIAL_FAILED);
}

static void judge_coming(struct master *m)
{
    bool good = all_good(m, &m->coming_conf, m->coming);
    unsigned patience = 2 * bf_pool_workers(&m->coming_conf, BF_POOL_READ) + 8;
    bool late = bf_clock_mono_us() - m->coming_since_us > (good ? CANARY_US : COMING_US);
    send_canary(m);
    enum bf_verdict said = verdict(m);
    if (said == BF_VERDICT_GOOD && good)
        take_over(m);
    else if (said == BF_VERDICT_BAD || said == BF_VERDICT_UNABLE)
        give_up(m, said == BF_VERDICT_BAD);
    else if (late || m->staff.early_deaths > patience)
        give_up(m, false);
}

/* Once, when the first generation is whole: it serves what was served last. What was applied while
 * no server ran, or was refused before the last one ended, is tried against it like any change. */
static void look_behind(struct master *m)
{
    uint64_t behind = bf_board_behind(m->board);
    if (m->looked_behind || !to_protect(m) || !all_good(m, &m->conf, m->serving))
        return;
    m->looked_behind = true;
    if (!behind)
        return;
    bf_log(BF_LOG_WARNING, "generation.behind",
           "change %" PRIu64 " of the catalogue is served, the last that was; change %" PRIu64
           " was there at the start and is tried now",
           atomic_load(&m->board->serving_change), behind);
    m->reload_asked = true;
}

static void step_generation(struct master *m)
{
    struct bf_live_facts facts;
    bf_live_facts(m->setup->shared->live, &facts);
    if (facts.catalog != m->catalog) {
        m->reload_asked = true;
        m->again_us = m->refused_us ? 0 : m->again_us;
    }
    if (!m->coming)
        look_behind(m);
    if (m->coming)
        judge_coming(m);
    else if (m->trial)
        end_when_alone(m);
    else if (m->reload_asked && bf_clock_mono_us() >= m->again_us)
        begin_generation(m);
}

/* ---- staffing ------------------------------------------------------------------------------ */

static void fill(struct master *m, const struct bf_conf *conf, unsigned pool, uint64_t generation)
{
    unsigned here = count(m, pool, pool >= BF_POOLS ? 0 : generation).here;
    while (here < bf_pool_workers(conf, pool) && bf_staff_fork(&m->staff, conf, pool, generation))
        here++;
}

/* Who asked to be replaced goes once the pool is whole without it. */
static void release(struct master *m)
{
    struct bf_slot *slot;
    for (uint32_t at = 0; (slot = bf_staff_next(&m->staff, &at)) != NULL;) {
        unsigned pool = atomic_load(&slot->pool);
        if (atomic_load(&slot->retiring) && atomic_load(&slot->generation) == m->serving &&
            count(m, pool, m->serving).good >= bf_pool_workers(&m->conf, pool))
            bf_staff_drain(&m->staff, slot);
    }
}

static void staff_all(struct master *m)
{
    for (unsigned pool = 0; pool < BF_POOLS; pool++) {
        if (m->serving)
            fill(m, &m->conf, pool, m->serving);
        if (m->coming)
            fill(m, &m->coming_conf, pool, m->coming);
        atomic_store(&m->board->pools[pool].must_answer, count(m, pool, 0).good == 0);
    }
    for (unsigned crew = BF_POOLS; crew < BF_CREWS; crew++)
        fill(m, &m->conf, crew, atomic_load(&m->board->generation));
    release(m);
}

/* ---- beginning and end --------------------------------------------------------------------- */

/* Of what a dead master left, a whole pool of workers that can answer goes on until the new
 * generation does, and is ours: who of it dies meanwhile is replaced by one that serves the same.
 * The rest is of no use, and the clock process must make room for ours. */
static void sort_orphans(struct master *m)
{
    struct bf_slot *slot;
    unsigned n = 0;
    unsigned kept[BF_CREWS] = {0};
    m->serving = atomic_load(&m->board->serving);
    for (uint32_t at = 0; (slot = bf_staff_next(&m->staff, &at)) != NULL; n++) {
        unsigned pool = atomic_load(&slot->pool) % BF_CREWS;
        if (pool >= BF_POOLS || !bf_slot_good(slot) ||
            atomic_load(&slot->generation) != m->serving ||
            kept[pool]++ >= bf_pool_workers(&m->conf, pool))
            bf_staff_drain(&m->staff, slot);
        if (atomic_load(&slot->doing) == BF_DOING_START)
            bf_staff_kill(&m->staff, slot, false);
    }
    if (n)
        bf_log(BF_LOG_INFO, "master.orphans", "an earlier master left %u processes", n);
}

/* The clock process and the accountant are stopped last: workers wait for what they do. */
static bool stopped(struct master *m)
{
    struct bf_slot *slot;
    unsigned workers = 0, others = 0;
    for (uint32_t at = 0; (slot = bf_staff_next(&m->staff, &at)) != NULL;) {
        bool worker = atomic_load(&slot->pool) < BF_POOLS;
        workers += worker;
        others += !worker;
        if (worker)
            bf_staff_drain(&m->staff, slot);
        if (m->in_a_hurry)
            bf_staff_kill(&m->staff, slot, false);
    }
    for (uint32_t at = 0; workers == 0 && (slot = bf_staff_next(&m->staff, &at)) != NULL;)
        bf_staff_drain(&m->staff, slot);
    return workers + others == 0;
}

static void take_signals(struct master *m, int wait_ms)
{
    struct timespec wait = {.tv_sec = 0, .tv_nsec = (long)wait_ms * 1000000};
    for (int number; (number = sigtimedwait(&m->signals, NULL, &wait)) > 0; wait.tv_nsec = 0) {
        if (number == SIGTERM) {
            m->in_a_hurry = m->stopping;
            m->stopping = true;
        } else if (number == SIGHUP || number == SIGUSR1) {
            m->reload_asked = true;
            m->conf_asked |= number == SIGHUP;
            m->logs_asked |= number == SIGUSR1;
            m->again_us = 0;
        }
    }
}

static void look_around(struct master *m)
{
    if (!m->alone && getppid() != m->setup->guardian) {
        m->alone = true;
        bf_log(BF_LOG_WARNING, "master.alone",
               "the guardian is gone; `beffroi serve` takes over without losing a request");
    }
    if (!m->relieved_all && m->serving && all_good(m, &m->conf, m->serving))
        m->relieved_all = bf_takeover_step(m->setup->takeover, m->conf.drain_timeout_ms);
}

static void run(struct master *m)
{
    for (;;) {
        bool hasty = m->trial || m->stopping || !all_good(m, &m->conf, m->serving);
        take_signals(m, hasty ? BUSY_TICK_MS : TICK_MS);
        bf_staff_bury(&m->staff);
        bf_watch(&m->staff, &m->conf);
        if (m->stopping && stopped(m))
            return;
        if (m->stopping)
            continue;
        step_generation(m);
        staff_all(m);
        look_around(m);
    }
}

static void sign_in(struct master *m)
{
    struct bf_identity self = bf_identity_self();
    atomic_store(&m->board->master_start, self.start);
    atomic_store(&m->board->master_pid, self.pid);
    bf_process_title("beffroi:master");
    signal(SIGINT, SIG_IGN);
    sigemptyset(&m->signals);
    sigaddset(&m->signals, SIGTERM);
    sigaddset(&m->signals, SIGHUP);
    sigaddset(&m->signals, SIGUSR1);
    sigaddset(&m->signals, SIGCHLD);
}

/* The guardian's settings are those of its start; a reload may have changed them since. */
static void begin_again(struct master *m)
{
    struct bf_err err;
    bf_err_clear(&err);
    if (atomic_load(&m->board->master_restarts) == 0)
        return;
    m->conf_asked = true;
    if (!bf_conf_load(&m->conf, NULL, &err))
        m->conf = *m->setup->conf;
}

int bf_master_run(const struct bf_master_setup *setup)
{
    struct master *m = calloc(1, sizeof *m);
    if (!m)
        return 1;
    m->setup = setup;
    m->board = setup->shared->board;
    m->conf = *setup->conf;
    m->staff = (struct bf_staff){.privileges = setup->privileges,
                                 .shared = setup->shared,
                                 .sockets = setup->sockets,
                                 .guardian = setup->guardian};
    sign_in(m);
    bf_staff_init(&m->staff);
    sort_orphans(m);
    begin_again(m);
    begin_generation(m);
    staff_all(m);
    run(m);
    free(m);
    return 0;
}
