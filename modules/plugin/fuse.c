#include "plugin/fuse.h"

#include "core/clock.h"

#include <stdatomic.h>
#include <string.h>

enum { SLOTS = 1024 };

static const int64_t SECOND = 1000000;
static const int64_t FORGOTTEN = 60 * SECOND;
enum { LONGEST = 10 }; /* a part is off for so many times the first time, at most */
/* A trial that never says how it ended gives the next request a chance after this. */
static const int64_t TRIAL = 10 * SECOND;

struct part {
    _Atomic int64_t until; /* 0: on; else when the next trial may begin */
    _Atomic int64_t trial; /* end of the time of the trial under way; 0: none */
    _Atomic int64_t last;  /* the newest failure */
    _Atomic int64_t back;  /* when it was last switched on again */
    _Atomic int64_t back_wall;
    _Atomic int64_t last_wall;
    _Atomic uint32_t row;      /* failures in a row */
    _Atomic uint32_t failures; /* in all */
    _Atomic uint32_t passed;   /* 1: a request has passed since the newest failure */
    _Atomic uint32_t level;    /* times that it was switched off without a good while between */
    char why[BF_FUSE_TEXT];
};

/* One per dataset; found by the hash of its id, never given back. */
struct slot {
    _Alignas(64) _Atomic uint64_t key; /* 0: free */
    _Atomic int64_t applied;
    char name[BF_FUSE_NAME];
    struct part parts[BF_FUSE_PARTS];
};

struct bf_fuses {
    _Alignas(64) int64_t pause; /* how long a part is off at first */
    struct slot slots[SLOTS];
};

size_t bf_fuses_size(void)
{
    return sizeof(struct bf_fuses);
}

void bf_fuses_init(struct bf_fuses *all, int64_t pause_us)
{
    all->pause = pause_us;
}

const char *bf_fuse_part_name(enum bf_fuse_part part)
{
    static const char *const names[BF_FUSE_PARTS] = {"on_request", "on_record", "on_ingest"};
    return names[part];
}

/* ---- slots --------------------------------------------------------------------------------- */

static void forget(struct part *p)
{
    atomic_store(&p->row, 0);
    atomic_store(&p->failures, 0);
    atomic_store(&p->level, 0);
    atomic_store(&p->back_wall, 0);
    atomic_store(&p->trial, 0);
    atomic_store(&p->until, 0);
}

/* Of several that come with a newer version at once, one forgets; an old generation that opens the
 * dataset late does not take the new one's record. */
static void take_version(struct slot *s, int64_t applied)
{
    int64_t seen = atomic_load(&s->applied);
    while (seen < applied) {
        if (!atomic_compare_exchange_weak(&s->applied, &seen, applied))
            continue;
        for (int i = 0; seen && i < BF_FUSE_PARTS; i++)
            forget(&s->parts[i]);
        return;
    }
}

struct bf_fuse bf_fuse_of(struct bf_fuses *all, struct bf_str dataset, int64_t applied_us)
{
    struct bf_fuse none = {all, -1, applied_us};
    uint64_t key = bf_str_hash(dataset);
    key = key ? key : 1;
    if (!all || dataset.n == 0 || dataset.n >= BF_FUSE_NAME)
        return none;
    for (size_t probe = 0; probe < SLOTS; probe++) {
        size_t at = (key + probe) % SLOTS;
        struct slot *s = &all->slots[at];
        uint64_t seen = 0;
        if (!atomic_compare_exchange_strong(&s->key, &seen, key) && seen != key)
            continue;
        /* Every process of this dataset writes the same bytes: no order to keep. */
        memcpy(s->name, dataset.p, dataset.n);
        take_version(s, applied_us);
        return (struct bf_fuse){all, (int)at, applied_us};
    }
    return none;
}

/* NULL: nothing is counted, or another version has the slot now. */
static struct part *part_of(const struct bf_fuse *f, enum bf_fuse_part part)
{
    if (!f->all || f->slot < 0)
        return NULL;
    struct slot *s = &f->all->slots[f->slot];
    bool mine = atomic_load_explicit(&s->applied, memory_order_relaxed) == f->applied;
    return mine ? &s->parts[part] : NULL;
}

/* ---- asking -------------------------------------------------------------------------------- */

enum bf_fuse_state bf_fuse_ask(const struct bf_fuse *f, enum bf_fuse_part part, int64_t now_us,
                               int64_t *until)
{
    struct part *p = part_of(f, part);
    *until = p ? atomic_load_explicit(&p->until, memory_order_acquire) : 0;
    if (*until == 0)
        return BF_FUSE_ON;
    int64_t trial = atomic_load(&p->trial);
    if (trial > *until)
        *until = trial;
    if (now_us < *until)
        return BF_FUSE_OFF;
    if (atomic_compare_exchange_strong(&p->trial, &trial, now_us + TRIAL))
        return BF_FUSE_TRIAL;
    *until = now_us + TRIAL;
    return BF_FUSE_OFF;
}

int64_t bf_fuse_back_wall(const struct bf_fuse *f, enum bf_fuse_part part)
{
    struct part *p = part_of(f, part);
    return p ? atomic_load_explicit(&p->back_wall, memory_order_relaxed) : 0;
}

/* ---- counting ------------------------------------------------------------------------------ */

static int64_t switch_off(struct part *p, int64_t pause, int64_t now)
{
    uint32_t level = atomic_load(&p->level);
    int64_t length = pause;
    for (uint32_t i = 0; i < level && length < LONGEST * pause; i++)
        length *= 2;
    if (length > LONGEST * pause)
        length = LONGEST * pause;
    atomic_store(&p->level, level + 1);
    atomic_store(&p->trial, 0);
    atomic_store_explicit(&p->until, now + length, memory_order_release);
    return length;
}

static void note(struct part *p, int64_t now, const char *why)
{
    size_t n = strnlen(why, BF_FUSE_TEXT - 1);
    while (n > 0 && ((unsigned char)why[n] & 0xC0) == 0x80)
        n--;
    memcpy(p->why, why, n);
    p->why[n] = '\0';
    atomic_store(&p->last, now);
    atomic_store(&p->last_wall, bf_clock_wall_us());
    atomic_fetch_add(&p->failures, 1);
}

struct bf_fuse_news bf_fuse_failed(const struct bf_fuse *f, enum bf_fuse_part part,
                                   enum bf_fuse_state state, int64_t now_us, const char *why)
{
    struct bf_fuse_news news = {1, 0};
    struct part *p = part_of(f, part);
    if (!p)
        return news;
    if (now_us - atomic_load(&p->last) > FORGOTTEN && atomic_exchange(&p->passed, 0))
        atomic_store(&p->row, 0);
    note(p, now_us, why);
    news.failures = atomic_fetch_add(&p->row, 1) + 1;
    if (state == BF_FUSE_TRIAL) {
        news.off_for_us = switch_off(p, f->all->pause, now_us);
        return news;
    }
    /* Of those that fail at the same time, the tenth alone switches it off; one that was under way
     * when it was switched off has nothing to switch. */
    if (news.failures != BF_FUSE_FAILURES || atomic_load(&p->until) != 0)
        return news;
    int64_t back = atomic_load(&p->back);
    if (back == 0 || now_us - back > LONGEST * f->all->pause)
        atomic_store(&p->level, 0);
    news.off_for_us = switch_off(p, f->all->pause, now_us);
    return news;
}

bool bf_fuse_passed(const struct bf_fuse *f, enum bf_fuse_part part, enum bf_fuse_state state,
                    int64_t now_us)
{
    struct part *p = part_of(f, part);
    if (!p)
        return false;
    if (state == BF_FUSE_ON) {
        if (atomic_load_explicit(&p->row, memory_order_relaxed) != 0 &&
            atomic_load_explicit(&p->passed, memory_order_relaxed) == 0)
            atomic_store(&p->passed, 1);
        return false;
    }
    if (state == BF_FUSE_OFF)
        return false;
    atomic_store(&p->row, 0);
    atomic_store(&p->back, now_us);
    atomic_store(&p->back_wall, bf_clock_wall_us());
    atomic_store(&p->trial, 0);
    atomic_store_explicit(&p->until, 0, memory_order_release);
    return true;
}

void bf_fuse_unknown(const struct bf_fuse *f, enum bf_fuse_part part, enum bf_fuse_state state)
{
    struct part *p = part_of(f, part);
    if (p && state == BF_FUSE_TRIAL)
        atomic_store(&p->trial, 0);
}

/* ---- looking ------------------------------------------------------------------------------- */

/* Cut in the middle of a character, or being written just now: it must make good JSON. */
static void read_why(const char from[BF_FUSE_TEXT], char to[BF_FUSE_TEXT])
{
    memcpy(to, from, BF_FUSE_TEXT);
    to[BF_FUSE_TEXT - 1] = '\0';
    bool good = bf_str_is_utf8(bf_str_of(to));
    for (char *c = to; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F || (!good && (unsigned char)*c > 0x7F))
            *c = '?';
}

static void read_line(const struct slot *s, enum bf_fuse_part part, struct bf_fuse_line *out)
{
    const struct part *p = &s->parts[part];
    *out = (struct bf_fuse_line){.part = part,
                                 .failures = atomic_load(&p->failures),
                                 .until_us = atomic_load(&p->until),
                                 .last_wall = atomic_load(&p->last_wall)};
    out->off = out->until_us != 0;
    memcpy(out->dataset, s->name, BF_FUSE_NAME);
    out->dataset[BF_FUSE_NAME - 1] = '\0';
    read_why(p->why, out->why);
}

size_t bf_fuses_list(const struct bf_fuses *all, struct bf_fuse_line *out, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        for (int part = 0; part < BF_FUSE_PARTS; part++) {
            if (atomic_load(&all->slots[i].parts[part].failures) == 0)
                continue;
            if (n < room)
                read_line(&all->slots[i], (enum bf_fuse_part)part, &out[n]);
            n++;
        }
    }
    return n;
}
