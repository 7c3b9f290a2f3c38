#include "worker/canary.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "store/applied.h"
#include "store/came.h"
#include "worker/canary_records.h"
#include "worker/runner.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

enum {
    MEMORY = 64 << 20,
    WAIT_US = 8 * 1000 * 1000,
    PAUSE_MS = 20,
    ALL_US = 60 * 1000 * 1000,
    REQUESTS_MOST = 400,
    OF_UNCHANGED = 3, /* requests of a dataset that is what it was */
    ROUNDS = 2,       /* so often is asked again what looked worse */
};

/* What the serving generation answered to an item first. */
struct first {
    int status;
    int64_t commit;
    unsigned char body[32];
};

struct canary {
    const struct bf_worker_setup *setup;
    struct bf_trial *trial;
    struct bf_arena *arena;
    uint64_t serving, coming; /* changes of the catalogue */
    struct bf_applied_datasets datasets;
    struct bf_item *items;
    size_t n, room;
    struct bf_runner *now, *before; /* of the coming and of the serving generation */
    struct first *first;
    bool *wanted;
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

/* Those that changed come first: there may be no room for all. */
static void list_requests(struct canary *c, bool changed)
{
    struct bf_str asked[BF_ASKED_MOST];
    size_t most = changed ? (size_t)c->setup->conf->canary_requests : OF_UNCHANGED;
    for (size_t i = 0; i < c->datasets.n; i++) {
        const struct bf_applied_dataset *d = &c->datasets.items[i];
        size_t n = d->changed == changed
                       ? bf_asked_read(c->setup->shared->asked, d->id, c->arena, asked, most)
                       : 0;
        for (size_t k = 0; k < n && c->n < c->room; k++)
            c->items[c->n++] = (struct bf_item){
                .kind = BF_ITEM_REQUEST, .dataset = d->id, .what = asked[k], .changed = changed};
    }
}

static void list_record(struct canary *c, struct bf_str dataset, struct bf_str lines)
{
    if (lines.n)
        c->items[c->n++] = (struct bf_item){
            .kind = BF_ITEM_RECORDS, .dataset = dataset, .what = lines, .changed = true};
}

/* What came last of the datasets that have changed. Only who may write can read it: a node that
 * may not, tries the rest. */
static void list_records(struct canary *c)
{
    struct bf_err err;
    struct bf_str lines;
    struct bf_conn *conn = NULL;
    bf_err_clear(&err);
    for (size_t i = 0; i < c->datasets.n && !bf_err_is_set(&err); i++) {
        const struct bf_applied_dataset *d = &c->datasets.items[i];
        if (!d->changed || d->new || c->setup->conf->canary_records == 0)
            continue;
        conn = conn ? conn : bf_conn_new(c->setup->conf, BF_ROLE_WRITER);
        if (!conn)
            return;
        if (bf_came_read(conn, c->arena, d->id, &lines, &err))
            list_record(c, d->id, lines);
    }
    bf_conn_free(conn);
    if (bf_err_is_set(&err))
        bf_trial_find(c->trial, false, "the records that came last could not be read: %.120s",
                      err.message);
}

static bool list_items(struct canary *c)
{
    bool all = atomic_load(&c->trial->all);
    uint32_t changed = 0;
    c->room = 2 * c->datasets.n + REQUESTS_MOST;
    c->items = bf_arena_zalloc(c->arena, c->room, sizeof *c->items);
    c->first = bf_arena_zalloc(c->arena, c->room, sizeof *c->first);
    c->wanted = bf_arena_zalloc(c->arena, c->room, sizeof *c->wanted);
    if (!c->items || !c->first || !c->wanted)
        return false;
    for (size_t i = 0; i < c->datasets.n; i++) {
        const struct bf_applied_dataset *d = &c->datasets.items[i];
        changed += d->changed;
        if (d->code && (all || d->changed))
            c->items[c->n++] = (struct bf_item){
                .kind = BF_ITEM_OPEN, .dataset = d->id, .new = d->new, .changed = d->changed};
    }
    list_records(c);
    c->room = c->n + REQUESTS_MOST;
    if (c->setup->shared->asked)
        list_requests(c, true);
    if (c->setup->shared->asked && all)
        list_requests(c, false);
    atomic_store(&c->trial->datasets, (uint32_t)c->datasets.n);
    atomic_store(&c->trial->changed, changed);
    return true;
}

/* ---- handlers ------------------------------------------------------------------------------ */

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

/* ---- requests ------------------------------------------------------------------------------ */

enum relation {
    SAME,
    DIFFERENT, /* and rightly so */
    MOVED,     /* nothing can be said */
    WORSE,
};

static bool gave(const struct bf_answer *a)
{
    return atomic_load(&a->came) == BF_CAME_ANSWER;
}

/* A dataset that has changed may refuse what it answered: a facet that is none any more, a part
 * that became private, a hook that says no. What fails was meant by nobody. */
static bool is_worse(const struct bf_item *item, const struct bf_answer *now,
                     const struct bf_answer *before)
{
    if (now->status >= 500)
        return before->status < 500;
    return now->status >= 400 && before->status < 400 && !item->changed;
}

/* The serving generation does not answer the same each time. */
static bool wavers(const struct canary *c, size_t i)
{
    const struct first *first = &c->first[i];
    const struct bf_answer *before = bf_runner_answer(c->before, i);
    return first->status && (first->status != before->status ||
                             (first->commit == before->commit &&
                              memcmp(first->body, before->body, sizeof first->body) != 0));
}

static enum relation relate(const struct canary *c, size_t i)
{
    const struct bf_answer *now = bf_runner_answer(c->now, i);
    const struct bf_answer *before = bf_runner_answer(c->before, i);
    if (!gave(now))
        return atomic_load(&before->came) == BF_CAME_FALL ? SAME : WORSE;
    if (!gave(before))
        return DIFFERENT;
    if (now->status != before->status)
        return is_worse(&c->items[i], now, before) ? WORSE : DIFFERENT;
    if (!now->commit || now->commit != before->commit || wavers(c, i))
        return MOVED;
    if (memcmp(now->body, before->body, sizeof now->body) == 0)
        return SAME;
    return c->items[i].changed ? DIFFERENT : WORSE;
}

static void say_worse(struct canary *c, size_t i)
{
    struct bf_str dataset = c->items[i].dataset;
    const struct bf_answer *now = bf_runner_answer(c->now, i);
    const struct bf_answer *before = bf_runner_answer(c->before, i);
    c->bad = true;
    if (!gave(now))
        bf_trial_find(c->trial, true, "%.*s: at a request that was asked before (%s) it %s",
                      BF_STR_ARG(dataset), before->route, now->why);
    else if (now->status != before->status)
        bf_trial_find(c->trial, true,
                      "%.*s: a request that was asked before (%s) is answered %d instead of %d",
                      BF_STR_ARG(dataset), now->route, now->status, before->status);
    else
        bf_trial_find(c->trial, true,
                      "%.*s: a request that was asked before (%s) has another answer, and "
                      "nothing of the dataset has changed",
                      BF_STR_ARG(dataset), now->route);
}

static void note_refusal(struct canary *c, size_t i)
{
    const struct bf_answer *now = bf_runner_answer(c->now, i);
    const struct bf_answer *before = bf_runner_answer(c->before, i);
    if (gave(before) && before->status < 400 && now->status >= 400)
        bf_trial_find(c->trial, false,
                      "%.*s: a request that was asked before (%s) is refused now, by %d",
                      BF_STR_ARG(c->items[i].dataset), now->route, now->status);
}

static void count_request(struct canary *c, size_t i)
{
    struct bf_trial *t = c->trial;
    if (atomic_load(&bf_runner_answer(c->now, i)->came) == BF_CAME_NOTHING) {
        atomic_fetch_add(&t->left_out, 1);
        return;
    }
    atomic_fetch_add(&t->replayed, 1);
    switch (relate(c, i)) {
    case SAME:
        atomic_fetch_add(&t->same, 1);
        break;
    case DIFFERENT:
        atomic_fetch_add(&t->different, 1);
        note_refusal(c, i);
        break;
    case MOVED:
        atomic_fetch_add(&t->uncompared, 1);
        break;
    case WORSE:
        say_worse(c, i);
        break;
    }
}

/* ---- records ------------------------------------------------------------------------------- */

static void compare_records(struct canary *c, size_t i)
{
    const struct bf_answer *now = bf_runner_answer(c->now, i);
    const struct bf_answer *before = bf_runner_answer(c->before, i);
    c->bad |= bf_records_compare(c->trial, c->items[i].dataset, now, before);
}

/* What is to be asked once more: a fall is none of it, the next one may take as long. */
static bool unsettled(struct canary *c)
{
    bool any = false;
    for (size_t i = 0; i < c->n; i++) {
        const struct bf_answer *before = bf_runner_answer(c->before, i);
        enum relation is = c->items[i].kind == BF_ITEM_REQUEST ? relate(c, i) : SAME;
        bool again = (is == WORSE || is == MOVED) && gave(before) && before->status < 500 &&
                     gave(bf_runner_answer(c->now, i)) && !wavers(c, i);
        c->wanted[i] = again;
        any |= again;
        if (!again || c->first[i].status)
            continue;
        c->first[i] = (struct first){.status = before->status, .commit = before->commit};
        memcpy(c->first[i].body, before->body, sizeof before->body);
    }
    return any;
}

/* ---- both ---------------------------------------------------------------------------------- */

/* The serving generation is asked only where there is something to compare with. One that cannot be
 * loaded any more is no reason to refuse its successor. */
static bool ask_both(struct canary *c, char why[BF_RUNNER_TEXT])
{
    bool any = false;
    char ignored[BF_RUNNER_TEXT];
    if (!bf_runner_run(c->now, c->coming, NULL, why))
        return false;
    for (size_t i = 0; i < c->n; i++) {
        c->wanted[i] = c->items[i].kind != BF_ITEM_OPEN || !works(bf_runner_answer(c->now, i));
        any |= c->wanted[i];
    }
    if (any)
        bf_runner_run(c->before, c->serving, c->wanted, ignored);
    for (int round = 0; round < ROUNDS && unsettled(c); round++)
        if (!bf_runner_run(c->before, c->serving, c->wanted, why) ||
            !bf_runner_run(c->now, c->coming, c->wanted, why))
            return false;
    return true;
}

static bool try_items(struct canary *c)
{
    static void (*const compares[])(struct canary *,
                                    size_t) = {[BF_ITEM_OPEN] = compare_open,
                                               [BF_ITEM_REQUEST] = count_request,
                                               [BF_ITEM_RECORDS] = compare_records};
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
    if (!ask_both(c, why)) {
        bf_board_say(c->trial->why, "the new generation cannot be loaded: %s", why);
        return false;
    }
    for (size_t i = 0; i < c->n; i++)
        compares[c->items[i].kind](c, i);
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
