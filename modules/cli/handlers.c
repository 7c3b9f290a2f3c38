#include "cli/handlers.h"

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
