#include "cli/handlers.h"

#include "api/hook.h"
#include "cli/install.h"
#include "plugin/inspect.h"

#include <stdio.h>
#include <unistd.h>

static void check_one(const struct bf_folder *f, const char *dir, bool needed,
                      struct bf_report *report)
{
    struct bf_str name = f->manifest->handler;
    struct bf_str path = bf_arena_printf(report->arena, "%s/%.*s.so", dir, BF_STR_ARG(name));
    if (!path.p)
        return;
    if (access(path.p, R_OK) == 0)
        bf_plugin_check(path.p, f->manifest, f->path, report);
    else if (needed)
        bf_report_add(report, f->path, "/handler", "build it, or say where it is by --handlers",
                      "there is no %s", path.p);
    else
        printf("%s: the handler %.*s is not built and was not looked into\n", f->path,
               BF_STR_ARG(name));
}

void bf_handlers_check(const struct bf_folders *all, const char *dir, bool needed,
                       struct bf_report *report)
{
    if (!dir)
        dir = bf_install_default(report->arena);
    for (size_t i = 0; dir && i < all->n; i++)
        if (all->items[i].manifest && all->items[i].manifest->handler.n)
            check_one(&all->items[i], dir, needed, report);
    fflush(stdout);
}

/* ---- scripts ------------------------------------------------------------------------------- */

/* Fields that the script does not fill, as it only ingests. Without a script a field may be
 * declared before there is a handler: it is null until then. */
static void check_unfilled(const struct bf_folder *f, struct bf_report *report)
{
    const struct bf_manifest *m = f->manifest;
    for (size_t i = 0; i < m->nfields; i++) {
        char pointer[48];
        snprintf(pointer, sizeof pointer, "/fields/%zu/handler", i);
        if (m->fields[i].added_by_handler)
            bf_report_add(report, f->path, pointer,
                          "name a \"handler\", or list it under fields in hook.lua",
                          "nobody fills the field \"%.*s\"", BF_STR_ARG(m->fields[i].column.name));
    }
}

static void check_hook(struct bf_folder *f, struct bf_report *report)
{
    size_t before = report->n + report->dropped;
    struct bf_hook_file file = {.text = f->hook, .path = f->hook_path, .manifest_path = f->path};
    if (!f->hook_path)
        return;
    bf_hook_check(&file, f->manifest, report);
    f->hook_reads = file.reads;
    if (!f->manifest->handler.n && !file.reads && report->n + report->dropped == before)
        check_unfilled(f, report);
}

void bf_hooks_check(const struct bf_folders *all, struct bf_report *report)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].manifest)
            check_hook(&all->items[i], report);
}
