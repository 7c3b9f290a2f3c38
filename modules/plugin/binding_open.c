/*
 * A handler becomes ready for its dataset, once per worker: loaded from its file or made of its
 * script, held against the manifest, its open hook called. What goes wrong puts the binding out,
 * with the reason, and nothing of the handler is called after it.
 */
#include "plugin/binding_inside.h"

#include "core/log.h"
#include "plugin/damage.h"
#include "plugin/loader.h"

/* The first mistake between handler and manifest, as one line. */
static bool fits_manifest(struct bf_binding *b, struct bf_err *err)
{
    const struct bf_manifest *m = b->dataset.entry->manifest;
    struct bf_report report;
    bf_report_init(&report, b->plugins->arena);
    b->facts.script = b->script.maker != NULL;
    if (bf_facts_match(&b->facts, m, "dataset.json", &report))
        return true;
    if (report.n == 0)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "there is no memory for the mistakes");
    const struct bf_mistake *first = &report.mistakes[0];
    return BF_FAIL_WITH(err, BF_E_HANDLER, "dataset.json: %.*s: %.*s; %.*s",
                        BF_STR_ARG(first->pointer), BF_STR_ARG(first->wrong),
                        BF_STR_ARG(first->right));
}

static bool make_of_script(struct bf_binding *b, struct bf_err *err)
{
    struct bf_plugins *p = b->plugins;
    const struct bf_entry *entry = b->dataset.entry;
    if (entry->manifest->handler.n)
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "hook.lua and the handler \"%.*s\" both take part in "
                            "reading",
                            BF_STR_ARG(entry->manifest->handler));
    if (!p->scripts)
        return BF_FAIL_WITH(err, BF_E_HANDLER, "this program has no scripts");
    b->script =
        (struct bf_script){.maker = p->scripts,
                           .dataset = entry->manifest->id,
                           .fuse = bf_fuse_of(p->fuses, entry->manifest->id, entry->applied_us)};
    struct bf_scripted made = {.made = NULL};
    if (!p->scripts->make(p->arena, entry, bf_host_api(), &made, err))
        return false;
    b->handler = made.handler;
    b->self = made.self;
    b->script.made = made.made;
    return true;
}

static bool make_of_file(struct bf_binding *b, struct bf_err *err)
{
    struct bf_plugins *p = b->plugins;
    const struct bf_entry *entry = b->dataset.entry;
    struct bf_loaded loaded;
    if (!entry->handler.n)
        return BF_FAIL_WITH(err, BF_E_HANDLER, "the handler \"%.*s\" is not installed",
                            BF_STR_ARG(entry->manifest->handler));
    const char *path = bf_loader_trusted(p->arena, p->dir.p, entry->handler, err);
    return path && bf_loader_load(path, &loaded, err) &&
           bf_loader_enter(&loaded, bf_host_api(), &b->handler, err);
}

static bool load(struct bf_binding *b, struct bf_err *err)
{
    bool made = b->dataset.entry->hook_reads ? make_of_script(b, err) : make_of_file(b, err);
    return made && bf_facts_read(b->plugins->arena, &b->handler, &b->facts, err) &&
           fits_manifest(b, err);
}

static bool call_open(struct bf_binding *b, struct bf_err *err)
{
    struct bf_dataset *d = &b->dataset;
    d->facts = &b->facts;
    if (!b->handler.open)
        return true;
    d->opening = true;
    enum bf_rc rc = b->handler.open(d, &b->self);
    d->opening = false;
    if (d->reason)
        return BF_FAIL_WITH(err, BF_E_HANDLER, "%s", d->reason);
    if (d->starved)
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "its open hook asked for more than %d bytes of memory",
                            BF_BINDING_BUDGET);
    if (rc == BF_OK)
        return true;
    return BF_FAIL_WITH(err, BF_E_HANDLER, "its open hook returned %d and gave no reason", (int)rc);
}

/* Before a handler's first code runs, and after what it may have done to the signals. */
static void watch_falls(const struct bf_plugins *p)
{
    if (bf_binding_watched(p))
        bf_fall_watch(p->quarantine);
}

/* For the log. */
static struct bf_str named(const struct bf_binding *b)
{
    const struct bf_entry *entry = b->dataset.entry;
    return entry->hook_reads ? BF_STR("hook.lua") : entry->manifest->handler;
}

/* Loading runs the handler's code too: its constructors, its entry point, its lists. */
static void open_binding(struct bf_binding *b)
{
    struct bf_arena *a = b->plugins->arena;
    struct bf_err *err = bf_arena_zalloc(a, 1, sizeof *err);
    b->opened = true;
    if (!err) {
        b->out = b->plugins->broken.out;
        return;
    }
    bf_err_clear(err);
    watch_falls(b->plugins);
    bf_damage_learn();
    bf_damage_begin();
    bf_binding_enter(b, BF_HOOK_OPEN);
    bool ok = load(b, err) && call_open(b, err);
    bf_binding_leave(b);
    if (bf_binding_watched(b->plugins))
        bf_binding_end_if_damaged(b, bf_damage_find_in_open());
    watch_falls(b->plugins);
    bf_damage_learn();
    bool rows = ok && (b->handler.row || b->handler.source_next);
    b->row_arena = rows ? bf_arena_new(BF_ROW_MEMORY) : NULL;
    if ((rows && !b->row_arena) || (ok && b->handler.source_next && !bf_binding_make_given(b)))
        ok = BF_FAIL_WITH(err, BF_E_MEMORY, "%s", b->plugins->broken.out);
    if (ok)
        return;
    b->out = err->message;
    b->handler = (struct bf_handler){0}; /* nothing of it is to be called by mistake */
    bf_log(BF_LOG_ERROR, "handler.out", "dataset=%.*s handler=%.*s %s",
           BF_STR_ARG(b->dataset.entry->manifest->id), BF_STR_ARG(named(b)), b->out);
}

void bf_binding_ensure_open(struct bf_binding *b)
{
    if (!b->opened)
        open_binding(b);
}

const char *bf_binding_open(struct bf_binding *b)
{
    bf_binding_ensure_open(b);
    return bf_binding_out(b);
}
