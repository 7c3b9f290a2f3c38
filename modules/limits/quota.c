#include "limits/quota.h"

#include "core/clock.h"
#include "limits/quota_memory.h"

#include <string.h>

enum {
    BELIEVED_US = 2 * 1000 * 1000,
    ASKED_EVERY_US = 100 * 1000,
};

const char *bf_quota_window_name(enum bf_quota_window window)
{
    return window == BF_QUOTA_DAY ? "day" : "month";
}

/* ---- one purse ---- */

enum outcome { DONE, REFUSED, WISH, GONE }; /* GONE: the place is another account's now */

static int64_t at_least_0(int64_t n)
{
    return n > 0 ? n : 0;
}

static void show(const struct bf_purse *p, int64_t limit, uint64_t spent,
                 struct bf_quota_count *out)
{
    int64_t used = atomic_load(&p->others) + (int64_t)spent;
    *out = (struct bf_quota_count){.limit = limit,
                                   .used = used,
                                   .remaining = at_least_0(limit - used),
                                   .reset_us = atomic_load(&p->reset_us)};
}

/* As far as is known, which is not believed for long: others may have returned something. */
static bool is_above(const struct bf_purse *p, uint64_t after, int64_t limit, int64_t now)
{
    return atomic_load(&p->others) + (int64_t)after > limit &&
           now < atomic_load(&p->checked_us) + BELIEVED_US;
}

/* What may be done about `cost`, when `word` is what the purse holds. */
static enum outcome judge(const struct bf_purse *p, uint64_t word, int64_t limit, int64_t cost,
                          int64_t now)
{
    uint64_t after = bf_purse_spent(word) + (uint64_t)cost;
    if (bf_purse_is_closed(word) || atomic_load(&p->start) == 0 ||
        now >= atomic_load(&p->deadline_us))
        return WISH;
    if (limit < atomic_load(&p->limit)) /* leased under a higher one: not for this */
        return is_above(p, after, limit, now) ? REFUSED : WISH;
    if (after <= atomic_load(&p->ceiling))
        return DONE;
    /* What the node has of it already may only have to be announced yet. */
    bool held = after <= (uint64_t)atomic_load(&p->granted);
    return bf_purse_is_dry(p, limit, now) && !held ? REFUSED : WISH;
}

/* A decision is good only if the word is still the same at its end: opening and closing change the
 * generation, so everything that was read in between belongs to it. */
static enum outcome spend(struct bf_quota_place *place, uint64_t key, enum bf_quota_window window,
                          const struct bf_quota_ask *ask, int64_t now, struct bf_quota_verdict *v)
{
    struct bf_purse *p = &place->purses[window];
    int64_t limit = ask->limits[window];
    uint64_t word = atomic_load(&p->word);
    for (;;) {
        if (atomic_load(&place->key) != key)
            return GONE;
        int64_t start = atomic_load(&p->start);
        uint64_t spent = bf_purse_spent(word);
        enum outcome o = ask->cost > limit ? REFUSED : judge(p, word, limit, ask->cost, now);
        uint64_t after = o == DONE ? spent + (uint64_t)ask->cost : spent;
        show(p, limit, after, &v->of[window]);
        /* Closed bit and generation stay: only what was spent changes. */
        if (o == DONE && !atomic_compare_exchange_weak(&p->word, &word, word + (after - spent)))
            continue;
        if (o == DONE)
            v->ticket.starts[window] = start;
        return o;
    }
}

static bool is_low(const struct bf_purse *p)
{
    uint64_t spent = bf_purse_spent(atomic_load(&p->word));
    uint64_t ceiling = atomic_load(&p->ceiling);
    return ceiling < spent + atomic_load(&p->low);
}

static void put_back(struct bf_quota_place *place, uint64_t key, enum bf_quota_window window,
                     int64_t start, int64_t cost)
{
    struct bf_purse *p = &place->purses[window];
    uint64_t word = atomic_load(&p->word);
    do {
        if (atomic_load(&place->key) != key || atomic_load(&p->start) != start ||
            bf_purse_spent(word) < (uint64_t)cost)
            return;
    } while (!atomic_compare_exchange_weak(&p->word, &word, word - (uint64_t)cost));
}

/* ---- retries ---- */

static _Atomic uint64_t *recent_of(struct bf_quotas *q, uint64_t request)
{
    return &q->recent[request % BF_QUOTA_RECENT];
}

static bool was_charged(struct bf_quotas *q, uint64_t request)
{
    return request && atomic_load(recent_of(q, request)) == request;
}

static void remember(struct bf_quotas *q, uint64_t request)
{
    if (request)
        atomic_store(recent_of(q, request), request);
}

static void forget(struct bf_quotas *q, uint64_t request)
{
    if (request)
        atomic_compare_exchange_strong(recent_of(q, request), &request, 0);
}

/* ---- all windows ---- */

static void give_all_back(struct bf_quota_place *place, struct bf_quota_verdict *v)
{
    for (int w = 0; w < BF_QUOTA_WINDOWS; w++) {
        if (v->ticket.starts[w])
            put_back(place, v->ticket.key, (enum bf_quota_window)w, v->ticket.starts[w],
                     v->ticket.cost);
        v->ticket.starts[w] = 0;
    }
}

static enum bf_quota_answer answer(struct bf_quota_verdict *v, enum bf_quota_answer a,
                                   enum bf_quota_window by)
{
    v->by = by;
    return v->answer = a;
}

/* What the windows say, when the request has been charged before. */
static enum bf_quota_answer show_all(struct bf_quota_place *place, const struct bf_quota_ask *ask,
                                     struct bf_quota_verdict *v)
{
    for (int w = 0; w < BF_QUOTA_WINDOWS; w++)
        if (ask->limits[w])
            show(&place->purses[w], ask->limits[w],
                 bf_purse_spent(atomic_load(&place->purses[w].word)), &v->of[w]);
    v->repeated = true;
    return answer(v, BF_QUOTA_ADMITTED, BF_QUOTA_DAY);
}

static enum bf_quota_answer take_all(struct bf_quotas *q, struct bf_quota_place *place,
                                     const struct bf_quota_ask *ask, int64_t now,
                                     struct bf_quota_verdict *v)
{
    bool low = false;
    for (int i = 0; i < BF_QUOTA_WINDOWS; i++) {
        enum bf_quota_window w = (enum bf_quota_window)i;
        if (ask->limits[w] == 0)
            continue;
        enum outcome o = spend(place, v->ticket.key, w, ask, now, v);
        if (o == WISH)
            bf_quota_wish(q, place, w, ask->limits[w], ask->cost);
        if (o != DONE) {
            give_all_back(place, v);
            return answer(v, o == REFUSED ? BF_QUOTA_REFUSED : BF_QUOTA_WAIT, w);
        }
        low = low || is_low(&place->purses[w]);
    }
    remember(q, ask->request);
    if (low)
        bf_quota_ring(q, place);
    return answer(v, BF_QUOTA_ADMITTED, BF_QUOTA_DAY);
}

enum bf_quota_answer bf_quota_take(struct bf_quotas *quotas, const struct bf_quota_ask *ask,
                                   int64_t now_us, struct bf_quota_verdict *verdict)
{
    *verdict = (struct bf_quota_verdict){.answer = BF_QUOTA_ADMITTED};
    if (!quotas || (ask->limits[BF_QUOTA_DAY] == 0 && ask->limits[BF_QUOTA_MONTH] == 0) ||
        ask->cost <= 0)
        return BF_QUOTA_ADMITTED;
    if (ask->account.n == 0 || ask->account.n > BF_QUOTA_NAME)
        return answer(verdict, BF_QUOTA_REFUSED, BF_QUOTA_DAY);
    verdict->ticket = (struct bf_quota_ticket){
        .key = bf_quota_key(ask->account), .request = ask->request, .cost = ask->cost};
    verdict->away = !bf_quota_is_heard(quotas, now_us);
    struct bf_quota_place *place = bf_quota_find(quotas, verdict->ticket.key);
    if (!place) {
        bf_quota_send(quotas, verdict->ticket.key, ask->account);
        return answer(verdict, BF_QUOTA_WAIT, BF_QUOTA_DAY);
    }
    verdict->ticket.place = (uint32_t)(place - quotas->places);
    if (now_us - atomic_load(&place->asked_us) > ASKED_EVERY_US)
        atomic_store(&place->asked_us, now_us);
    if (was_charged(quotas, ask->request))
        return show_all(place, ask, verdict);
    return take_all(quotas, place, ask, now_us, verdict);
}

enum bf_quota_answer bf_quota_take_patiently(struct bf_quotas *quotas,
                                             const struct bf_quota_ask *ask, int64_t most_us,
                                             struct bf_quota_verdict *verdict)
{
    int64_t now = bf_clock_boot_us(), until = now + most_us;
    for (;; now = bf_clock_boot_us()) {
        uint32_t seen = quotas ? atomic_load(&quotas->news) : 0;
        if (bf_quota_take(quotas, ask, now, verdict) != BF_QUOTA_WAIT || verdict->away ||
            now >= until)
            return verdict->answer;
        bf_quota_wait_news(quotas, seen, until - now);
    }
}

void bf_quota_give_back(struct bf_quotas *quotas, struct bf_quota_verdict *verdict, int64_t cost)
{
    struct bf_quota_ticket *t = &verdict->ticket;
    if (!quotas || verdict->answer != BF_QUOTA_ADMITTED || verdict->repeated || cost <= 0 ||
        cost > t->cost)
        return;
    if (cost == t->cost)
        forget(quotas, t->request); /* first: one that comes again is charged again */
    for (int w = 0; w < BF_QUOTA_WINDOWS; w++) {
        if (!t->starts[w])
            continue;
        put_back(&quotas->places[t->place], t->key, (enum bf_quota_window)w, t->starts[w], cost);
        verdict->of[w].used -= cost;
        verdict->of[w].remaining = at_least_0(verdict->of[w].limit - verdict->of[w].used);
    }
    t->cost -= cost;
}
