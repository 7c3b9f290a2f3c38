#include "plugin/fuse.h"

#include "core/clock.h"
#include "plugin/outage.h"

#include <string.h>

enum { SLOTS = 1024 };

static const int64_t SECOND = 1000000;
static const int64_t FORGOTTEN = 60 * SECOND;
enum { LONGEST = 10 }; /* a part is off for so many times the first time, at most */

struct part {
    struct bf_outage off;
    _Atomic int64_t last; /* the newest failure */
    _Atomic int64_t back_wall;
    _Atomic int64_t last_wall;
    _Atomic uint32_t row;      /* failures in a row */
    _Atomic uint32_t failures; /* in all */
    _Atomic uint32_t passed;   /* 1: a request has passed since the newest failure */
    char why[BF_FUSE_TEXT];
};

struct slot {
    struct bf_by_dataset of;
    struct part parts[BF_FUSE_PARTS];
};

struct bf_fuses {
    _Alignas(64) struct bf_outage_times times; /* of a part that is off */
    struct slot slots[SLOTS];
};

size_t bf_fuses_size(void)
{
    return sizeof(struct bf_fuses);
}

void bf_fuses_init(struct bf_fuses *all, int64_t pause_us)
{
    all->times = (struct bf_outage_times){pause_us, LONGEST * pause_us};
}

const char *bf_fuse_part_name(enum bf_fuse_part part)
{
    static const char *const names[BF_FUSE_PARTS] = {"on_request", "on_record", "on_ingest"};
    return names[part];
}

/* ---- slots --------------------------------------------------------------------------------- */

static void forget(void *slot)
{
    struct slot *s = slot;
    for (struct part *p = s->parts; p < s->parts + BF_FUSE_PARTS; p++) {
        atomic_store(&p->row, 0);
        atomic_store(&p->failures, 0);
        atomic_store(&p->back_wall, 0);
        bf_outage_forget(&p->off);
    }
}

struct bf_fuse bf_fuse_of(struct bf_fuses *all, struct bf_str dataset, int64_t applied_us)
{
    if (!all)
        return (struct bf_fuse){NULL, -1, applied_us};
    const struct bf_by_dataset_table table = {all->slots, SLOTS, sizeof(struct slot), forget};
    return (struct bf_fuse){all, bf_by_dataset_find(&table, dataset, applied_us), applied_us};
}

/* NULL: nothing is counted, or another version has the slot now. */
static struct part *part_of(const struct bf_fuse *f, enum bf_fuse_part part)
{
    if (!f->all || f->slot < 0)
        return NULL;
    struct slot *s = &f->all->slots[f->slot];
    bool mine = atomic_load_explicit(&s->of.applied, memory_order_relaxed) == f->applied;
    return mine ? &s->parts[part] : NULL;
}

/* ---- asking -------------------------------------------------------------------------------- */

enum bf_fuse_state bf_fuse_ask(const struct bf_fuse *f, enum bf_fuse_part part, int64_t now_us,
                               int64_t *until)
{
    struct part *p = part_of(f, part);
    int64_t off_until = p ? atomic_load_explicit(&p->off.until, memory_order_acquire) : 0;
    *until = off_until;
    if (off_until == 0)
        return BF_FUSE_ON;
    return bf_outage_try(&p->off, off_until, true, now_us, until) ? BF_FUSE_TRIAL : BF_FUSE_OFF;
}

int64_t bf_fuse_back_wall(const struct bf_fuse *f, enum bf_fuse_part part)
{
    struct part *p = part_of(f, part);
    return p ? atomic_load_explicit(&p->back_wall, memory_order_relaxed) : 0;
}

/* ---- counting ------------------------------------------------------------------------------ */

static void note(struct part *p, int64_t now, const char *why)
{
    struct bf_str text =
        bf_str_clip((struct bf_str){why, strnlen(why, BF_FUSE_TEXT)}, BF_FUSE_TEXT - 1);
    memcpy(p->why, text.p, text.n);
    p->why[text.n] = '\0';
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
    if (state == BF_FUSE_TRIAL)
        news.off_for_us = bf_outage_again(&p->off, &f->all->times, now_us);
    /* Of those that fail at the same time, the tenth alone switches it off; one that was under way
     * when it was switched off has nothing to switch. */
    else if (news.failures == BF_FUSE_FAILURES && atomic_load(&p->off.until) == 0)
        news.off_for_us = bf_outage_begin(&p->off, &f->all->times, now_us);
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
    atomic_store(&p->back_wall, bf_clock_wall_us());
    bf_outage_end(&p->off, now_us);
    return true;
}

void bf_fuse_unknown(const struct bf_fuse *f, enum bf_fuse_part part, enum bf_fuse_state state)
{
    struct part *p = part_of(f, part);
    if (p && state == BF_FUSE_TRIAL)
        bf_outage_untried(&p->off);
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
                                 .until_us = atomic_load(&p->off.until),
                                 .last_wall = atomic_load(&p->last_wall)};
    out->off = out->until_us != 0;
    bf_by_dataset_name(&s->of, out->dataset);
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
