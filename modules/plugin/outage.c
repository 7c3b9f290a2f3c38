#include "plugin/outage.h"

static const int64_t TRIAL = 10 * 1000000;

int64_t bf_outage_again(struct bf_outage *o, const struct bf_outage_times *times, int64_t now)
{
    uint32_t level = atomic_load(&o->level);
    int64_t length = times->first;
    for (uint32_t i = 0; i < level && length < times->longest; i++)
        length *= 2;
    if (length > times->longest)
        length = times->longest;
    atomic_store(&o->level, level + 1);
    atomic_store(&o->trial, 0);
    atomic_store_explicit(&o->until, now + length, memory_order_release);
    return length;
}

int64_t bf_outage_begin(struct bf_outage *o, const struct bf_outage_times *times, int64_t now)
{
    int64_t ended = atomic_load(&o->ended);
    if (ended == 0 || now - ended > times->longest)
        atomic_store(&o->level, 0);
    return bf_outage_again(o, times, now);
}

bool bf_outage_try(struct bf_outage *o, int64_t until, bool may, int64_t now, int64_t *wait)
{
    int64_t trial = atomic_load(&o->trial);
    *wait = trial > until ? trial : until;
    if (now < *wait)
        return false;
    if (may && atomic_compare_exchange_strong(&o->trial, &trial, now + TRIAL))
        return true;
    *wait = now + TRIAL;
    return false;
}

void bf_outage_untried(struct bf_outage *o)
{
    atomic_store(&o->trial, 0);
}

static void put_back(struct bf_outage *o)
{
    atomic_store(&o->trial, 0);
    atomic_store_explicit(&o->until, 0, memory_order_release);
}

void bf_outage_end(struct bf_outage *o, int64_t at)
{
    atomic_store(&o->ended, at);
    put_back(o);
}

void bf_outage_forget(struct bf_outage *o)
{
    atomic_store(&o->level, 0);
    put_back(o);
}
