/*
 * What every request of the dataset goes through: let in or refused, its query rewritten, finished.
 * A request that came to rewrite comes to finish, whatever happens in between.
 */
#include "plugin/binding_inside.h"

#include "core/clock.h"
#include "plugin/damage.h"

/* A handler that cannot work stays so until the next generation of workers. */
enum { OUT_RETRY_S = 60 };

static bool refuse(struct bf_err *err, int64_t retry_s, const char *why)
{
    BF_FAIL_WITH(err, BF_E_QUARANTINE,
                 "The dataset is out of service at the moment: its handler does not work.");
    err->retry_after_s = retry_s < 1 ? 1 : (int)retry_s;
    bf_err_detail(err, "%s", why);
    return false;
}

/* A trial that is over has passed: its worker is still alive. */
static void end_trial(struct bf_binding *b)
{
    if (b->trial)
        bf_quarantine_passed(b->plugins->quarantine, b->slot);
    b->trial = false;
}

static bool admit(struct bf_binding *b, struct bf_err *err)
{
    int64_t now = bf_clock_mono_us();
    int64_t until;
    end_trial(b);
    bf_quarantine_stands(b->plugins->quarantine, b->plugins->seat);
    switch (bf_quarantine_admit(b->plugins->quarantine, b->slot, now, &until)) {
    case BF_REFUSED:
        return refuse(err, (until - now + 999999) / 1000000,
                      "the handler crashed three times within a minute");
    case BF_ADMITTED_TRIAL:
        b->trial = true;
        break;
    case BF_ADMITTED:
        break;
    }
    bf_binding_ensure_open(b);
    if (b->out)
        return refuse(err, OUT_RETRY_S, b->out);
    return !b->script.maker || bf_script_begin(&b->script, &b->handler, &until) ||
           refuse(err, (until - now + 999999) / 1000000, "the script was switched off");
}

/* The conditions that were added are the handler's, and so are the mistakes in them. */
static bool check_again(struct bf_binding *b, struct bf_hook_request *r)
{
    struct bf_err *why = bf_arena_zalloc(r->arena, 1, sizeof *why);
    if (!why)
        return BF_FAIL_WITH(r->err, BF_E_MEMORY, "The request needs more memory than it has.");
    bf_err_clear(why);
    if (bf_query_check(r->query, &b->dataset.entry->manifest->schema, why))
        return true;
    bf_host_blame(r->err, "query_and", why->message);
    return false;
}

bool bf_binding_rewrite(struct bf_binding *b, struct bf_hook_request *r)
{
    if (!admit(b, r->err))
        return false;
    b->req = (struct bf_req){.hook = r};
    if (bf_binding_may_spoil(b))
        bf_damage_begin();
    b->begun = true;
    b->placed = false;
    if (!b->handler.rewrite)
        return true;
    bf_binding_enter(b, BF_HOOK_REWRITE);
    enum bf_rc rc = b->handler.rewrite(&b->req, r->query, b->self);
    bf_binding_leave(b);
    const char *why = bf_binding_word(b, r, "on_request");
    bool passed = bf_binding_accept(r, "rewrite", rc) && (!b->req.narrowed || check_again(b, r));
    if (!bf_binding_judge(b, r, BF_FUSE_REQUEST, passed, why))
        return false;
    if (b->script.maker)
        bf_script_passed(&b->script, BF_FUSE_REQUEST);
    return true;
}

bool bf_binding_finish(struct bf_binding *b, struct bf_hook_request *r)
{
    bool ok = true;
    b->req.hook = r;
    bf_binding_close_source(b);
    bool failed = bf_err_is_set(r->err);
    if (b->begun && b->handler.finish) {
        bf_binding_enter(b, BF_HOOK_FINISH);
        enum bf_rc rc = b->handler.finish(&b->req, b->self);
        bf_binding_leave(b);
        ok = failed || bf_binding_accept(r, "finish", rc);
    }
    if (b->begun && b->script.maker)
        bf_script_end(&b->script);
    if (b->begun && bf_binding_may_spoil(b))
        bf_binding_end_if_damaged(b, bf_damage_find());
    b->begun = false;
    b->req.hook = NULL;
    end_trial(b);
    return ok;
}
