#include "worker/canary.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "store/applied.h"
#include "worker/runner.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

enum { MEMORY = 64 << 20, WAIT_US = 8 * 1000 * 1000, PAUSE_MS = 20, ALL_US = 60 * 1000 * 1000 };

struct canary {
    const struct bf_worker_setup *setup;
    struct bf_trial *trial;
    struct bf_arena *arena;
    uint64_t serving, coming; /* changes of the catalogue */
    struct bf_applied_datasets datasets;
    struct bf_item *items;
    size_t n;
    struct bf_runner *now, *before; /* of the coming and of the serving generation */
    bool bad;
};

/* ---- what there is to try ------------------------------------------------------------------ */

/* The change that all of the generation serve: the newest, unless one of its workers was first. */
static bool settle(struct canary *c, struct bf_conn *conn, struct bf_err *err)
{
    struct bf_board *board = c->setup->shared->board;
    uint64_t settled = 0;
    int64_t newest;
    if (!bf_applied_newest(conn, &newest, err))
        return false;
    bool first = atomic_compare_exchange_strong(&board->coming_change, &settled, (uint64_t)newest);
    c->coming = first ? (uint64_t)newest : settled;
    c->serving = atomic_load(&board->serving_change);
    return bf_applied_compare(conn, c->arena, (int64_t)c->serving, (int64_t)c->coming, &c->datasets,
                              err);
}

/* The database may be away for a moment. */
static bool read_changes(struct canary *c)
{
    struct bf_err err;
    struct bf_conn *conn = bf_conn_new(c->setup->conf, BF_ROLE_READER);
    int64_t until = bf_clock_mono_us() + WAIT_US;
    bool ok = false;
    while (conn && !ok) {
        bf_err_clear(&err);
        ok = settle(c, conn, &err);
        if (!ok && bf_clock_mono_us() > until)
            break;
        if (!ok)
            poll(NULL, 0, PAUSE_MS);
    }
    if (!ok)
        bf_board_say(c->trial->why, "%.120s",
                     conn ? err.message : "there is no memory for a connection");
    bf_conn_free(conn);
    return ok;
}

static bool list_items(struct canary *c)
{
    bool all = atomic_load(&c->trial->all);
    uint32_t changed = 0;
    c->items = bf_arena_zalloc(c->arena, c->datasets.n + 1, sizeof *c->items);
    for (size_t i = 0; c->items && i < c->datasets.n; i++) {
        const struct bf_applied_dataset *d = &c->datasets.items[i];
        changed += d->changed;
        if (d->code && (all || d->changed))
            c->items[c->n++] =
                (struct bf_item){.dataset = d->id, .new = d->new, .changed = d->changed};
    }
    atomic_store(&c->trial->datasets, (uint32_t)c->datasets.n);
    atomic_store(&c->trial->changed, changed);
    return c->items != NULL;
}

/* ---- trying and comparing ------------------------------------------------------------------ */

static bool works(const struct bf_answer *a)
{
    return atomic_load(&a->came) == BF_CAME_ANSWER && !a->out;
}

static void compare_open(struct canary *c, size_t i)
{
    const struct bf_item *item = &c->items[i];
    const struct bf_answer *now = bf_runner_answer(c->now, i);
    if (atomic_load(&now->came) == BF_CAME_NOTHING) {
        atomic_fetch_add(&c->trial->left_out, 1);
        return;
    }
    atomic_fetch_add(&c->trial->opened, now->code);
    if (works(now))
        return;
    bool worse = item->new || works(bf_runner_answer(c->before, i));
    const char *how = atomic_load(&now->came) == BF_CAME_FALL ? "" : "cannot be opened: ";
    bf_trial_find(c->trial, worse, "%.*s: its handler %s%s%s", BF_STR_ARG(item->dataset), how,
                  now->why, worse ? "" : "; so it did before");
    c->bad |= worse;
}

static bool all_work(const struct canary *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (!works(bf_runner_answer(c->now, i)))
            return false;
    return true;
}

/* The serving generation is asked only where there is something to compare with. One that cannot be
 * loaded any more is no reason to refuse its successor. */
static bool try_items(struct canary *c)
{
    char why[BF_RUNNER_TEXT];
    const struct bf_runner_setup setup = {.conf = c->setup->conf,
                                          .shared = c->setup->shared,
                                          .items = c->items,
                                          .n = c->n,
                                          .until_us = bf_clock_mono_us() + ALL_US};
    c->now = bf_runner_new(&setup);
    c->before = bf_runner_new(&setup);
    if (!c->now || !c->before) {
        bf_board_say(c->trial->why, "there is no memory for a canary");
        return false;
    }
    if (!bf_runner_run(c->now, c->coming, why)) {
        bf_board_say(c->trial->why, "the new generation cannot be loaded: %s", why);
        return false;
    }
    if (!all_work(c))
        bf_runner_run(c->before, c->serving, why);
    for (size_t i = 0; i < c->n; i++)
        compare_open(c, i);
    return true;
}

static void say_why(struct canary *c)
{
    uint32_t n = atomic_load(&c->trial->findings);
    for (uint32_t i = 0; i < n && i < BF_TRIAL_FINDINGS; i++)
        if (atomic_load(&c->trial->finding[i].bad)) {
            memcpy(c->trial->why, c->trial->finding[i].text, sizeof c->trial->why);
            return;
        }
}

static enum bf_verdict judge(struct canary *c)
{
    if (!read_changes(c) || !list_items(c) || (c->n && !try_items(c)))
        return BF_VERDICT_UNABLE;
    if (c->bad)
        say_why(c);
    return c->bad ? BF_VERDICT_BAD : BF_VERDICT_GOOD;
}

void bf_canary(const struct bf_worker_setup *setup)
{
    uint64_t generation = atomic_load(&setup->slot->generation);
    struct canary c = {.setup = setup,
                       .trial = bf_trial_place(setup->shared->board->trials, generation),
                       .arena = bf_arena_new(MEMORY)};
    if (!c.arena)
        return;
    enum bf_verdict verdict = judge(&c);
    bf_runner_free(c.now);
    bf_runner_free(c.before);
    bf_arena_free(c.arena);
    atomic_store(&c.trial->verdict, verdict);
}
