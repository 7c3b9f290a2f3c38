#include "api/push/repair.h"

#include "api/push/faults.h"
#include "api/push/reach.h"
#include "core/clock.h"
#include "core/log.h"
#include "lua/guard.h"
#include "plugin/fall.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Around the script of one dataset: should the process end there, it is known by whom. */
struct ward {
    struct bf_quarantine *quarantine; /* NULL: nobody counts falls */
    int seat, slot;
    bool trial;
};

/* The script of one dataset, as it was opened. */
struct kept {
    struct kept *next;
    struct bf_arena *arena; /* of all of it */
    struct bf_str id;
    int64_t applied_us;
    struct bf_reach reach;
    struct bf_lua_script *script;
    uint64_t number; /* of this opening: no other has it */
};

struct bf_repairs {
    struct kept *first;
    struct bf_repair_host host;
    int seat;             /* in the quarantine; -1: none */
    struct bf_memo *memo; /* from the first script on; NULL: none */
    uint64_t opened;      /* scripts, so far */
};

struct bf_repair {
    struct bf_lua_script *script;
    struct bf_str dataset;
    struct ward ward;
    struct bf_fuse fuse;
    enum bf_fuse_state state;
    uint64_t records, failures;
    int64_t spent_us;
    bool gave_up;
    struct bf_memo *memo; /* NULL: records are asked about each time */
    uint64_t of;          /* the script's number there */
    bool answered;        /* the last call did that and nothing else */
    struct bf_lua_fault fault;
    char first[BF_LUA_MESSAGE]; /* why the first record failed */
};

static bool no_memory(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_MEMORY, "The server has no memory left for this request.");
}

/* ---- scripts that are kept ---- */

static void end_kept(struct kept *k)
{
    bf_lua_script_free(k->script);
    bf_arena_free(k->arena); /* k lies in it */
}

struct bf_repairs *bf_repairs_new(const struct bf_repair_host *host)
{
    struct bf_repairs *all = calloc(1, sizeof *all);
    if (!all)
        return NULL;
    all->host = *host;
    all->seat = host->quarantine ? bf_quarantine_seat(host->quarantine, getpid()) : -1;
    return all;
}

void bf_repairs_free(struct bf_repairs *all)
{
    for (struct kept *k = all ? all->first : NULL; k;) {
        struct kept *next = k->next;
        end_kept(k);
        k = next;
    }
    if (all)
        bf_memo_free(all->memo);
    free(all);
}

static struct kept **find(struct bf_repairs *all, struct bf_str id)
{
    struct kept **at = &all->first;
    while (*at && !bf_str_eq((*at)->id, id))
        at = &(*at)->next;
    return at;
}

static void step_in(const struct ward *w)
{
    bf_quarantine_enter(w->quarantine, w->seat, w->slot);
}

static void step_out(const struct ward *w)
{
    bf_quarantine_leave(w->quarantine, w->seat);
}

/* A script that does not open is not the publisher's fault, who is told that nothing is taken. */
static bool open_script(struct kept *k, const struct bf_entry *entry, const struct ward *ward,
                        struct bf_err *err)
{
    struct bf_lua_fault fault;
    struct bf_lua_source source = {
        .name = bf_arena_printf(k->arena, "%.*s/hook.lua", BF_STR_ARG(k->id)),
        .text = entry->hook,
        .dataset = k->id,
        .areas = k->reach.areas};
    if (ward->quarantine)
        bf_fall_watch(ward->quarantine);
    step_in(ward);
    k->script = bf_lua_script_open(&source, &fault);
    step_out(ward);
    if (k->script)
        return true;
    bf_log(BF_LOG_ERROR, "hook.unusable", "dataset=%.*s hook=on_ingest %s", BF_STR_ARG(k->id),
           fault.message);
    return BF_FAIL_WITH(err, BF_E_QUARANTINE,
                        "Nothing can be written to %.*s now: the script that repairs its records "
                        "cannot be used (%s).",
                        BF_STR_ARG(k->id), fault.message);
}

static struct kept *new_kept(const struct bf_repair_setup *s, const struct ward *ward,
                             struct bf_err *err)
{
    const struct bf_manifest *m = s->entry->manifest;
    struct bf_arena *a = bf_arena_new(BF_REACH_MEMORY);
    struct kept *k = a ? bf_arena_zalloc(a, 1, sizeof *k) : NULL;
    if (k) {
        k->arena = a;
        k->id = bf_arena_dup(a, m->id);
        k->applied_us = s->entry->applied_us;
    }
    if (!k || !k->id.p) {
        bf_arena_free(a);
        no_memory(err);
        return NULL;
    }
    if (bf_reach_read(&k->reach, a, s->conn, s->registry, m, err) &&
        open_script(k, s->entry, ward, err))
        return k;
    end_kept(k);
    return NULL;
}

/* The script as it is now. NULL: err is set. */
static struct kept *get(struct bf_repairs *all, const struct bf_repair_setup *s,
                        const struct ward *ward, struct bf_err *err)
{
    struct kept **at = find(all, s->entry->manifest->id);
    struct kept *old = *at;
    bool same = old && old->applied_us == s->entry->applied_us;
    if (same && !bf_reach_same(&old->reach, all->host.live, s->conn, &same, err))
        return NULL;
    if (same)
        return old;
    struct kept *fresh = new_kept(s, ward, err);
    if (!fresh)
        return NULL;
    fresh->number = ++all->opened;
    fresh->next = old ? old->next : NULL;
    *at = fresh;
    if (old)
        end_kept(old);
    return fresh;
}

/* ---- a batch ---- */

struct bf_repair *bf_repair_of(struct bf_arena *a, struct bf_lua_script *script)
{
    struct bf_repair *r = bf_arena_zalloc(a, 1, sizeof *r);
    if (r)
        r->script = script;
    return r;
}

static bool switched_off(struct bf_str id, const char *why, int64_t until, struct bf_err *err)
{
    int64_t wait = (until - bf_clock_mono_us() + 999999) / 1000000;
    BF_FAIL_WITH(err, BF_E_QUARANTINE,
                 "Nothing can be written to %.*s now: the script that repairs its records %s and "
                 "is switched off for a while.",
                 BF_STR_ARG(id), why);
    err->retry_after_s = wait > 1 ? (int)wait : 1;
    return false;
}

void bf_repair_remember(struct bf_repair *r, struct bf_memo *memo, uint64_t of)
{
    r->memo = memo;
    r->of = of;
}

/* A trial is to find out whether the script works, so it is asked about everything. */
static void remember(struct bf_repairs *all, struct bf_repair *r, const struct kept *k)
{
    if (r->state != BF_FUSE_ON || r->ward.trial || !all->host.memo)
        return;
    if (!all->memo)
        all->memo = bf_memo_new(all->host.memo);
    bf_repair_remember(r, all->memo, k->number);
}

/* false: it fell too often. */
static bool admit(const struct bf_repairs *all, const struct bf_entry *e, struct ward *w,
                  struct bf_err *err)
{
    int64_t until;
    struct bf_quarantine *q = all->host.quarantine;
    *w = (struct ward){.quarantine = q, .seat = all->seat, .slot = -1};
    if (!q)
        return true;
    w->slot = bf_quarantine_ingest_slot(q, e->manifest->id, e->applied_us);
    bf_quarantine_stands(q, w->seat);
    enum bf_admission admission = bf_quarantine_admit(q, w->slot, bf_clock_mono_us(), &until);
    w->trial = admission == BF_ADMITTED_TRIAL;
    return admission != BF_REFUSED ||
           switched_off(e->manifest->id, "ended its process three times within a minute", until,
                        err);
}

bool bf_repairs_begin(struct bf_repairs *all, const struct bf_repair_setup *setup,
                      struct bf_repair **out, struct bf_err *err)
{
    const struct bf_entry *e = setup->entry;
    struct ward ward;
    int64_t until = 0;
    *out = NULL;
    if (!e->hook.n)
        return true;
    if (!admit(all, e, &ward, err))
        return false;
    struct kept *k = get(all, setup, &ward, err);
    if (!k)
        return false;
    if (!bf_lua_script_has(k->script, BF_LUA_ON_INGEST))
        return true;
    struct bf_repair *r = bf_repair_of(setup->arena, k->script);
    if (!r)
        return no_memory(err);
    r->dataset = k->id;
    r->ward = ward;
    r->fuse = bf_fuse_of(all->host.fuses, k->id, e->applied_us);
    r->state = bf_fuse_ask(&r->fuse, BF_FUSE_INGEST, bf_clock_mono_us(), &until);
    if (r->state == BF_FUSE_OFF)
        return switched_off(k->id, "failed too often", until, err);
    remember(all, r, k);
    *out = r;
    return true;
}

const struct bf_memo_row *bf_repair_known(struct bf_repair *r, struct bf_str record)
{
    const struct bf_memo_row *row =
        r->memo && !r->gave_up ? bf_memo_find(r->memo, r->of, record) : NULL;
    r->records += row != NULL;
    return row;
}

void bf_repair_keep(struct bf_repair *r, struct bf_str record, const struct bf_memo_row *row,
                    size_t n)
{
    if (r->memo && r->answered && record.n)
        bf_memo_keep(r->memo, r->of, record, row, n);
}

static bool is_slow(const struct bf_repair *r)
{
    return r->spent_us > BF_REPAIR_US + (int64_t)r->records * BF_REPAIR_RECORD_US;
}

static enum bf_repaired failed(struct bf_repair *r, struct bf_str *why)
{
    *why = bf_str_of(r->fault.message);
    if (!r->failures++)
        memcpy(r->first, r->fault.message, sizeof r->first);
    r->gave_up = r->gave_up || r->failures >= BF_FAULTS || r->fault.rc == BF_LUA_TIME ||
                 r->fault.rc == BF_LUA_SPACE;
    return BF_REPAIR_FAILED;
}

enum bf_repaired bf_repair_record(struct bf_repair *r, const struct bf_raw_record *in,
                                  struct bf_raw_record *out, struct bf_str *why)
{
    if (r->gave_up)
        return BF_REPAIR_GAVE_UP;
    int64_t start = bf_clock_mono_us();
    uint64_t lines = bf_lua_script_use(r->script).lines;
    step_in(&r->ward);
    enum bf_lua_rc rc = bf_lua_ingest(r->script, in, out, &r->fault);
    step_out(&r->ward);
    r->spent_us += bf_clock_mono_us() - start;
    r->records++;
    r->answered = bf_lua_script_use(r->script).lines == lines;
    if (rc != BF_LUA_OK && rc != BF_LUA_DROP)
        return failed(r, why);
    if (is_slow(r)) {
        r->fault.rc = BF_LUA_TIME;
        snprintf(r->fault.message, sizeof r->fault.message,
                 "on_ingest took %" PRId64 " ms for %" PRIu64 " records, which is more than it may",
                 r->spent_us / 1000, r->records);
        return failed(r, why);
    }
    *why = rc == BF_LUA_DROP ? bf_str_of(r->fault.message) : BF_STR("");
    return rc == BF_LUA_DROP ? BF_REPAIR_DROPPED : BF_REPAIRED;
}

static void count_failure(const struct bf_repair *r, int64_t now)
{
    struct bf_fuse_news news = bf_fuse_failed(&r->fuse, BF_FUSE_INGEST, r->state, now, r->first);
    bf_log(BF_LOG_ERROR, "hook.failed",
           "dataset=%.*s hook=on_ingest failed=%" PRIu64 " of=%" PRIu64 " in_a_row=%" PRIu32 " %s",
           BF_STR_ARG(r->dataset), r->failures, r->records, news.failures, r->first);
    if (news.off_for_us)
        bf_log(BF_LOG_ERROR, "hook.off", "dataset=%.*s hook=on_ingest for_s=%" PRId64 " %s",
               BF_STR_ARG(r->dataset), news.off_for_us / 1000000, r->first);
}

void bf_repair_end(struct bf_repair *r)
{
    int64_t now = bf_clock_mono_us();
    bf_guard_rest();
    if (r->ward.trial && r->records)
        bf_quarantine_passed(r->ward.quarantine, r->ward.slot);
    if (r->failures)
        count_failure(r, now);
    else if (!r->records)
        bf_fuse_unknown(&r->fuse, BF_FUSE_INGEST, r->state);
    else if (bf_fuse_passed(&r->fuse, BF_FUSE_INGEST, r->state, now))
        bf_log(BF_LOG_INFO, "hook.on", "dataset=%.*s hook=on_ingest", BF_STR_ARG(r->dataset));
}
