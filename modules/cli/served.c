#include "cli/served.h"

#include "core/clock.h"

#include <stdio.h>
#include <time.h>

enum { PATIENCE_US = 20 * 1000000, STEP_NS = 10 * 1000000 };

void bf_served_begin(struct bf_served *s, const struct bf_conf *conf)
{
    struct bf_err none;
    bf_err_clear(&none);
    *s = (struct bf_served){0};
    if (!bf_shared_open(conf, false, &s->shared, &none))
        return;
    struct bf_identity master = {atomic_load(&s->shared.board->master_pid),
                                 atomic_load(&s->shared.board->master_start)};
    struct bf_live_facts facts;
    bf_live_facts(s->shared.live, &facts);
    s->running = bf_identity_alive(master, NULL);
    s->catalog = facts.catalog;
    s->failed = atomic_load(&s->shared.board->reloads_failed);
    if (!s->running)
        bf_shared_close(&s->shared);
}

/* Whether a worker of an older generation could still take a request. */
static bool old_ones_listen(const struct bf_board *b, uint64_t serving)
{
    uint32_t used = atomic_load(&b->slots_used);
    for (uint32_t i = 0; i < used && i < BF_BOARD_SLOTS; i++) {
        const struct bf_slot *slot = &b->slots[i];
        bool old = atomic_load(&slot->generation) < serving;
        if (old && atomic_load(&slot->duty) != BF_DUTY_FREE &&
            atomic_load(&slot->pool) < BF_POOLS && atomic_load(&slot->doing) != BF_DOING_REQUEST)
            return true;
    }
    return false;
}

static bool taken_over(const struct bf_served *s, size_t changes)
{
    const struct bf_board *b = s->shared.board;
    struct bf_live_facts facts;
    bf_live_facts(s->shared.live, &facts);
    uint64_t serving = atomic_load(&b->serving);
    return facts.catalog >= s->catalog + changes &&
           atomic_load(&b->catalog_seen) == facts.catalog &&
           serving == atomic_load(&b->generation) && !old_ones_listen(b, serving);
}

void bf_served_wait(struct bf_served *s, size_t changes)
{
    if (!s->running)
        return;
    const struct bf_board *b = s->shared.board;
    int64_t until = bf_clock_mono_us() + PATIENCE_US;
    bool served = changes == 0;
    while (!served && bf_clock_mono_us() < until && atomic_load(&b->reloads_failed) == s->failed) {
        nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
        served = taken_over(s, changes);
    }
    if (!served)
        fprintf(stderr, "the running server still serves the old catalogue: %s\n",
                atomic_load(&b->reloads_failed) == s->failed ? "it has not taken over in 20 s"
                                                             : b->last_failure);
    bf_shared_close(&s->shared);
}
