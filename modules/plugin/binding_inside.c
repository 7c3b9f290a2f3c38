#include "plugin/binding_inside.h"

#include "core/log.h"

#include <stdio.h>
#include <unistd.h>

enum { EXIT_DAMAGED = 70 /* EX_SOFTWARE */ };

void bf_binding_enter(struct bf_binding *b, enum bf_hook hook)
{
    bf_host_enter(hook, &b->dataset,
                  hook == BF_HOOK_OPEN || hook == BF_HOOK_CLOSE ? NULL : &b->req);
    bf_quarantine_enter(b->plugins->quarantine, b->plugins->seat, b->slot);
}

void bf_binding_leave(struct bf_binding *b)
{
    bf_quarantine_leave(b->plugins->quarantine, b->plugins->seat);
    bf_host_leave();
}

bool bf_binding_watched(const struct bf_plugins *p)
{
    return p->quarantine && p->seat >= 0;
}

/* A script reaches nothing of its process. */
bool bf_binding_may_spoil(const struct bf_binding *b)
{
    return bf_binding_watched(b->plugins) && !b->script.maker;
}

/* As a crash inside of the handler, because the next request must not meet this process. */
void bf_binding_end_if_damaged(struct bf_binding *b, enum bf_fall_cause cause)
{
    const struct bf_fall fall = {cause, 0};
    struct bf_plugins *p = b->plugins;
    if (cause == BF_FALL_UNKNOWN)
        return;
    bf_log(BF_LOG_ERROR, "handler.damage", "dataset=%.*s handler=%.*s %s: the worker ends",
           BF_STR_ARG(b->dataset.entry->manifest->id),
           BF_STR_ARG(b->dataset.entry->manifest->handler), bf_fall_text(fall));
    bf_quarantine_enter(p->quarantine, p->seat, b->slot);
    bf_quarantine_because(p->quarantine, getpid(), fall);
    bf_quarantine_fell(p->quarantine, getpid());
    _exit(EXIT_DAMAGED);
}

bool bf_binding_accept(struct bf_hook_request *r, const char *hook, enum bf_rc rc)
{
    if (rc == BF_OK && !bf_err_is_set(r->err))
        return true;
    char why[48];
    snprintf(why, sizeof why, "returned %d without a reason", (int)rc);
    bf_host_blame(r->err, hook, why);
    return false;
}

/* A failure of a script is counted. A refusal that it means (fail, without a fault) is none. */
bool bf_binding_judge(struct bf_binding *b, struct bf_hook_request *r, enum bf_fuse_part part,
                      bool passed, const char *why)
{
    struct bf_script *s = &b->script;
    if (!s->maker || passed)
        return passed;
    if (why || !b->req.said)
        bf_script_failed(s, part, r->id, why ? why : r->err->detail);
    else
        bf_script_passed(s, part);
    return false;
}

const char *bf_binding_word(const struct bf_binding *b, struct bf_hook_request *r, const char *hook)
{
    const char *why = b->script.maker ? b->script.maker->why(b->script.made) : NULL;
    if (!why)
        return NULL;
    bf_err_clear(r->err);
    bf_host_blame(r->err, hook, why);
    return why;
}
