#include "limits/quota_view.h"

#include "limits/quota_memory.h"

#include <string.h>

static int64_t held_by(const struct bf_purse *p)
{
    int64_t spent = (int64_t)bf_purse_spent(atomic_load(&p->word));
    int64_t granted = atomic_load(&p->granted);
    return granted > spent ? granted - spent : 0;
}

void bf_quota_facts(const struct bf_quotas *q, int64_t now_us, struct bf_quota_facts *out)
{
    *out = (struct bf_quota_facts){
        .node = q->head.node,
        .hearing = bf_quota_is_heard(q, now_us),
        .takes = atomic_load(&q->counts.takes),
        .announces = atomic_load(&q->counts.announces),
        .returns = atomic_load(&q->counts.returns),
        .evictions = atomic_load(&q->counts.evictions),
        .failures = atomic_load(&q->counts.failures),
    };
    for (size_t i = 0; i < BF_QUOTA_PLACES; i++) {
        const struct bf_quota_place *place = &q->places[i];
        if (atomic_load(&place->key) == 0)
            continue;
        out->accounts++;
        for (int w = 0; w < BF_QUOTA_WINDOWS; w++) {
            out->leases += atomic_load(&place->purses[w].start) != 0;
            out->held += held_by(&place->purses[w]);
        }
    }
}

static bool fuller(const struct bf_quota_holding *a, const struct bf_quota_holding *b)
{
    return (double)a->used / (double)a->limit > (double)b->used / (double)b->limit;
}

/* Into a list that is ordered, of which the end may fall off. */
static void insert(struct bf_quota_holding *list, size_t n, size_t most,
                   const struct bf_quota_holding *one)
{
    size_t at = n < most ? n : most;
    while (at > 0 && fuller(one, &list[at - 1]))
        at--;
    if (at == most)
        return;
    size_t behind = (n < most ? n : most - 1) - at;
    memmove(&list[at + 1], &list[at], behind * sizeof *list);
    list[at] = *one;
}

static bool look(const struct bf_quota_place *place, enum bf_quota_window window, int percent,
                 struct bf_quota_holding *out)
{
    const struct bf_purse *p = &place->purses[window];
    size_t n = place->name_bytes < BF_QUOTA_NAME ? place->name_bytes : BF_QUOTA_NAME;
    *out = (struct bf_quota_holding){
        .window = window,
        .limit = atomic_load(&p->limit),
        .used = atomic_load(&p->others) + (int64_t)bf_purse_spent(atomic_load(&p->word)),
        .held = held_by(p),
        .reset_us = atomic_load(&p->reset_us),
    };
    memcpy(out->account, place->name, n);
    return atomic_load(&place->key) && atomic_load(&p->start) && out->limit > 0 &&
           (double)out->used * 100 >= (double)out->limit * percent;
}

size_t bf_quota_nearest(const struct bf_quotas *q, int percent, struct bf_quota_holding *out,
                        size_t most)
{
    struct bf_quota_holding one;
    size_t n = 0;
    for (size_t i = 0; i < BF_QUOTA_PLACES; i++)
        for (int w = 0; w < BF_QUOTA_WINDOWS; w++)
            if (look(&q->places[i], (enum bf_quota_window)w, percent, &one))
                insert(out, n++, most, &one);
    return n;
}
