#include "plugin/quarantine.h"

#include "plugin/outage.h"

#include <string.h>

enum { SEATS = 2048, DATASETS = 1024, SLOTS = 2 * DATASETS, CRASHES = 3 };

static const int64_t SECOND = 1000000;
static const int64_t WINDOW = 60 * SECOND; /* in which CRASHES crashes are too many */
static const struct bf_outage_times OUT = {60 * SECOND, 600 * SECOND};

/* One per process; a cache line each, because enter and leave happen per row. */
struct seat {
    _Alignas(64) _Atomic int32_t pid; /* 0: free */
    _Atomic int32_t inside;           /* slot + 1; 0: in no handler */
    _Atomic uint32_t calls;           /* into handlers so far */
    _Atomic uint32_t cause;           /* why it fell; 0: not known yet */
    /* Of one that fell: the slot + 1 and, in the upper half, which of the slot's crashes it is
     * counted as (0: not yet). 0: stands. */
    _Atomic uint64_t mark;
};

/* One per dataset that has a handler; behind those, one per dataset with on_ingest. */
struct slot {
    struct bf_by_dataset of;
    struct bf_outage out;
    _Atomic uint32_t alarm;         /* 0: no seat has a mark of this slot */
    _Atomic int64_t crash[CRASHES]; /* the last ones, newest at (crashes - 1) % CRASHES */
    _Atomic uint32_t crashes;
    _Atomic uint32_t cause; /* of the last one that was counted */
};

struct bf_quarantine {
    struct seat seats[SEATS];
    struct slot slots[SLOTS];
};

size_t bf_quarantine_size(void)
{
    return sizeof(struct bf_quarantine);
}

static bool is_ingest(const struct bf_quarantine *q, const struct slot *s)
{
    return s - q->slots >= DATASETS;
}

static struct seat *seat_of(struct bf_quarantine *q, pid_t pid)
{
    for (size_t i = 0; i < SEATS && pid > 0; i++)
        if (atomic_load(&q->seats[i].pid) == pid)
            return &q->seats[i];
    return NULL;
}

/* ---- marks --------------------------------------------------------------------------------- */

/* A wild write of a handler may have hit the seat. */
static struct slot *slot_at(struct bf_quarantine *q, int32_t number)
{
    return number > 0 && number <= SLOTS ? &q->slots[number - 1] : NULL;
}

/* How many fell in it and are not among its `counted` crashes. */
static uint32_t fallen(const struct bf_quarantine *q, int slot, uint32_t counted)
{
    uint32_t n = 0;
    if (atomic_load(&q->slots[slot].alarm) == 0)
        return 0;
    for (size_t i = 0; i < SEATS; i++) {
        uint64_t mark = atomic_load(&q->seats[i].mark);
        uint64_t as = mark >> 32;
        n += (uint32_t)mark == (uint32_t)slot + 1 && (as == 0 || as > counted);
    }
    return n;
}

/* The alarm after the mark: who was killed between the two has not fallen yet, and whoever turns
 * the alarm off without having seen the mark finds it changed. */
static void set_mark(struct bf_quarantine *q, struct seat *seat)
{
    uint64_t none = 0;
    int32_t inside = atomic_load(&seat->inside);
    struct slot *s = slot_at(q, inside);
    if (s && atomic_compare_exchange_strong(&seat->mark, &none, (uint64_t)inside))
        atomic_fetch_add(&s->alarm, 1);
}

static void take_mark(struct bf_quarantine *q, struct seat *seat)
{
    int32_t number = (int32_t)atomic_exchange(&seat->mark, 0);
    struct slot *s = slot_at(q, number);
    if (!s)
        return;
    uint32_t alarm = atomic_load(&s->alarm);
    if (fallen(q, number - 1, 0) == 0)
        atomic_compare_exchange_strong(&s->alarm, &alarm, 0);
}

void bf_quarantine_fell(struct bf_quarantine *q, pid_t pid)
{
    struct seat *seat = q ? seat_of(q, pid) : NULL;
    if (seat)
        set_mark(q, seat);
}

void bf_quarantine_stands(struct bf_quarantine *q, int seat)
{
    if (q && seat >= 0 && atomic_load_explicit(&q->seats[seat].mark, memory_order_relaxed) != 0)
        take_mark(q, &q->seats[seat]);
}

/* ---- seats and slots ----------------------------------------------------------------------- */

int bf_quarantine_seat(struct bf_quarantine *q, pid_t pid)
{
    struct seat *seat = seat_of(q, pid);
    if (seat) { /* an earlier process of that number */
        atomic_store(&seat->inside, 0);
        atomic_store(&seat->cause, 0);
        take_mark(q, seat);
        return (int)(seat - q->seats);
    }
    for (int i = 0; i < SEATS; i++) {
        int32_t none = 0;
        if (atomic_compare_exchange_strong(&q->seats[i].pid, &none, (int32_t)pid))
            return i;
    }
    return -1;
}

static void forget_crashes(struct slot *s)
{
    for (int i = 0; i < CRASHES; i++)
        atomic_store(&s->crash[i], 0);
}

static void forget(void *slot)
{
    struct slot *s = slot;
    forget_crashes(s);
    bf_outage_forget(&s->out);
}

static int find_slot(struct bf_quarantine *q, struct bf_str dataset, bool ingest,
                     int64_t applied_us)
{
    size_t first = ingest ? DATASETS : 0;
    const struct bf_by_dataset_table table = {q->slots + first, DATASETS, sizeof(struct slot),
                                              forget};
    int at = bf_by_dataset_find(&table, dataset, applied_us);
    return at < 0 ? at : (int)first + at;
}

int bf_quarantine_slot(struct bf_quarantine *q, struct bf_str dataset, int64_t applied_us)
{
    return find_slot(q, dataset, false, applied_us);
}

int bf_quarantine_ingest_slot(struct bf_quarantine *q, struct bf_str dataset, int64_t applied_us)
{
    return find_slot(q, dataset, true, applied_us);
}

/* The number of the call before the call: who looks in between sees an old number of no call. */
void bf_quarantine_enter(struct bf_quarantine *q, int seat, int slot)
{
    if (!q || seat < 0)
        return;
    struct seat *s = &q->seats[seat];
    uint32_t calls = atomic_load_explicit(&s->calls, memory_order_relaxed);
    atomic_store_explicit(&s->calls, calls + 1, memory_order_relaxed);
    atomic_store_explicit(&s->inside, slot + 1, memory_order_release);
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

bool bf_quarantine_inside(const struct bf_quarantine *q, pid_t pid, int *seat, uint32_t *call)
{
    if (!q || pid <= 0)
        return false;
    for (int i = 0; (*seat < 0 || atomic_load(&q->seats[*seat].pid) != pid) && i < SEATS; i++)
        if (atomic_load(&q->seats[i].pid) == pid)
            *seat = i;
    const struct seat *s = *seat < 0 ? NULL : &q->seats[*seat];
    if (!s || atomic_load(&s->pid) != pid || atomic_load(&s->inside) == 0)
        return false;
    *call = atomic_load(&s->calls);
    return true;
}

/* ---- causes -------------------------------------------------------------------------------- */

void bf_quarantine_because(struct bf_quarantine *q, pid_t pid, struct bf_fall fall)
{
    uint32_t none = 0;
    struct seat *seat = q ? seat_of(q, pid) : NULL;
    if (seat)
        atomic_compare_exchange_strong(&seat->cause, &none,
                                       (uint32_t)fall.cause | (uint32_t)fall.number << 8);
}

static struct bf_fall read_fall(uint32_t word)
{
    unsigned cause = word & 0xFF;
    return (struct bf_fall){cause < BF_FALL_CAUSES ? (enum bf_fall_cause)cause : BF_FALL_UNKNOWN,
                            word >> 8};
}

const char *bf_fall_text(struct bf_fall fall)
{
    static const char *const texts[BF_FALL_CAUSES] = {
        [BF_FALL_UNKNOWN] = "its process was gone",
        [BF_FALL_SIGNAL] = "it crashed",
        [BF_FALL_EXIT] = "it ended the process",
        [BF_FALL_HANG] = "it did not come back",
        [BF_FALL_MEMORY] = "it took too much memory",
        [BF_FALL_DESCRIPTORS] = "it closed a descriptor of the server",
        [BF_FALL_FOLDER] = "it changed the working directory",
        [BF_FALL_SIGNALS] = "it changed a signal handler",
        [BF_FALL_LOCALE] = "it changed the locale",
        [BF_FALL_TIMER] = "it left a timer running",
    };
    const char *name = fall.cause == BF_FALL_SIGNAL ? strsignal((int)fall.number) : NULL;
    return name ? name : texts[fall.cause];
}

/* ---- admission ----------------------------------------------------------------------------- */

struct standing {
    int64_t until;
    uint32_t fallen;
    uint32_t recent; /* of the last CRASHES - 1 crashes, those within the window */
};

/* All of one moment: a crash that the master is counting just then is either fallen or counted,
 * because count_crash changes the number of crashes after everything but the mark. */
static struct standing look_at(const struct bf_quarantine *q, int slot, int64_t now)
{
    const struct slot *s = &q->slots[slot];
    struct standing is;
    uint32_t counted = atomic_load(&s->crashes), seen;
    do {
        seen = counted;
        is.until = atomic_load(&s->out.until);
        is.fallen = fallen(q, slot, seen);
        is.recent = 0;
        for (uint32_t i = 1; i < CRASHES && i <= seen; i++) {
            int64_t at = atomic_load(&s->crash[(seen - i) % CRASHES]);
            is.recent += at != 0 && now - at <= WINDOW;
        }
        counted = atomic_load(&s->crashes);
    } while (counted != seen);
    return is;
}

/* The crash that puts it out has happened, and waits to be counted. */
static bool falls_out(struct standing is)
{
    return is.fallen > 0 && is.fallen + is.recent >= CRASHES;
}

int64_t bf_quarantine_active(const struct bf_quarantine *q, int slot, int64_t now_us)
{
    if (!q || slot < 0)
        return 0;
    struct standing is = look_at(q, slot, now_us);
    if (is.until == 0)
        return falls_out(is) ? now_us + OUT.first : 0;
    int64_t end = later(is.until, atomic_load(&q->slots[slot].out.trial));
    return now_us < end ? end : 0;
}

enum bf_admission bf_quarantine_admit(struct bf_quarantine *q, int slot, int64_t now_us,
                                      int64_t *until)
{
    *until = 0;
    if (!q || slot < 0)
        return BF_ADMITTED;
    struct slot *s = &q->slots[slot];
    struct standing is = look_at(q, slot, now_us);
    if (is.until == 0 && !falls_out(is))
        return BF_ADMITTED;
    if (is.until == 0) {
        *until = now_us + OUT.first;
        return BF_REFUSED;
    }
    /* Who has fallen is perhaps the trial before this one. */
    return bf_outage_try(&s->out, is.until, is.fallen == 0, now_us, until) ? BF_ADMITTED_TRIAL
                                                                           : BF_REFUSED;
}

void bf_quarantine_passed(struct bf_quarantine *q, int slot)
{
    if (!q || slot < 0)
        return;
    struct slot *s = &q->slots[slot];
    forget_crashes(s);
    bf_outage_end(&s->out, atomic_load(&s->out.until));
}

/* ---- counting ------------------------------------------------------------------------------ */

/* Crash number n. Returns for how long the dataset is out now. */
static int64_t judge(struct slot *s, uint32_t n, int64_t now)
{
    int64_t until = atomic_load(&s->out.until);
    if (until != 0) /* the trial crashed, or a request that had come in before the quarantine */
        return now >= until ? bf_outage_again(&s->out, &OUT, now) : until - now;

    int64_t oldest = atomic_load(&s->crash[(n + 1) % CRASHES]);
    atomic_store(&s->crash[n % CRASHES], now);
    if (oldest == 0 || now - oldest > WINDOW)
        return 0;
    return bf_outage_begin(&s->out, &OUT, now);
}

/* Only the master counts: no two of these at once. A master that was killed in the middle has
 * written into the mark how far it came: its successor counts the crash, but not again. */
static int64_t count_crash(struct slot *s, struct seat *seat, int64_t now)
{
    uint32_t n = atomic_load(&s->crashes);
    uint64_t mark = atomic_load(&seat->mark);
    uint64_t as = mark >> 32;
    if (as != 0 && as <= n)
        return later(atomic_load(&s->out.until) - now, 0);
    atomic_store(&seat->mark, (uint64_t)(n + 1) << 32 | (uint32_t)mark);
    int64_t out_for = judge(s, n, now);
    atomic_store(&s->cause, atomic_load(&seat->cause));
    atomic_store(&s->crashes, n + 1);
    return out_for;
}

bool bf_quarantine_died(struct bf_quarantine *q, pid_t pid, bool blame, int64_t now_us,
                        struct bf_quarantine_news *news)
{
    *news = (struct bf_quarantine_news){0};
    struct seat *seat = seat_of(q, pid);
    if (!seat)
        return false;
    if (blame)
        set_mark(q, seat);
    int32_t mark = (int32_t)atomic_load(&seat->mark);
    struct slot *s = slot_at(q, mark ? mark : atomic_load(&seat->inside));
    if (s) {
        bf_by_dataset_name(&s->of, news->dataset);
        news->ingest = is_ingest(q, s);
        if (mark)
            news->out_for_us = count_crash(s, seat, now_us);
        news->crashes = atomic_load(&s->crashes);
        news->fall = read_fall(atomic_load(&seat->cause));
    }
    /* In this order: while there is something to blame, there is the mark of having done so. */
    atomic_store(&seat->inside, 0);
    take_mark(q, seat);
    atomic_store(&seat->cause, 0);
    atomic_store(&seat->pid, 0);
    return s != NULL;
}

size_t bf_quarantine_list(const struct bf_quarantine *q, int64_t now_us,
                          struct bf_quarantine_state *out, size_t room)
{
    size_t n = 0;
    for (int i = 0; i < SLOTS; i++) {
        const struct slot *s = &q->slots[i];
        uint32_t counted = atomic_load(&s->crashes);
        uint32_t crashes = counted + fallen(q, i, counted);
        if (crashes == 0)
            continue;
        if (n < room) {
            bf_by_dataset_name(&s->of, out[n].dataset);
            out[n].ingest = is_ingest(q, s);
            out[n].crashes = crashes;
            out[n].fall = read_fall(atomic_load(&s->cause));
            out[n].until_us = bf_quarantine_active(q, i, now_us);
        }
        n++;
    }
    return n;
}
