#include "plugin/quarantine.h"

#include <stdatomic.h>
#include <string.h>

enum { SEATS = 2048, SLOTS = 1024, CRASHES = 3 };

static const int64_t SECOND = 1000000;
static const int64_t WINDOW = 60 * SECOND; /* in which CRASHES crashes are too many */
static const int64_t FIRST_OUT = 60 * SECOND;
static const int64_t LONGEST_OUT = 600 * SECOND;
/* A trial whose request never says how it ended (its client went away before the handler was
 * called, its worker was killed from elsewhere) gives the next one a chance after this. */
static const int64_t TRIAL = 10 * SECOND;

/* One per process; a cache line each, because enter and leave happen per row. */
struct seat {
    _Alignas(64) _Atomic int32_t pid; /* 0: free */
    _Atomic int32_t inside;           /* slot + 1; 0: in no handler */
};

/* One per dataset that has a handler; found by the hash of its id, never given back. */
struct slot {
    _Alignas(64) _Atomic uint64_t key; /* 0: free */
    _Atomic int64_t applied;
    _Atomic int64_t until;          /* 0: in service */
    _Atomic int64_t trial;          /* end of the trial's time; 0: no trial under way */
    _Atomic int64_t released;       /* when the last quarantine ended */
    _Atomic int64_t crash[CRASHES]; /* the last ones, newest at (crashes - 1) % CRASHES */
    _Atomic uint32_t crashes;
    _Atomic uint32_t level; /* quarantines in a row */
    char name[BF_QUARANTINE_NAME];
};

struct bf_quarantine {
    struct seat seats[SEATS];
    struct slot slots[SLOTS];
};

size_t bf_quarantine_size(void)
{
    return sizeof(struct bf_quarantine);
}

int bf_quarantine_seat(struct bf_quarantine *q, pid_t pid)
{
    for (int i = 0; i < SEATS; i++) {
        if (atomic_load(&q->seats[i].pid) == pid) { /* an earlier process of that number */
            atomic_store(&q->seats[i].inside, 0);
            return i;
        }
    }
    for (int i = 0; i < SEATS; i++) {
        int32_t none = 0;
        if (atomic_compare_exchange_strong(&q->seats[i].pid, &none, (int32_t)pid))
            return i;
    }
    return -1;
}

static void forget(struct slot *s)
{
    for (int i = 0; i < CRASHES; i++)
        atomic_store(&s->crash[i], 0);
    atomic_store(&s->trial, 0);
    atomic_store(&s->until, 0);
}

/* Of several processes that come with another version at once, the one that wins the exchange
 * forgets; an old generation that opens a dataset late does not reset the new one's record. */
static void take_version(struct slot *s, int64_t applied)
{
    int64_t seen = atomic_load(&s->applied);
    while (seen < applied) {
        if (!atomic_compare_exchange_weak(&s->applied, &seen, applied))
            continue;
        if (seen) {
            atomic_store(&s->level, 0);
            forget(s);
        }
        return;
    }
}

int bf_quarantine_slot(struct bf_quarantine *q, struct bf_str dataset, int64_t applied_us)
{
    uint64_t key = bf_str_hash(dataset);
    key = key ? key : 1;
    if (dataset.n == 0 || dataset.n >= BF_QUARANTINE_NAME)
        return -1;
    for (size_t probe = 0; probe < SLOTS; probe++) {
        size_t at = (key + probe) % SLOTS;
        struct slot *s = &q->slots[at];
        uint64_t seen = 0;
        if (!atomic_compare_exchange_strong(&s->key, &seen, key) && seen != key)
            continue;
        /* Every process of this dataset writes the same bytes: no order to keep. */
        memcpy(s->name, dataset.p, dataset.n);
        take_version(s, applied_us);
        return (int)at;
    }
    return -1;
}

void bf_quarantine_enter(struct bf_quarantine *q, int seat, int slot)
{
    if (q && seat >= 0)
        atomic_store_explicit(&q->seats[seat].inside, slot + 1, memory_order_release);
}

void bf_quarantine_leave(struct bf_quarantine *q, int seat)
{
    if (q && seat >= 0)
        atomic_store_explicit(&q->seats[seat].inside, 0, memory_order_release);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t bf_quarantine_active(const struct bf_quarantine *q, int slot, int64_t now_us)
{
    if (!q || slot < 0)
        return 0;
    int64_t until = atomic_load_explicit(&q->slots[slot].until, memory_order_acquire);
    if (until == 0)
        return 0;
    int64_t end = later(until, atomic_load(&q->slots[slot].trial));
    return now_us < end ? end : 0;
}

enum bf_admission bf_quarantine_admit(struct bf_quarantine *q, int slot, int64_t now_us,
                                      int64_t *until)
{
    *until = 0;
    if (!q || slot < 0)
        return BF_ADMITTED;
    struct slot *s = &q->slots[slot];
    int64_t out = atomic_load_explicit(&s->until, memory_order_acquire);
    if (out == 0)
        return BF_ADMITTED;
    int64_t trial = atomic_load(&s->trial);
    *until = later(out, trial);
    if (now_us < *until)
        return BF_REFUSED;
    if (atomic_compare_exchange_strong(&s->trial, &trial, now_us + TRIAL)) {
        *until = 0;
        return BF_ADMITTED_TRIAL;
    }
    *until = now_us + TRIAL;
    return BF_REFUSED;
}

void bf_quarantine_passed(struct bf_quarantine *q, int slot)
{
    if (!q || slot < 0)
        return;
    struct slot *s = &q->slots[slot];
    atomic_store(&s->released, atomic_load(&s->until));
    forget(s);
}

static int64_t put_out(struct slot *s, int64_t now)
{
    uint32_t level = atomic_load(&s->level);
    int64_t length = FIRST_OUT;
    for (uint32_t i = 0; i < level && length < LONGEST_OUT; i++)
        length *= 2;
    if (length > LONGEST_OUT)
        length = LONGEST_OUT;
    atomic_store(&s->level, level + 1);
    atomic_store(&s->trial, 0);
    atomic_store_explicit(&s->until, now + length, memory_order_release);
    return length;
}

/* Only the master counts: no two of these at once. Returns for how long the dataset is out now. */
static int64_t count_crash(struct slot *s, int64_t now)
{
    uint32_t n = atomic_load(&s->crashes);
    atomic_store(&s->crashes, n + 1);
    int64_t until = atomic_load(&s->until);
    if (until != 0) /* the trial crashed, or a request that had come in before the quarantine */
        return now >= until ? put_out(s, now) : until - now;

    int64_t oldest = atomic_load(&s->crash[(n + 1) % CRASHES]);
    atomic_store(&s->crash[n % CRASHES], now);
    if (oldest == 0 || now - oldest > WINDOW)
        return 0;
    int64_t released = atomic_load(&s->released);
    if (released == 0 || now - released > LONGEST_OUT) /* good for long: begin anew */
        atomic_store(&s->level, 0);
    return put_out(s, now);
}

static void read_name(const struct slot *s, char out[BF_QUARANTINE_NAME])
{
    memcpy(out, s->name, BF_QUARANTINE_NAME);
    out[BF_QUARANTINE_NAME - 1] = '\0';
}

bool bf_quarantine_died(struct bf_quarantine *q, pid_t pid, bool blame, int64_t now_us,
                        struct bf_quarantine_news *news)
{
    *news = (struct bf_quarantine_news){0};
    for (size_t i = 0; i < SEATS; i++) {
        struct seat *seat = &q->seats[i];
        if (atomic_load(&seat->pid) != pid)
            continue;
        int32_t inside = atomic_load(&seat->inside);
        atomic_store(&seat->inside, 0);
        atomic_store(&seat->pid, 0);
        if (inside <= 0 || inside > SLOTS) /* a wild write of a handler may have hit the seat */
            return false;
        struct slot *s = &q->slots[inside - 1];
        read_name(s, news->dataset);
        if (blame)
            news->out_for_us = count_crash(s, now_us);
        news->crashes = atomic_load(&s->crashes);
        return true;
    }
    return false;
}

size_t bf_quarantine_list(const struct bf_quarantine *q, int64_t now_us,
                          struct bf_quarantine_state *out, size_t room)
{
    size_t n = 0;
    for (int i = 0; i < SLOTS; i++) {
        const struct slot *s = &q->slots[i];
        uint32_t crashes = atomic_load(&s->crashes);
        if (crashes == 0)
            continue;
        if (n < room) {
            read_name(s, out[n].dataset);
            out[n].crashes = crashes;
            out[n].until_us = bf_quarantine_active(q, i, now_us);
        }
        n++;
    }
    return n;
}
