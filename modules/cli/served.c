#include "cli/served.h"

#include "cli/attempt.h"
#include "cli/say.h"
#include "core/clock.h"

#include <time.h>

enum { PATIENCE_US = 20 * 1000000, STEP_NS = 10 * 1000000, TEXT_MOST = 1 << 16 };

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
    s->begun = atomic_load(&s->shared.board->generation);
    if (!s->running)
        bf_shared_close(&s->shared);
}

static bool taken_over(const struct bf_served *s, size_t changes)
{
    const struct bf_board *b = s->shared.board;
    struct bf_live_facts facts;
    bf_live_facts(s->shared.live, &facts);
    uint64_t newest = atomic_load(&b->generation);
    return facts.catalog >= s->catalog + changes &&
           atomic_load(&b->catalog_seen) == facts.catalog &&
           bf_trial_end_of(b->trials, newest) == BF_TRIAL_SERVES;
}

/* An attempt that has heard of every change and has ended without taking over. One that came before
 * the last of them says nothing of it. */
static const struct bf_trial *given_up(const struct bf_served *s, size_t changes)
{
    const struct bf_board *b = s->shared.board;
    struct bf_live_facts facts;
    bf_live_facts(s->shared.live, &facts);
    const struct bf_trial *last = bf_trial_last(b->trials);
    bool heard =
        facts.catalog >= s->catalog + changes && atomic_load(&b->catalog_seen) == facts.catalog;
    bool newest = last && atomic_load(&last->generation) == atomic_load(&b->generation) &&
                  atomic_load(&last->generation) > s->begun;
    return heard && newest && atomic_load(&last->end) != BF_TRIAL_SERVES ? last : NULL;
}

static bool under_way(const struct bf_board *b)
{
    return bf_trial_end_of(b->trials, atomic_load(&b->generation)) == BF_TRIAL_RUNS;
}

static void complain(const struct bf_trial *why)
{
    struct bf_buf text;
    bf_buf_init(&text, TEXT_MOST);
    bf_buf_printf(&text, "the running server still serves the old catalogue: %s\n",
                  why ? why->why : "it has not taken over in 20 s");
    if (why)
        bf_attempt_findings(&text, why, "  ");
    bf_say_buf(stderr, &text);
    bf_buf_fini(&text);
}

bool bf_served_wait(struct bf_served *s, size_t changes)
{
    if (!s->running)
        return true;
    const struct bf_board *b = s->shared.board;
    const struct bf_trial *why = NULL;
    int64_t until = bf_clock_mono_us() + PATIENCE_US;
    bool served = changes == 0;
    while (!served && !why && (bf_clock_mono_us() < until || under_way(b))) {
        nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
        served = taken_over(s, changes);
        why = given_up(s, changes);
    }
    if (!served)
        complain(why);
    bool refused = why && atomic_load(&why->end) == BF_TRIAL_REFUSED;
    bf_shared_close(&s->shared);
    return !refused;
}
