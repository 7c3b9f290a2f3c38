#include "worker/watch.h"

#include "core/clock.h"
#include "core/log.h"

#include <inttypes.h>

/* An idle worker looks up four times a second. One that is stopped, or stuck in the kernel, does
 * not; one that loads may wait for a database that does not answer. */
enum { START_US = 60 * 1000000, SILENCE_US = 60 * 1000000, HEAD_MORE_US = 1000000 };

struct limit {
    int64_t since_us, most_us;
    const char *what;
};

static struct limit limit_of(const struct bf_slot *slot, const struct bf_conf *conf)
{
    uint32_t doing = atomic_load_explicit(&slot->doing, memory_order_acquire);
    int64_t request = atomic_load_explicit(&slot->request_us, memory_order_relaxed);
    unsigned pool = atomic_load(&slot->pool);
    if (doing == BF_DOING_READ)
        return (struct limit){request, conf->io_timeout_ms * 1000 + HEAD_MORE_US, "head"};
    if (doing == BF_DOING_REQUEST)
        return (struct limit){request, bf_pool_deadline_us(conf, pool), "request"};
    if (doing == BF_DOING_START)
        return (struct limit){atomic_load(&slot->forked_us), START_US, "start"};
    return (struct limit){atomic_load(&slot->beat_us), SILENCE_US, "silence"};
}

static bool over(struct limit l, int64_t now)
{
    return l.since_us > 0 && l.most_us > 0 && now - l.since_us > l.most_us;
}

static void kill_overdue(struct bf_staff *s, struct bf_slot *slot, const char *what, int64_t for_us,
                         int64_t most_us)
{
    unsigned pool = atomic_load(&slot->pool);
    bf_log(BF_LOG_WARNING, "worker.overdue",
           "pool=%s worker=%d %s for %" PRId64 " ms, most=%" PRId64, bf_pool_name(pool),
           atomic_load(&slot->pid), what, for_us / 1000, most_us / 1000);
    atomic_fetch_add(&s->shared->board->pools[pool].deadline_kills, 1);
    bf_staff_kill(s, slot, true);
}

/* Looked at twice: between the two words that were read the worker may have gone on to the next. */
static void judge(struct bf_staff *s, const struct bf_conf *conf, struct bf_slot *slot, int64_t now)
{
    struct limit first = limit_of(slot, conf);
    if (!over(first, now))
        return;
    struct limit second = limit_of(slot, conf);
    if (second.since_us == first.since_us && second.what == first.what)
        kill_overdue(s, slot, first.what, now - first.since_us, first.most_us);
}

/* A request may take as long as an export; one call into a handler, of which each row makes one,
 * may not. Its beginning is when it was first seen: workers do not look at a clock per row. */
static void judge_hook(struct bf_staff *s, const struct bf_conf *conf, struct bf_slot *slot,
                       int64_t now)
{
    uint32_t call;
    int64_t most = conf->hook_deadline_ms * 1000;
    struct bf_hook_seen *seen = &s->hooks[slot - s->shared->board->slots];
    if (!bf_quarantine_inside(s->shared->quarantine, atomic_load(&slot->pid), &seen->seat, &call)) {
        seen->since_us = 0;
    } else if (seen->since_us == 0 || seen->call != call) {
        seen->since_us = now;
        seen->call = call;
    } else if (most > 0 && now - seen->since_us > most) {
        kill_overdue(s, slot, "hook", now - seen->since_us, most);
    }
}

void bf_watch(struct bf_staff *s, const struct bf_conf *conf)
{
    struct bf_slot *slot;
    int64_t now = bf_clock_mono_us();
    for (uint32_t at = 0; (slot = bf_staff_next(s, &at)) != NULL;) {
        bool draining = atomic_load(&slot->duty) == BF_DUTY_DRAIN;
        if (s->overdue[slot - s->shared->board->slots])
            continue; /* killed already, not gone yet */
        if (draining && now - atomic_load(&slot->drain_us) > conf->drain_timeout_ms * 1000)
            bf_staff_kill(s, slot, true);
        else if (atomic_load(&slot->pool) < BF_POOLS)
            judge(s, conf, slot, now);
        if (!s->overdue[slot - s->shared->board->slots])
            judge_hook(s, conf, slot, now);
    }
}
