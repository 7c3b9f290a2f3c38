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

/* Looked at twice: between the two words that were read the worker may have gone on to the next. */
static void judge(struct bf_staff *s, const struct bf_conf *conf, struct bf_slot *slot, int64_t now)
{
    struct limit first = limit_of(slot, conf);
    if (!over(first, now))
        return;
    struct limit second = limit_of(slot, conf);
    unsigned pool = atomic_load(&slot->pool);
    if (second.since_us != first.since_us || second.what != first.what)
        return;
    bf_log(BF_LOG_WARNING, "worker.overdue",
           "pool=%s worker=%d %s for %" PRId64 " ms, most=%" PRId64, bf_pool_name(pool),
           atomic_load(&slot->pid), first.what, (now - first.since_us) / 1000,
           first.most_us / 1000);
    atomic_fetch_add(&s->shared->board->pools[pool].deadline_kills, 1);
    bf_staff_kill(s, slot, true);
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
    }
}
