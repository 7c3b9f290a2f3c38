#include "worker/ledger.h"

#include "core/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
    STEPS = 512, /* of a kind in a pass */
    STEP_LEAST = 8,
    STEP_MOST = 1 << 16,
    SLICE_STEPS = 8,
    AHEAD_STEPS = 2,
    QUICK_US = 50 * 1000, /* a step is as much as is spent in that time, up to twice as long */
    SLOW_US = 1000 * 1000,
    DRY_FIRST_US = 100 * 1000,
    DRY_MOST_US = 2 * 1000 * 1000,
    TRUST_US = 15 * 60 * 1000000, /* so long a window's end is believed without asking again */
    EVICT_AGE_US = 20 * 1000,
};

/* Of a purse. */
struct book {
    int64_t granted, step, stepped_us, dry_us;
    bool returning, taking;
    bool lost;    /* the database does not know the lease any more, or of another one */
    bool evicted; /* (of the day) the place is needed for another account */
};

/* The steps of one kind, and which purse each is about. */
struct steps {
    size_t n;
    struct bf_lease_step list[STEPS];
    struct bf_quota_place *places[STEPS];
    enum bf_quota_window windows[STEPS];
};

struct bf_ledger {
    struct bf_quotas *q;
    struct bf_conn *conn;
    int64_t life_ms;
    bool full; /* a step found no room */
    struct book books[BF_QUOTA_PLACES][BF_QUOTA_WINDOWS];
    uint64_t active[BF_QUOTA_PLACES / 64]; /* places with an account */
    struct steps returns, announces, takes;
    struct steps strays;              /* leases that no purse was opened for */
    char names[STEPS][BF_QUOTA_NAME]; /* of their accounts, when they have no place */
};

struct bf_ledger *bf_ledger_new(struct bf_quotas *q, struct bf_conn *conn, int64_t life_ms)
{
    struct bf_ledger *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->q = q;
    l->conn = conn;
    l->life_ms = life_ms;
    return l;
}

void bf_ledger_free(struct bf_ledger *l)
{
    free(l);
}

/* ---- places --------------------------------------------------------------------------------- */

static enum bf_quota_window window_of(const struct bf_lease_step *s)
{
    return strcmp(s->period, bf_quota_window_name(BF_QUOTA_DAY)) == 0 ? BF_QUOTA_DAY
                                                                      : BF_QUOTA_MONTH;
}

static size_t number_of(const struct bf_ledger *l, const struct bf_quota_place *place)
{
    return (size_t)(place - l->q->places);
}

static struct book *book_of(struct bf_ledger *l, const struct bf_quota_place *place,
                            enum bf_quota_window window)
{
    return &l->books[number_of(l, place)][window];
}

static void set_active(struct bf_ledger *l, const struct bf_quota_place *place, bool active)
{
    size_t n = number_of(l, place);
    uint64_t bit = UINT64_C(1) << n % 64;
    l->active[n / 64] = active ? l->active[n / 64] | bit : l->active[n / 64] & ~bit;
}

/* Takes the lowest bit out; the place that it stands for. */
static struct bf_quota_place *next_place(struct bf_ledger *l, size_t word, uint64_t *bits)
{
    size_t bit = (size_t)__builtin_ctzll(*bits);
    *bits &= *bits - 1;
    return &l->q->places[word * 64 + bit];
}

static bool is_empty(const struct bf_quota_place *place)
{
    return atomic_load(&place->purses[BF_QUOTA_DAY].start) == 0 &&
           atomic_load(&place->purses[BF_QUOTA_MONTH].start) == 0;
}

static bool is_idle(const struct bf_ledger *l, const struct bf_quota_place *place, int64_t now)
{
    return now - atomic_load(&place->asked_us) > l->life_ms * 1000;
}

static void forget(struct bf_ledger *l, struct bf_quota_place *place)
{
    set_active(l, place, false);
    memset(book_of(l, place, BF_QUOTA_DAY), 0, sizeof l->books[0]);
    bf_quota_free(place);
}

/* Makes the place free, when nothing is leased and nobody asks for it. */
static void leave(struct bf_ledger *l, struct bf_quota_place *place, int64_t now)
{
    const struct book *b = book_of(l, place, BF_QUOTA_DAY);
    if (atomic_load(&place->key) && is_empty(place) && !b[BF_QUOTA_DAY].taking &&
        !b[BF_QUOTA_MONTH].taking && (b->evicted || is_idle(l, place, now)))
        forget(l, place);
}

/* ---- collecting steps ----------------------------------------------------------------------- */

static struct bf_lease_step *add(struct bf_ledger *l, struct steps *s, struct bf_quota_place *place,
                                 enum bf_quota_window window)
{
    if (s->n == STEPS) {
        l->full = true;
        return NULL;
    }
    s->places[s->n] = place;
    s->windows[s->n] = window;
    s->list[s->n] = (struct bf_lease_step){
        .account = {place->name, place->name_bytes},
        .period = bf_quota_window_name(window),
        .start = atomic_load(&place->purses[window].start),
    };
    return &s->list[s->n++];
}

/* From here on nothing is spent from it. */
static bool add_return(struct bf_ledger *l, struct bf_quota_place *place,
                       enum bf_quota_window window)
{
    struct bf_purse *p = &place->purses[window];
    struct book *b = book_of(l, place, window);
    if (b->returning || atomic_load(&p->start) == 0)
        return true;
    struct bf_lease_step *s = add(l, &l->returns, place, window);
    if (!s)
        return false;
    s->spent = (int64_t)bf_purse_close(p);
    return b->returning = true;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Called often: larger steps. */
static void pace(struct book *b, int64_t now)
{
    if (b->step == 0)
        b->step = STEP_LEAST;
    else if (now - b->stepped_us < QUICK_US && b->step < STEP_MOST)
        b->step *= 2;
    else if (now - b->stepped_us > SLOW_US && b->step > STEP_LEAST)
        b->step /= 2;
    b->stepped_us = now;
}

/* held: of the lease that goes on; spent: of it. */
static void add_take(struct bf_ledger *l, struct bf_quota_place *place, enum bf_quota_window window,
                     int64_t limit, int64_t cost, int64_t spent, int64_t held, bool fresh)
{
    struct book *b = book_of(l, place, window);
    struct bf_lease_step *s = b->taking ? NULL : add(l, &l->takes, place, window);
    if (!s)
        return;
    b->taking = true;
    s->fresh = fresh;
    s->limit = limit;
    s->need = most(0, spent + cost - held);
    s->want = most(s->need, SLICE_STEPS * b->step);
    s->announce = spent + cost + AHEAD_STEPS * b->step;
}

/* More of a lease that goes on. */
static void extend(struct bf_ledger *l, struct bf_quota_place *place, enum bf_quota_window window,
                   int64_t limit, int64_t cost, int64_t now)
{
    struct bf_purse *p = &place->purses[window];
    struct book *b = book_of(l, place, window);
    int64_t spent = (int64_t)bf_purse_spent(atomic_load(&p->word));
    int64_t left = (int64_t)atomic_load(&p->ceiling) - spent;
    bool dry = bf_purse_is_dry(p, limit, now); /* then there is only what the node has already */
    if ((cost == 0 && left >= (int64_t)atomic_load(&p->low)) || (cost && left >= cost) ||
        (dry && b->granted <= spent + left))
        return;
    pace(b, now);
    int64_t target = spent + cost + AHEAD_STEPS * b->step;
    if (b->granted < target && !dry) {
        add_take(l, place, window, limit, cost, spent, b->granted, false);
        return;
    }
    struct bf_lease_step *s = add(l, &l->announces, place, window);
    if (s)
        s->announce = target < b->granted ? target : b->granted;
}

static void consider(struct bf_ledger *l, struct bf_quota_place *place, enum bf_quota_window window,
                     int64_t now)
{
    struct bf_purse *p = &place->purses[window];
    struct book *b = book_of(l, place, window);
    int64_t cost = atomic_exchange(&p->wish_cost, 0);
    int64_t limit = cost ? atomic_load(&p->wish_limit) : atomic_load(&p->limit);
    bool leased = atomic_load(&p->start) != 0;
    bool over = b->returning || b->lost || bf_purse_is_closed(atomic_load(&p->word)) ||
                now >= atomic_load(&p->deadline_us) || limit < atomic_load(&p->limit);
    if (leased && over && !add_return(l, place, window))
        return;
    if (leased && !over) {
        extend(l, place, window, limit, cost, now);
    } else if (cost) {
        pace(b, now);
        add_take(l, place, window, limit, cost, 0, 0, true);
    }
}

/* ---- listening ------------------------------------------------------------------------------ */

static void consider_both(struct bf_ledger *l, struct bf_quota_place *place, int64_t now)
{
    if (atomic_load(&place->key) == 0)
        return;
    consider(l, place, BF_QUOTA_DAY, now);
    consider(l, place, BF_QUOTA_MONTH, now);
}

/* Its account makes room for another one, as soon as its purses are returned. */
static void evict(struct bf_ledger *l, struct bf_quota_place *place)
{
    if (!add_return(l, place, BF_QUOTA_DAY) || !add_return(l, place, BF_QUOTA_MONTH))
        return;
    atomic_fetch_add(&l->q->counts.evictions, 1);
    book_of(l, place, BF_QUOTA_DAY)->evicted = true;
    leave(l, place, 0);
}

static bool read_mails(struct bf_ledger *l, int64_t now)
{
    char name[BF_QUOTA_NAME];
    struct bf_str account;
    struct bf_quota_place *oldest;
    bool any = false;
    for (size_t at = 0; bf_quota_mail(l->q, &at, name, &account); at++, any = true) {
        struct bf_quota_place *place = bf_quota_put(l->q, account, now, EVICT_AGE_US, &oldest);
        if (place) {
            set_active(l, place, true);
            bf_quota_mail_done(l->q, at);
        } else if (oldest) {
            evict(l, oldest);
        }
    }
    return any;
}

bool bf_ledger_listen(struct bf_ledger *l, int64_t now_us)
{
    bool any = read_mails(l, now_us);
    for (size_t word = 0; word < BF_QUOTA_PLACES / 64; word++) {
        if (atomic_load(&l->q->wishes[word]) == 0)
            continue;
        any = true;
        for (uint64_t bits = atomic_exchange(&l->q->wishes[word], 0); bits;)
            consider_both(l, next_place(l, word, &bits), now_us);
    }
    return any;
}

static void sweep_place(struct bf_ledger *l, struct bf_quota_place *place, int64_t now)
{
    bool idle = is_idle(l, place, now);
    for (int w = 0; w < BF_QUOTA_WINDOWS; w++) {
        bool over = now >= atomic_load(&place->purses[w].deadline_us);
        if (idle || over || l->books[number_of(l, place)][w].lost)
            add_return(l, place, (enum bf_quota_window)w);
    }
    leave(l, place, now);
}

void bf_ledger_sweep(struct bf_ledger *l, int64_t now_us)
{
    for (size_t word = 0; word < BF_QUOTA_PLACES / 64; word++)
        for (uint64_t bits = l->active[word]; bits;)
            sweep_place(l, next_place(l, word, &bits), now_us);
}

static void feed_the_hungry(void *self, const struct bf_lease_step *of)
{
    struct bf_ledger *l = self;
    struct bf_quota_place *place = bf_quota_find(l->q, bf_quota_key(of->account));
    enum bf_quota_window window = window_of(of);
    if (!place || atomic_load(&place->purses[window].start) != of->start)
        return;
    uint64_t spent = bf_purse_spent(atomic_load(&place->purses[window].word));
    if (book_of(l, place, window)->granted > (int64_t)spent)
        add_return(l, place, window);
}

bool bf_ledger_beat(struct bf_ledger *l, struct bf_err *err)
{
    return bf_lease_beat(l->conn, bf_str_of(l->q->head.node), l->life_ms, feed_the_hungry, l, err);
}

/* ---- making steps --------------------------------------------------------------------------- */

/* What came back between closing and emptying was charged for nothing. */
static bool credit(struct bf_ledger *l, struct steps *s, struct bf_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->list[i].spent > 0)
            s->list[n++] = s->list[i];
    return n == 0 || bf_lease_credit(l->conn, s->list, n, err);
}

static bool make_returns(struct bf_ledger *l, struct bf_err *err)
{
    struct steps *s = &l->returns;
    if (s->n == 0)
        return true;
    if (!bf_lease_give_back(l->conn, bf_str_of(l->q->head.node), s->list, s->n, err))
        return false;
    atomic_fetch_add(&l->q->counts.returns, s->n);
    int64_t now = bf_clock_boot_us();
    for (size_t i = 0; i < s->n; i++) {
        struct bf_purse *p = &s->places[i]->purses[s->windows[i]];
        struct book *b = book_of(l, s->places[i], s->windows[i]);
        s->list[i].spent = (int64_t)bf_purse_empty(p, (uint64_t)s->list[i].spent);
        b->returning = b->lost = false;
        b->granted = 0;
    }
    bool ok = credit(l, s, err);
    for (size_t i = 0; i < s->n; i++)
        leave(l, s->places[i], now);
    return ok;
}

static bool make_announces(struct bf_ledger *l, struct bf_err *err)
{
    struct steps *s = &l->announces;
    if (s->n == 0)
        return true;
    if (!bf_lease_announce(l->conn, bf_str_of(l->q->head.node), s->list, s->n, err))
        return false;
    atomic_fetch_add(&l->q->counts.announces, s->n);
    for (size_t i = 0; i < s->n; i++) {
        struct bf_purse *p = &s->places[i]->purses[s->windows[i]];
        struct book *b = book_of(l, s->places[i], s->windows[i]);
        const struct bf_lease_step *r = &s->list[i];
        b->lost = !r->done || r->announced < (int64_t)atomic_load(&p->ceiling);
        if (b->lost)
            continue;
        b->granted = r->granted;
        atomic_store(&p->granted, r->granted);
        bf_purse_raise(p, (uint64_t)r->announced, (uint64_t)b->step);
    }
    return true;
}

static void set_dry(struct book *b, struct bf_purse *p, const struct bf_lease_step *r, int64_t now)
{
    if (r->given > 0)
        b->dry_us = 0;
    /* The last units come in small slices, and none at all when nothing is needed yet. */
    if (r->taken < r->limit || (r->given >= r->need && r->given > 0))
        return;
    b->dry_us = b->dry_us ? b->dry_us * 2 : DRY_FIRST_US;
    if (b->dry_us > DRY_MOST_US)
        b->dry_us = DRY_MOST_US;
    bf_purse_dry(p, now + b->dry_us, r->limit);
}

/* Midnight has passed between two slices: what came is of the new window, and was never opened. */
static void add_stray(struct bf_ledger *l, struct bf_quota_place *place,
                      enum bf_quota_window window, int64_t start)
{
    struct bf_lease_step *s = add(l, &l->strays, place, window);
    if (s)
        s->start = start;
}

/* What the database gave becomes what workers may spend. */
static void apply_take(struct bf_ledger *l, struct bf_quota_place *place,
                       enum bf_quota_window window, const struct bf_lease_step *r, int64_t sent_us)
{
    struct bf_purse *p = &place->purses[window];
    struct book *b = book_of(l, place, window);
    int64_t left = r->left_us - r->left_us / 1000; /* two clocks never go quite alike */
    struct bf_purse_lease lease = {
        .start = r->start,
        .checked_us = sent_us,
        .deadline_us = sent_us + (left < TRUST_US ? left : TRUST_US),
        .reset_us = r->ends,
        .limit = r->limit,
        .others = r->taken - r->granted,
        .granted = r->granted,
        .ceiling = (uint64_t)r->announced,
        .low = (uint64_t)b->step,
    };
    if (r->fresh) {
        bf_purse_open(p, &lease);
    } else if (atomic_load(&p->start) != r->start) {
        b->lost = true;
        add_stray(l, place, window, r->start);
        return;
    } else if (r->announced < (int64_t)atomic_load(&p->ceiling)) {
        b->lost = true;
        return;
    } else {
        bf_purse_extend(p, &lease);
    }
    b->granted = r->granted;
    set_dry(b, p, r, sent_us);
}

static bool make_takes(struct bf_ledger *l, struct bf_err *err)
{
    struct steps *s = &l->takes;
    int64_t sent_us = bf_clock_boot_us();
    if (s->n == 0)
        return true;
    if (!bf_lease_take(l->conn, bf_str_of(l->q->head.node), s->list, s->n, err))
        return false;
    atomic_fetch_add(&l->q->counts.takes, s->n);
    for (size_t i = 0; i < s->n; i++) {
        const struct bf_lease_step *r = &s->list[i];
        book_of(l, s->places[i], s->windows[i])->taking = false;
        if (r->done)
            apply_take(l, s->places[i], s->windows[i], r, sent_us);
    }
    return l->strays.n == 0 || bf_lease_give_back(l->conn, bf_str_of(l->q->head.node),
                                                  l->strays.list, l->strays.n, err);
}

static void drop_steps(struct bf_ledger *l)
{
    for (size_t i = 0; i < l->takes.n; i++)
        book_of(l, l->takes.places[i], l->takes.windows[i])->taking = false;
    for (size_t i = 0; i < l->returns.n; i++)
        book_of(l, l->returns.places[i], l->returns.windows[i])->returning = false;
    l->returns.n = l->announces.n = l->takes.n = l->strays.n = 0;
    l->full = false;
}

bool bf_ledger_settle(struct bf_ledger *l, bool *more, struct bf_err *err)
{
    bool any = l->returns.n + l->announces.n + l->takes.n > 0;
    bool ok = make_returns(l, err) && make_announces(l, err) && make_takes(l, err);
    *more = l->full;
    if (!ok)
        atomic_fetch_add(&l->q->counts.failures, 1);
    drop_steps(l);
    if (any)
        bf_quota_tell(l->q);
    return ok;
}

/* ---- beginning and end ---------------------------------------------------------------------- */

/* A lease that no purse knows: it was granted, but never opened. */
static void find_stray(void *self, const struct bf_lease_step *lease)
{
    struct bf_ledger *l = self;
    struct bf_quota_place *place = bf_quota_find(l->q, bf_quota_key(lease->account));
    enum bf_quota_window window = window_of(lease);
    if (place && atomic_load(&place->purses[window].start) == lease->start)
        return;
    if (l->strays.n == STEPS) {
        l->full = true;
        return;
    }
    char *name = l->names[l->strays.n];
    struct bf_lease_step *s = &l->strays.list[l->strays.n++];
    *s = (struct bf_lease_step){.period = bf_quota_window_name(window), .start = lease->start};
    s->account =
        (struct bf_str){name, lease->account.n < BF_QUOTA_NAME ? lease->account.n : BF_QUOTA_NAME};
    memcpy(name, lease->account.p, s->account.n);
}

static bool return_strays(struct bf_ledger *l, struct bf_err *err)
{
    struct bf_str node = bf_str_of(l->q->head.node);
    bool more = true, ok = true;
    while (ok && more) {
        drop_steps(l);
        ok = bf_lease_held(l->conn, node, find_stray, l, err) &&
             (l->strays.n == 0 ||
              bf_lease_give_back(l->conn, node, l->strays.list, l->strays.n, err));
        more = l->full;
    }
    drop_steps(l);
    return ok;
}

static void add_all(struct bf_ledger *l)
{
    for (size_t i = 0; i < BF_QUOTA_PLACES; i++) {
        struct bf_quota_place *place = &l->q->places[i];
        if (atomic_load(&place->key) == 0)
            continue;
        set_active(l, place, true);
        add_return(l, place, BF_QUOTA_DAY);
        add_return(l, place, BF_QUOTA_MONTH);
    }
}

bool bf_ledger_close(struct bf_ledger *l, struct bf_err *err)
{
    bool more = true, ok = true;
    while (ok && more) {
        add_all(l);
        ok = bf_ledger_settle(l, &more, err);
    }
    return ok;
}

bool bf_ledger_resume(struct bf_ledger *l, struct bf_err *err)
{
    drop_steps(l);
    memset(l->books, 0, sizeof l->books);
    return bf_ledger_beat(l, err) && return_strays(l, err) && bf_ledger_close(l, err);
}
